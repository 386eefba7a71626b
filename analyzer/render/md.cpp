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

// A figure and its unit stay on one line, however narrow the forge makes a column.
std::string unbroken(std::string_view text) {
  std::string whole;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_before_unit = text[i] == ' ' && i > 0 && i + 1 < text.size() && text[i - 1] >= '0' &&
                                text[i - 1] <= '9' && (text[i + 1] < '0' || text[i + 1] > '9') && text[i + 1] != '(';
    if (is_before_unit)
      whole += "\u00a0";
    else
      whole += text[i];
  }
  return whole;
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
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string cell = markdown_escaped(row[i].text());
        text += fmt::format(" {} |", table.columns[i].align == Align::kRight ? unbroken(cell) : cell);
      }
      text += "\n";
    }
    if (table.more > 0) text += fmt::format("\n{} more; `--limit 0` shows all\n", table.more);
    return text + "\n";
  }

  // Forges show no SVG in comments.
  std::string operator()(const Chart& /*chart*/) const { return ""; }
  // A list within a list; functions that have all of their caller's wait stand in its line.
  std::string operator()(const TreeNode& tree) const { return branch(tree, 0) + "\n"; }

  static std::string branch(const TreeNode& node, std::size_t depth) {
    std::string names = line_of(markdown_escaped(node.name));
    const TreeNode* last = &node;
    while (last->children.size() == 1 && last->children.front().figures == node.figures &&
           last->children.front().change == node.change) {
      last = &last->children.front();
      names += " › " + markdown_escaped(last->name);
    }
    std::string text = fmt::format("{}- {}: {} ({})\n", std::string(2 * depth, ' '), names,
                                   markdown_escaped(node.figures), markdown_escaped(node.change));
    for (const TreeNode& child : last->children) text += branch(child, depth + 1);
    return text;
  }
};

// Forges fold what is between these tags; an empty line makes Markdown of it again.
std::string folded(const std::string& heading, const std::string& body) {
  return fmt::format("<details><summary>{}</summary>\n\n{}{}</details>\n\n", html_escaped(heading), body,
                     body.ends_with("\n\n") ? "" : "\n");
}

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
    if (section.folds && !section.heading.empty()) {
      text += folded(section.heading, body);
      continue;
    }
    text += section.heading.empty() ? body : fmt::format("### {}\n\n{}", markdown_escaped(section.heading), body);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace socklock::analyzer
