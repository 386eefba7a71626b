// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of the window: one row each, and no other place names one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

class QWidget;

namespace socklock::gui {

class Page;

struct PageKind {
  std::string_view id;         // on the command line, in sessions, of screenshots: never translated, never changed
  std::string_view former_id;  // what it was called before version 0.2; empty: the same
  const char* title;           // for QObject::tr
  const char* title_of_one_side;
  Page* (*make)(QWidget* parent);
};

std::span<const PageKind> pageKinds();
// Position of the page of this id, or once called so; nothing is -1.
int pageNamed(std::string_view id);
std::vector<std::string> pageIds();

}  // namespace socklock::gui
