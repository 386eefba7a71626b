// SPDX-License-Identifier: GPL-2.0-or-later
// One file that loads nothing; light and dark as the reader's system is; prints. Without a script, or with one that the
// page's policy lets run by its hash.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "analyzer/document/document.h"
#include "analyzer/render/escape.h"
#include "analyzer/render/formats.h"
#include "analyzer/render/interactive_script.h"
#include "analyzer/render/json_text.h"
#include "analyzer/render/svg.h"

namespace socklock::analyzer {
namespace {

// The policy is a second line behind escaping: even markup that slipped through could load and run nothing.
constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{}">
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
.f-before { fill:var(--before) } .f-after { fill:var(--after) } .f-fell { fill:var(--improved) } .f-rose { fill:var(--regressed) } .f-chance { fill:var(--unchanged) }
.s-before { stroke:var(--before) } .s-after { stroke:var(--after) } .interval { stroke-width:2 } .run { fill:none; stroke-width:2 }
.area { stroke-width:1.5; fill-opacity:.28 } .a-before { fill:var(--before); stroke:var(--before) }
.a-after { fill:var(--after); stroke:var(--after) }
.v-improved { fill:var(--improved); stroke:var(--improved) } .v-regressed { fill:var(--regressed); stroke:var(--regressed) }
.v-unchanged { fill:var(--unchanged); stroke:var(--unchanged) } .v-inconclusive { fill:var(--inconclusive); stroke:var(--inconclusive) }
.v-plain { fill:var(--ink); stroke:var(--soft) } svg text.v-plain { stroke:none }
svg text.v-improved { fill:var(--improved); stroke:none } svg text.v-regressed { fill:var(--regressed); stroke:none }
svg text.v-unchanged { fill:var(--unchanged); stroke:none } svg text.v-inconclusive { fill:var(--inconclusive); stroke:none }
details { margin-left:14px; font:12.5px/1.6 ui-monospace,"DejaVu Sans Mono",monospace } summary { cursor:pointer }
.leaf { margin-left:28px; font:12.5px/1.6 ui-monospace,"DejaVu Sans Mono",monospace } .ns { color:var(--soft) }
@media print { body { max-width:none; padding:0; font-size:12px; print-color-adjust:exact; -webkit-print-color-adjust:exact }
  svg,tr,.verdict { break-inside:avoid } h2,h2+.note { break-after:avoid }
  .scroll { overflow:visible } table { font-size:10px } td,th { overflow-wrap:anywhere } }
@page { size:A4; margin:14mm 12mm; @bottom-right { content:counter(page) " / " counter(pages); font-size:9px } }
</style>
)";

constexpr const char* kInteractiveStyle = R"(<style>
body { max-width:1100px } button { font:inherit; color:inherit; background:none; border:0; padding:0; cursor:pointer }
button:focus-visible,select:focus-visible,input:focus-visible,svg:focus-visible { outline:2px solid var(--after) }
.bar { display:flex; flex-wrap:wrap; gap:8px 14px; align-items:center; margin:10px 0 } .bar label { color:var(--soft) }
.bar select,.bar input[type=search] { font:inherit; color:var(--ink); background:var(--card); border:1px solid var(--line);
  border-radius:4px; padding:3px 6px } .bar input[type=search] { flex:1; min-width:12em }
#clear,.chip,.crumb { border:1px solid var(--line); border-radius:9px; padding:2px 9px; background:var(--card) }
.chip { border-color:var(--after); margin-right:6px } .crumb { margin:0 4px 4px 0; font-size:12px } .sum { font-weight:600 }
#slices th button { font-weight:600; text-align:inherit } #slices td .name { text-decoration:underline dotted; text-align:left }
#slices td:first-child { min-width:11em }
#slices th:nth-child(2),#slices td:nth-child(2) { text-align:left } #slices tbody tr:hover { background:var(--card) }
th.sorts { cursor:pointer } .frame { cursor:pointer } .box { stroke:var(--paper); stroke-width:.6 }
.fell .box { fill:var(--improved) } .rose .box { fill:var(--regressed) } .same .box { fill:var(--unchanged) }
.box.one { stroke:var(--ink); stroke-dasharray:3 2; stroke-width:1 } #icicle text { pointer-events:none }
.frame.found .box { stroke:var(--ink); stroke-width:2 } .frame.at .box { stroke:var(--after); stroke-width:2.5 }
.tip { position:fixed; max-width:360px; background:var(--card); border:1px solid var(--soft); border-radius:4px;
  padding:4px 8px; font-size:13px; pointer-events:none; z-index:1 }
@media print { .bar,.chips,.crumbs,.tip { display:none } }
</style>
)";

