// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/line_reader.h"

#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <iostream>

namespace socklock::analyzer {
namespace {

constexpr int kMostStatements = 1000;

struct EndEditing {
  void operator()(EditLine* editor) const { el_end(editor); }
};
struct EndHistory {
  void operator()(History* history) const { history_end(history); }
};

}  // namespace

struct LineReader::Terminal {
  std::string prompt;
  HistEvent event{};
  std::unique_ptr<History, EndHistory> history{history_init()};
  std::unique_ptr<EditLine, EndEditing> editor;  // which is to end before its history

  Terminal() {
    std::setlocale(LC_CTYPE, "");  // in which libedit reads characters
    editor.reset(el_init("socklock", stdin, stderr, stderr));
    if (!editor || !history) return;
    ::history(history.get(), &event, H_SETSIZE, kMostStatements);
    el_set(editor.get(), EL_CLIENTDATA, this);
    el_set(editor.get(), EL_PROMPT, &Terminal::prompt_of);
    el_set(editor.get(), EL_EDITOR, "emacs");
    el_set(editor.get(), EL_HIST, ::history, history.get());
    el_set(editor.get(), EL_SIGNAL, 1);  // Ctrl-C leaves the terminal as it was
    el_source(editor.get(), nullptr);    // ~/.editrc
  }

  static char* prompt_of(EditLine* editor) {
    Terminal* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return self->prompt.data();
  }
};

LineReader::LineReader() {
  if (isatty(STDIN_FILENO) == 0) return;
  terminal_ = std::make_unique<Terminal>();
}

LineReader::~LineReader() = default;

std::optional<std::string> LineReader::next(const std::string& prompt) {
  std::string line;
  if (terminal_ && terminal_->editor) {
    terminal_->prompt = prompt;
    int length = 0;
    const char* const got = el_gets(terminal_->editor.get(), &length);
    if (got == nullptr || length <= 0) return std::nullopt;
    line = got;
    if (line.ends_with('\n')) line.pop_back();
    return line;
  }
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

void LineReader::remember(const std::string& statement) {
  if (!terminal_ || !terminal_->history || statement.find_first_not_of(" \t\n") == std::string::npos) return;
  // One line, as it is edited in one.
  std::string line = statement;
  std::replace(line.begin(), line.end(), '\n', ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  ::history(terminal_->history.get(), &terminal_->event, H_ENTER, line.c_str());
}

}  // namespace socklock::analyzer
