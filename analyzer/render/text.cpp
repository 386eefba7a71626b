// SPDX-License-Identifier: GPL-2.0-or-later
// Plain text for terminals and commit messages, no colour.
#include <fmt/format.h>

#include "analyzer/document/document.h"
#include "analyzer/render/formats.h"
#include "base/text.h"
#include "base/text_table.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kFactColumns = 12;

struct TextBlock {
  std::size_t columns;

  std::string operator()(const Paragraph& paragraph) const {
    return wrapped(paragraph.text, std::string(paragraph.indent, ' '), paragraph.lead, columns);
  }

  std::string operator()(const Facts& facts) const {
    std::string text;
    for (const Fact& fact : facts)
      text +=
          wrapped(fact.text, std::string(kFactColumns, ' '), fmt::format("{:<{}}", fact.name, kFactColumns), columns);
    return text;
  }

  std::string operator()(const Table& table) const {
    std::string text;
    if (!table.rows.empty()) {
      std::vector<TextTable::Column> titles;
      for (const Column& column : table.columns)
        titles.push_back(
            {column.title, column.align == Align::kLeft ? TextTable::Align::kLeft : TextTable::Align::kRight});
      TextTable cells(titles);
      for (const auto& row : table.rows) {
        std::vector<std::string> line;
        for (const Figure& figure : row) line.push_back(figure.text());
        cells.add(std::move(line));
      }
      text += cells.text(columns);
    }
    if (table.more > 0) text += fmt::format("({} more; --limit 0 shows all)\n", table.more);
    if (!table.note.empty()) text += wrapped(table.note, "  ", "", columns);
    return text;
  }

  // There is no room for them in text.
  std::string operator()(const Chart& /*chart*/) const { return ""; }
  std::string operator()(const TreeNode& /*tree*/) const { return ""; }
};

// Sentences that say what there is no table of stand together.
bool is_note_only(const Section& section) {
  if (section.blocks.size() != 1) return false;
  const Table* const table = std::get_if<Table>(&section.blocks.front());
  return table != nullptr && table->rows.empty();
}

}  // namespace

Result<std::string> render_text(const Document& document) {
  std::string text;
  bool was_note_only = false;
  for (const Section& section : document.sections) {
    std::string words;
    for (const Block& block : section.blocks) words += std::visit(TextBlock{document.columns}, block);
    if (words.empty()) continue;
    const bool is_note = is_note_only(section);
    if (!text.empty() && !(is_note && was_note_only)) text += "\n";
    text += words;
    was_note_only = is_note;
  }
  return text;
}

}  // namespace socklock::analyzer