std::string_view style_of(Tone tone) {
  switch (tone) {
    case Tone::kBetter: return "improved";
    case Tone::kWorse: return "regressed";
    case Tone::kSame: return "unchanged";
    case Tone::kUnclear: return "inconclusive";
    case Tone::kPlain: break;
  }
  return "";
}

std::string attribute(std::string_view name, std::string_view value) {
  return value.empty() ? "" : fmt::format(" {}=\"{}\"", name, html_escaped(value));
}

// `is_sorted`: by a script, which needs the number.
std::string cell(const Figure& figure, bool is_sorted) {
  const auto number = is_sorted ? figure.number() : std::nullopt;
  return fmt::format(
      "<td{}{}{}>{}</td>", attribute("class", style_of(figure.tone())), attribute("title", figure.why_not()),
      number && std::isfinite(*number) ? fmt::format(" data-n=\"{}\"", *number) : "", html_escaped(figure.text()));
}

// Opened are the first `open_depth` calls.
void write_tree(const TreeNode& node, unsigned open_depth, std::string& html) {
  const std::string words =
      fmt::format(R"({} <span class="ns">{} (<span class="{}">{}</span>)</span>)", html_escaped(node.name),
                  html_escaped(node.figures), style_of(node.tone), html_escaped(node.change));
  if (node.children.empty()) {
    html += fmt::format("<div class=\"leaf\">{}</div>\n", words);
    return;
  }
  html += fmt::format("<details{}><summary>{}</summary>\n", open_depth > 0 ? " open" : "", words);
  for (const TreeNode& child : node.children) write_tree(child, open_depth > 0 ? open_depth - 1 : 0, html);
  html += "</details>\n";
}

// On paper nothing opens; deeper, a tree is pages long.
constexpr unsigned kPrintedCalls = 12;

struct PageStyle {
  bool has_script = false;
  unsigned open_depth = 2;  // of call stacks
};

struct HtmlBlock {
  PageStyle style;

  std::string operator()(const Paragraph& paragraph) const {
    const std::string text = html_escaped(paragraph.text);
    switch (paragraph.kind) {
      case Paragraph::Kind::kLine: return fmt::format("<div>{}</div>\n", text);
      case Paragraph::Kind::kItem: return fmt::format("<li>{}: {}</li>\n", html_escaped(paragraph.lead), text);
      case Paragraph::Kind::kWarning: return fmt::format("<li>{}</li>\n", text);
      case Paragraph::Kind::kText: break;
    }
    return fmt::format("<p>{}</p>\n", text);
  }

  std::string operator()(const Facts& facts) const {
    std::string html = "<dl>\n";
    for (const Fact& fact : facts)
      html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_escaped(fact.name), html_escaped(fact.text));
    return html + "</dl>\n";
  }

  std::string operator()(const Table& table) const {
    std::string note = table.note;
    if (table.more > 0) note += fmt::format("{}{} more; --limit 0 shows all", note.empty() ? "" : ". ", table.more);
    std::string html = note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", html_escaped(note));
    if (table.rows.empty()) return html;
    html += "<div class=\"scroll\"><table><thead><tr>";
    for (const Column& column : table.columns)
      html += fmt::format("<th{}>{}</th>", attribute("title", column.definition), html_escaped(column.title));
    html += "</tr></thead><tbody>\n";
    for (const auto& row : table.rows) {
      html += "<tr>";
      for (const Figure& figure : row) html += cell(figure, style.has_script);
      html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
  }

  std::string operator()(const Chart& chart) const { return svg_of(chart); }

  std::string operator()(const TreeNode& tree) const {
    std::string html;
    if (style.open_depth > PageStyle{}.open_depth)
      html =
          fmt::format("<p class=\"note\">Opened {} calls deep; an HTML page opens the rest.</p>\n", style.open_depth);
    write_tree(tree, style.open_depth, html);
    return html;
  }
};

