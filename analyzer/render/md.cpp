// SPDX-License-Identifier: GPL-2.0-or-later
// GitHub-flavoured Markdown for merge requests and issues.
#include <fmt/format.h>

#include "analyzer/document/document.h"
#include "analyzer/render/escape.h"
#include "analyzer/render/formats.h"

namespace socklock::analyzer {
namespace {

// What would make a list, a rule or a heading of the line that it begins.
std::string line_of(const std::string& text) {
  if (text.empty() || std::string_view("+-=").find(text.front()) == std::string_view::npos) return text;
  return fmt::format("&#{};{}", static_cast<unsigned>(text.front()), text.substr(1));
}

struct MarkdownBlock {
  std::string operator()(const Paragraph& paragraph) const {
    const std::string text = line_of(markdown_escaped(paragraph.text));
    switch (paragraph.kind) {
      case Paragraph::Kind::kLine: return text + "\n";
      case Paragraph::Kind::kItem: return fmt::format("- {}: {}\n", markdown_escaped(paragraph.lead), text);
      case Paragraph::Kind::kWarning: return "- ⚠ " + text + "\n";
      case Paragraph::Kind::kText: break;
    }
    return text + "\n\n";
  }

  std::string operator()(const Facts& facts) const {
    std::string text;
    for (const Fact& fact : facts)
      text += fmt::format("- {}{}{}\n", markdown_escaped(fact.name), fact.name.empty() ? "" : ": ",
                          markdown_escaped(fact.text));
    return text + "\n";
  }

  std::string operator()(const Table& table) const {
    std::string text = table.note.empty() ? "" : markdown_escaped(table.note) + "\n\n";
    if (table.rows.empty()) return text;
    std::string titles = "|", rule = "|";
    for (const Column& column : table.columns) {
      titles += fmt::format(" {} |", markdown_escaped(column.title));
      rule += column.align == Align::kLeft ? ":--|" : "--:|";
    }
    text += titles + "\n" + rule + "\n";
    for (const auto& row : table.rows) {
      text += "|";
      for (const Figure& figure : row) text += fmt::format(" {} |", markdown_escaped(figure.text()));
      text += "\n";
    }
    if (table.more > 0) text += fmt::format("\n{} more; `--limit 0` shows all\n", table.more);
    return text + "\n";
  }

  // Forges show no SVG in comments.
  std::string operator()(const Chart& /*chart*/) const { return ""; }
  std::string operator()(const TreeNode& /*tree*/) const { return ""; }
};

}  // namespace

Result<std::string> render_md(const Document& document) {
  std::string text = "## " + markdown_escaped(document.title);
  if (!document.verdict.empty()) text += fmt::format(": **{}**", markdown_escaped(document.verdict));
  text += "\n\n";
  for (const Section& section : document.sections) {
    std::string body = section.note.empty() ? "" : markdown_escaped(section.note) + "\n\n";
    for (const Block& block : section.blocks) body += std::visit(MarkdownBlock{}, block);
    if (body.empty()) continue;
    // A list or lines that stand together end with the section.
    if (!text.ends_with("\n\n")) text += "\n";
    text += section.heading.empty() ? body : fmt::format("### {}\n\n{}", markdown_escaped(section.heading), body);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace socklock::analyzer
