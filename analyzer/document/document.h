// SPDX-License-Identifier: GPL-2.0-or-later
// What a verb found, ready to be shown: headings, sentences, tables and charts for people, one flat table for
// spreadsheets, keys and values for programs. Made for one Detail, so that renderers leave nothing out and decide
// nothing. All texts may hold what a trace held: renderers escape.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/document/picture.h"
#include "analyzer/document/table.h"
#include "analyzer/document/value.h"

namespace socklock::analyzer {

// Lines of text: the first begins with `lead`, later ones are indented.
struct Paragraph {
  enum class Kind : std::uint8_t {
    kLine,     // one of a few that stand together
    kText,     // stands for itself
    kItem,     // of a list
    kWarning,  // of a list
  };
  std::string text;
  Kind kind = Kind::kText;
  std::string lead = {};
  std::size_t indent = 2;
};

// A name and what there is to say of it, a line each. Without a name: more of what is above.
struct Fact {
  std::string name;
  std::string text;
};
using Facts = std::vector<Fact>;

// What opens and folds: wait below each function of a call stack.
struct TreeNode {
  std::string name;
  std::string figures;  // "1.2 ms → 1.4 ms"
  std::string change;   // "+200 µs"
  Tone tone = Tone::kPlain;
  std::vector<TreeNode> children;
};

using Block = std::variant<Paragraph, Facts, Table, Chart, TreeNode>;

struct Section {
  std::string heading = {};  // for pages; text does without
  std::string note = {};     // below the heading; text does without
  std::vector<Block> blocks = {};
  bool is_verdict = false;  // what the verdict rests on
  bool folds = false;       // where there is a way to fold a section: only its heading is seen at first
};

struct Document {
  std::string title;     // "socklock report"
  std::string headline;  // of a page: "What sockets waited for"
  std::size_t columns = 80;
  // Of a comparison; empty: there is none.
  std::string verdict = {};
  Tone tone = Tone::kPlain;
  std::vector<Section> sections = {};
  std::string footer = {};
  Table rows = {};    // for Detail::kRows
  Value data = {};    // for Detail::kData, and for pages that are interactive
  Value stacks = {};  // for these: call stacks by lock class and call path
};

}  // namespace socklock::analyzer
