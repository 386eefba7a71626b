// SPDX-License-Identifier: GPL-2.0-or-later
// Text of a trace made harmless for what it is printed into. All of it goes through printable() first.
#pragma once

#include <string>
#include <string_view>

namespace socklock::analyzer {

// For element content and for attributes in double quotes.
std::string html_escaped(std::string_view text);
// For running text and cells of GitHub-flavoured Markdown.
std::string markdown_escaped(std::string_view text);

}  // namespace socklock::analyzer