bool is_item(const Block& block) {
  const auto* const paragraph = std::get_if<Paragraph>(&block);
  return paragraph != nullptr &&
         (paragraph->kind == Paragraph::Kind::kItem || paragraph->kind == Paragraph::Kind::kWarning);
}

// Items that follow each other are one list.
std::string blocks_of(const Section& section, const PageStyle& style) {
  std::string html;
  bool is_in_list = false;
  for (const Block& block : section.blocks) {
    if (is_item(block) != is_in_list) html += is_in_list ? "</ul>\n" : "<ul class=\"warnings\">\n";
    is_in_list = is_item(block);
    html += std::visit(HtmlBlock{style}, block);
  }
  return is_in_list ? html + "</ul>\n" : html;
}

std::string section_of(const Section& section, const PageStyle& style) {
  std::string body = blocks_of(section, style);
  if (body.empty()) return "";
  if (section.heading.empty()) return body;
  const std::string note =
      section.note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", html_escaped(section.note));
  return fmt::format("<section><h2>{}</h2>\n{}{}</section>\n", html_escaped(section.heading), note, body);
}

// The hash as a policy names it.
std::string base64_of_hex(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char digit : hex) {
    bits = bits << 4 | static_cast<std::uint32_t>(kDigits.find(digit));
    count += 4;
    if (count < 6) continue;
    count -= 6;
    text += kLetters[bits >> count & 63U];
  }
  if (count > 0) text += kLetters[bits << (6 - count) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// JSON inside a page: no '<' that could end the element. What "&" and line separators mean there differs from JSON,
// too.
std::string json_block(std::string_view id, const Value& data) {
  std::string text;
  for (const char c : json_text(data)) {
    if (c == '<' || c == '>' || c == '&')
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      text += c;
  }
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id, text);
}

std::string page(const Document& document, const PageStyle& style) {
  const std::string& verdict = document.verdict;
  std::string body = fmt::format("<h1>{}</h1>\n", html_escaped(document.headline));
  // Behind what the verdict rests on; of one run, behind its facts.
  const std::string explore = style.has_script ? "<section id=\"explore\" hidden></section>\n" : "";
  const bool has_verdict = !verdict.empty();
  bool is_placed = false;
  for (const Section& section : document.sections) {
    const bool is_verdict = section.is_verdict;
    body += is_verdict ? fmt::format("<div class=\"verdict {}\"><b>{}</b>\n{}</div>\n", style_of(document.tone),
                                     html_escaped(verdict), section_of(section, style))
                       : section_of(section, style);
    if (!is_placed && is_verdict == has_verdict) body += explore;
    is_placed = is_placed || is_verdict == has_verdict;
  }
  if (!document.footer.empty()) body += fmt::format("<footer>{}</footer>\n", html_escaped(document.footer));
  std::string policy, head = kStyle;
  if (style.has_script) {
    policy = fmt::format("; script-src 'sha256-{}'", base64_of_hex(kInteractiveScriptHash));
    head += kInteractiveStyle;
    body += json_block("socklock-report", document.data) + json_block("socklock-stacks", document.stacks);
    body += fmt::format("<script>{}</script>\n", kInteractiveScript);
  }
  return fmt::format("{}<title>{}</title>\n{}</head><body>\n{}</body></html>\n", fmt::format(kHead, policy),
                     html_escaped(verdict.empty() ? document.title : document.title + ": " + verdict), head, body);
}

}  // namespace

Result<std::string> render_html(const Document& document) { return page(document, {}); }

Result<std::string> render_interactive_html(const Document& document) { return page(document, {.has_script = true}); }

Result<std::string> render_print_html(const Document& document) {
  return page(document, {.open_depth = kPrintedCalls});
}

}  // namespace socklock::analyzer
