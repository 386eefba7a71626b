// SPDX-License-Identifier: GPL-2.0-or-later
// The formats in which documents are shown. Whoever offers a choice of them reads it here: command line, help and
// completion, the viewer's dialogs, the tests. A new one is a file with its function, and an entry here.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/document/table.h"
#include "base/result.h"

namespace socklock::analyzer {

struct Document;

Result<std::string> render_text(const Document& document);
Result<std::string> render_md(const Document& document);
Result<std::string> render_html(const Document& document);
// The page with a script in it, and with the document's data for it; loads nothing either.
Result<std::string> render_interactive_html(const Document& document);
// For paper: what folds is opened to a stated depth.
Result<std::string> render_print_html(const Document& document);
// By way of a program that prints HTML. Error kUsage when there is none, kBadInput when it fails.
Result<std::string> render_pdf(const Document& document);
Result<std::string> render_json(const Document& document);
Result<std::string> render_csv(const Document& document);

struct Format {
  std::string_view name;    // of --format
  std::string_view ending;  // of files, without the point
  std::string_view mime_type;
  std::string_view description;
  Detail detail;  // what the document is to be made for
  Result<std::string> (*render)(const Document& document);
};

inline constexpr std::array kFormats{
    Format{"text", "txt", "text/plain", "Text", Detail::kLines, render_text},
    Format{"md", "md", "text/markdown", "Markdown", Detail::kMarkup, render_md},
    Format{"html", "html", "text/html", "HTML page", Detail::kPage, render_html},
    Format{"pdf", "pdf", "application/pdf", "PDF", Detail::kPage, render_pdf},
    Format{"json", "json", "application/json", "JSON", Detail::kData, render_json},
    Format{"csv", "csv", "text/csv", "Table for spreadsheets", Detail::kRows, render_csv},
};

// "html" as --interactive has it.
inline constexpr Format kInteractiveFormat{
    "html", "html", "text/html", "Interactive HTML page", Detail::kPage, render_interactive_html};

std::vector<std::string> format_names();
std::vector<std::string> format_endings();
// Null where there is none of this name.
const Format* format_named(std::string_view name);
// By the ending of a file's name, whatever its case; null where no format has it.
const Format* format_of_file(std::string_view path);

}  // namespace socklock::analyzer
