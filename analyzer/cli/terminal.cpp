// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/terminal.h"

#include <langinfo.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

// Its macros have the names of half the standard library.
#define NCURSES_NOMACROS
#include <curses.h>

namespace socklock::analyzer {
namespace {

constexpr int kEscape = 27;
constexpr int kDelete = 127;

// Takes off a whole character of UTF-8.
void take_off_last(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

Result<Terminal> Terminal::open() {
  const char* const name = std::getenv("TERM");
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
    return fail({"this is no terminal", "", "socklock top --once prints one screen", ExitCode::kUsage});
  std::setlocale(LC_CTYPE, "");
  SCREEN* const screen = newterm(name, stdout, stdin);
  if (screen == nullptr)
    return fail({"the terminal is of an unknown kind", std::string("TERM=") + (name == nullptr ? "" : name),
                 "TERM=xterm, or socklock top --once, which prints one screen", ExitCode::kUsage});
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  set_escdelay(50);
  curs_set(0);
  return Terminal(screen);
}

Terminal::Terminal(Terminal&& other) noexcept : screen_(std::exchange(other.screen_, nullptr)) {}

Terminal::~Terminal() {
  if (screen_ == nullptr) return;
  endwin();
  delscreen(static_cast<SCREEN*>(screen_));
}

// What ncurses draws on is global, and there only while there is a Terminal.
// NOLINTBEGIN(readability-convert-member-functions-to-static)
LiveSize Terminal::size() const {
  return {static_cast<std::size_t>(getmaxy(stdscr)), static_cast<std::size_t>(getmaxx(stdscr)),
          std::string_view(nl_langinfo(CODESET)) == "UTF-8"};
}

void Terminal::show(const std::vector<LiveLine>& lines) {
  werase(stdscr);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    wattrset(stdscr, static_cast<int>(lines[i].is_reversed ? A_REVERSE : A_NORMAL));
    mvwaddstr(stdscr, static_cast<int>(i), 0, lines[i].text.c_str());
  }
  wattrset(stdscr, static_cast<int>(A_NORMAL));
  wrefresh(stdscr);
}

std::optional<int> Terminal::key(std::chrono::milliseconds timeout) {
  wtimeout(stdscr, static_cast<int>(timeout.count()));
  const int key = wgetch(stdscr);
  switch (key) {
    case ERR:
    case KEY_RESIZE: return std::nullopt;
    case KEY_UP: return LiveView::kUp;
    case KEY_DOWN: return LiveView::kDown;
    case KEY_ENTER:
    case '\r': return LiveView::kEnter;
    default: return key;
  }
}

std::optional<std::string> Terminal::ask(const std::string& prompt, const std::string& text) {
  std::string typed = text;
  curs_set(1);
  const auto end = [](std::optional<std::string> answer) {
    curs_set(0);
    return answer;
  };
  while (true) {
    const int row = getmaxy(stdscr) - 1;
    wmove(stdscr, row, 0);
    wclrtoeol(stdscr);
    mvwaddstr(stdscr, row, 0, (prompt + typed).c_str());
    wrefresh(stdscr);
    wtimeout(stdscr, -1);
    const int key = wgetch(stdscr);
    // A signal ends it: it is for who reads keys.
    if (key == ERR || key == kEscape) return end(std::nullopt);
    if (key == '\r' || key == '\n' || key == KEY_ENTER) return end(typed);
    if (key == KEY_BACKSPACE || key == kDelete || key == '\b')
      take_off_last(typed);
    else if (key >= ' ' && key < 256)
      typed += static_cast<char>(key);
  }
}

// NOLINTEND(readability-convert-member-functions-to-static)

}  // namespace socklock::analyzer
