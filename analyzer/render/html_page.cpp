// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/html_page.h"

#include <fmt/format.h>

#include "analyzer/render/escape.h"

namespace socklock::analyzer::html {
namespace {

// The policy is a second line behind escaping: even markup that slipped through could load and run nothing.
constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
)";

constexpr const char* kStyle = R"(<style>
:root { --paper:#fff; --ink:#1c2128; --soft:#59636e; --line:#d8dee4; --zone:#eaeef2; --before:#7a5c00; --after:#0064b4;
  --improved:#00804a; --regressed:#9c2f00; --unchanged:#62687c; --inconclusive:#6f3fb8; --card:#f6f8fa }
@media (prefers-color-scheme: dark) { :root { --paper:#12161c; --ink:#e3e8ee; --soft:#9aa5b1; --line:#30363d;
  --zone:#1f262e; --before:#d9b44a; --after:#56b4e9; --improved:#2fb780; --regressed:#ff8a4c; --unchanged:#c3cad3;
  --inconclusive:#b79cf0; --card:#1a2028 } }
body { font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif; background:var(--paper); color:var(--ink);
  max-width:860px; margin:0 auto; padding:24px 20px 60px; overflow-wrap:anywhere }
h1 { font-size:21px; margin:0 0 12px } h2 { font-size:17px; margin:34px 0 4px; border-bottom:1px solid var(--line) }
.note,footer { color:var(--soft); font-size:13px; margin:4px 0 8px }
.verdict { background:var(--card); border-left:6px solid currentColor; padding:12px 16px; border-radius:4px }
.verdict b { font-size:19px } .verdict p { color:var(--ink); margin:4px 0 }
.improved { color:var(--improved) } .regressed { color:var(--regressed) } .unchanged { color:var(--unchanged) }
.inconclusive { color:var(--inconclusive) }
.warnings li { margin:3px 0 } .warnings { padding-left:20px }
.scroll { overflow-x:auto } table { border-collapse:collapse; width:100%; font-size:13px; font-variant-numeric:tabular-nums }
th,td { text-align:right; padding:4px 6px; border-bottom:1px solid var(--line); white-space:nowrap }
th { color:var(--soft); font-weight:600 } th:first-child,td:first-child { text-align:left; white-space:normal; min-width:7em }
th { white-space:normal; overflow-wrap:normal }
svg { display:block; width:100%; height:auto; margin:8px 0 } svg text { fill:var(--ink); font-size:12px }
svg text.s { fill:var(--soft); font-size:11px }
.grid { stroke:var(--line) } .axis { stroke:var(--soft) } .zone { fill:var(--zone) }
.f-before { fill:var(--before) } .f-after { fill:var(--after) } .f-fell { fill:var(--improved) } .f-rose { fill:var(--regressed) }
.s-before { stroke:var(--before) } .s-after { stroke:var(--after) } .interval { stroke-width:2 } .run { fill:none; stroke-width:2 }
.area { stroke-width:1.5; fill-opacity:.28 } .a-before { fill:var(--before); stroke:var(--before) }
.a-after { fill:var(--after); stroke:var(--after) }
.v-improved { fill:var(--improved); stroke:var(--improved) } .v-regressed { fill:var(--regressed); stroke:var(--regressed) }
.v-unchanged { fill:var(--unchanged); stroke:var(--unchanged) } .v-inconclusive { fill:var(--inconclusive); stroke:var(--inconclusive) }
svg text.v-improved { fill:var(--improved); stroke:none } svg text.v-regressed { fill:var(--regressed); stroke:none }
svg text.v-unchanged { fill:var(--unchanged); stroke:none } svg text.v-inconclusive { fill:var(--inconclusive); stroke:none }
details { margin-left:14px; font:12.5px/1.6 ui-monospace,"DejaVu Sans Mono",monospace } summary { cursor:pointer }
.leaf { margin-left:28px; font:12.5px/1.6 ui-monospace,"DejaVu Sans Mono",monospace } .ns { color:var(--soft) }
@media print { body { max-width:none; padding:0; font-size:12px; print-color-adjust:exact; -webkit-print-color-adjust:exact }
  svg,tr,.verdict { break-inside:avoid } h2 { break-after:avoid } }
</style>
)";

bool is_verdict(std::string_view cell) {
  return cell == "improved" || cell == "regressed" || cell == "unchanged" || cell == "inconclusive";
}

}  // namespace

std::string page(std::string_view title, const std::string& body) {
  return fmt::format("{}<title>{}</title>\n{}</head><body>\n{}</body></html>\n", kHead, html_escaped(title), kStyle,
                     body);
}

std::string section(std::string_view title, std::string_view note, const std::string& body) {
  if (body.empty()) return "";
  const std::string words = note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", html_escaped(note));
  return fmt::format("<section><h2>{}</h2>\n{}{}</section>\n", html_escaped(title), words, body);
}

Table::Table(const std::vector<std::string>& titles) : html_("<div class=\"scroll\"><table><thead><tr>") {
  for (const std::string& title : titles) html_ += fmt::format("<th>{}</th>", html_escaped(title));
  html_ += "</tr></thead><tbody>\n";
}

void Table::add(const std::vector<std::string>& cells) {
  html_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i)
    html_ += i + 1 == cells.size() && is_verdict(cells[i]) ? fmt::format("<td class=\"{0}\">{0}</td>", cells[i])
                                                           : fmt::format("<td>{}</td>", html_escaped(cells[i]));
  html_ += "</tr>\n";
}

}  // namespace socklock::analyzer::html
