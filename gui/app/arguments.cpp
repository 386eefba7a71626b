// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

#include "base/command_line_pages.h"
#include "base/result.h"
#include "gui/app/pages.h"

namespace socklock::gui {

namespace {

constexpr const char* kFooter = R"(Traces, folders of traces, or manifests of socklock ab:
  socklock-gui now.slk                           explore one recording
  socklock-gui before-*.slk -- after-*.slk       compare two sides
  socklock-gui --screenshot shot.png before-*.slk -- after-*.slk     without a display

Exit codes: 0 done; 2 usage; 3 input unreadable (with --screenshot); 6 not enough data.)";

}  // namespace

ParsedArguments parse_arguments(int argc, char** argv) {
  ParsedArguments parsed;
  Arguments& arguments = parsed.arguments;
  CLI::App app{"socklock-gui: see what sockets wait for, before and after a change"};
  app.name("socklock-gui");
  app.set_version_flag("--version", std::string("socklock-gui ") + SOCKLOCK_VERSION);
  app.footer(kFooter);
  app.add_option("traces", arguments.before,
                 "one side to explore, or the side before; the side after follows behind --");
  app.add_option("--screenshot", arguments.screenshot, "write a picture of the window to this file (PNG), and end")
      ->type_name("FILE");
  const std::vector<std::string> pages = pageIds();
  app.add_option("--page", arguments.page, "page to begin with")
      ->check(CLI::IsMember(pages))
      ->transform([&pages](const std::string& id) {
        // What it was called once is understood, and not offered.
        const int page = pageNamed(id);
        return page < 0 ? id : pages[static_cast<std::size_t>(page)];
      });
  app.add_option("--size", arguments.size, "of the window, WIDTHxHEIGHT; else as it was left")
      ->check([](const std::string& text) {
        int width = 0, height = 0;
        char end = 0;
        const bool is_size = std::sscanf(text.c_str(), "%4dx%4d%c", &width, &height, &end) == 2;
        return is_size && width >= 200 && height >= 200 ? std::string() : "not WIDTHxHEIGHT of 200 to 9999: " + text;
      });
  app.add_option("--theme", arguments.theme, "system, light or dark")
      ->check(CLI::IsMember({"system", "light", "dark"}))
      ->capture_default_str();
  app.add_option("--taxonomy", arguments.taxonomy, "rules for lock classes and call paths instead of the built-in ones")
      ->type_name("FILE");

  if (const auto page = page_for_build(app, {"socklock-gui", "", ""}, argc, argv)) {
    std::cout << *page;
    parsed.is_done = true;
    return parsed;
  }

  // What follows a lone "--" is the side after, options or not.
  char** const separator =
      std::find_if(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--"; });
  if (separator != argv + argc) {
    arguments.after.assign(separator + 1, argv + argc);
    argc = static_cast<int>(separator - argv);
  }
  try {
    app.parse(argc, argv);
    if (arguments.before.empty() && !arguments.after.empty())
      throw CLI::ValidationError("traces", "nothing before '--': socklock-gui BEFORE... -- AFTER...");
    if (arguments.before.empty() && !arguments.screenshot.empty())
      throw CLI::ValidationError("--screenshot", "needs traces to show");
  } catch (const CLI::ParseError& error) {
    const bool is_error = app.exit(error, std::cout, std::cerr) != 0;
    parsed.is_done = true;
    parsed.exit_code = static_cast<int>(is_error ? ExitCode::kUsage : ExitCode::kDone);
  }
  return parsed;
}

}  // namespace socklock::gui
