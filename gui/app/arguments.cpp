// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "base/command_line.h"
#include "gui/app/pages.h"

namespace socklock::gui {

namespace {

constexpr const char* kFooter = R"(Traces, folders of traces, or manifests of socklock ab:
  socklock-gui now.slk                           explore one recording
  socklock-gui before-*.slk -- after-*.slk       compare two sides
  socklock-gui --screenshot shot.png before-*.slk -- after-*.slk     without a display

Exit codes: 0 done; 2 usage; 3 input unreadable (with --screenshot); 6 not enough data.)";

}  // namespace

std::unique_ptr<CLI::App> define_command_line(Arguments& arguments) {
  auto app =
      std::make_unique<CLI::App>("socklock-gui: see what sockets wait for, before and after a change", "socklock-gui");
  app->set_version_flag("--version", std::string("socklock-gui ") + SOCKLOCK_VERSION);
  app->footer(kFooter);
  app->add_option("traces", arguments.before,
                  "one side to explore, or the side before; the side after follows behind --");
  app->add_option("--screenshot", arguments.screenshot, "write a picture of the window to this file (PNG), and end")
      ->type_name("FILE");
  app->add_option("--page", arguments.page, "page to begin with")
      ->check(CLI::IsMember(pageIds()))
      ->transform([](const std::string& id) {
        // What it was called once is understood, and not offered.
        const int page = pageNamed(id);
        return page < 0 ? id : pageIds()[static_cast<std::size_t>(page)];
      });
  app->add_option("--size", arguments.size, "of the window, WIDTHxHEIGHT; else as it was left")
      ->check([](const std::string& text) {
        int width = 0, height = 0;
        char end = 0;
        const bool is_size = std::sscanf(text.c_str(), "%4dx%4d%c", &width, &height, &end) == 2;
        return is_size && width >= 200 && height >= 200 ? std::string() : "not WIDTHxHEIGHT of 200 to 9999: " + text;
      });
  app->add_option("--theme", arguments.theme, "system, light or dark")
      ->check(CLI::IsMember({"system", "light", "dark"}))
      ->capture_default_str();
  app->add_option("--taxonomy", arguments.taxonomy,
                  "rules for lock classes and call paths instead of the built-in ones")
      ->type_name("FILE");
  return app;
}

ParsedArguments parse_arguments(int argc, char** argv) {
  ParsedArguments parsed;
  Arguments& arguments = parsed.arguments;
  const auto app = define_command_line(arguments);
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  arguments.after = take_words_behind_separator(*app, words);
  auto exit_code = parse_command_line(*app, words);
  if (!exit_code && arguments.before.empty() && !arguments.after.empty())
    exit_code = report_usage(*app, words, "nothing before '--'", "socklock-gui BEFORE... -- AFTER...");
  if (!exit_code && arguments.before.empty() && !arguments.screenshot.empty())
    exit_code = report_usage(*app, words, "--screenshot needs traces to show", "");
  parsed.is_done = exit_code.has_value();
  parsed.exit_code = exit_code.value_or(0);
  return parsed;
}

}  // namespace socklock::gui
