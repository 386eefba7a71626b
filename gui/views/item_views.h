// SPDX-License-Identifier: GPL-2.0-or-later
// What all tables and trees of the viewer have in common.
#pragma once

#include <QAbstractItemView>
#include <QString>

class QTableView;
class QTreeView;

namespace socklock::gui {

// Looks; whole rows are selected; Tab leaves it, as WCAG 2.1.2 asks; Ctrl+C copies rows. `name` is for screen readers.
void setUpTable(QTableView* table, const QString& name);
void setUpTree(QTreeView* tree, const QString& name);

enum class RowsAs { kText, kMarkdown };
// The rows that are selected, or all, with titles: columns as they are shown, separated by tabs or as a Markdown table.
QString rowsText(const QAbstractItemView& view, RowsAs form);

}  // namespace socklock::gui
