// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/lanes_dialog.h"

#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/models/text.h"

namespace socklock::gui {

LanesDialog::LanesDialog(const std::vector<std::string>& lanes, const std::set<std::string>& hidden, QWidget* parent)
    : QDialog(parent), search_(new QLineEdit(this)), list_(new QListWidget(this)) {
  setWindowTitle(tr("Lanes"));
  setAttribute(Qt::WA_DeleteOnClose);
  search_->setPlaceholderText(tr("search lanes"));
  search_->setAccessibleName(tr("Search lanes"));
  search_->setClearButtonEnabled(true);
  list_->setAccessibleName(tr("Lanes that are shown"));
  for (const std::string& lane : lanes) {
    auto* const item = new QListWidgetItem(shown(lane), list_);
    item->setData(Qt::UserRole, QByteArray::fromStdString(lane));
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(hidden.contains(lane) ? Qt::Unchecked : Qt::Checked);
  }
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  QPushButton* const all = buttons->addButton(tr("&All"), QDialogButtonBox::ActionRole);
  QPushButton* const none = buttons->addButton(tr("&None"), QDialogButtonBox::ActionRole);
  for (QPushButton* const button : {all, none}) button->setAutoDefault(false);
  all->setToolTip(tr("Of those that the search shows"));
  none->setToolTip(all->toolTip());
  auto* const layout = new QVBoxLayout(this);
  layout->addWidget(search_);
  layout->addWidget(list_);
  layout->addWidget(buttons);
  resize(320, 420);
  connect(search_, &QLineEdit::textChanged, this, &LanesDialog::narrow);
  connect(list_, &QListWidget::itemChanged, this, &LanesDialog::tell);
  connect(all, &QPushButton::clicked, this, [this] { setAll(true); });
  connect(none, &QPushButton::clicked, this, [this] { setAll(false); });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void LanesDialog::narrow() {
  for (int row = 0; row < list_->count(); ++row)
    list_->item(row)->setHidden(!list_->item(row)->text().contains(search_->text(), Qt::CaseInsensitive));
}

void LanesDialog::setAll(bool are_shown) {
  is_changing_ = true;
  for (int row = 0; row < list_->count(); ++row)
    if (!list_->item(row)->isHidden()) list_->item(row)->setCheckState(are_shown ? Qt::Checked : Qt::Unchecked);
  is_changing_ = false;
  tell();
}

void LanesDialog::tell() {
  if (is_changing_) return;
  std::set<std::string> hidden;
  for (int row = 0; row < list_->count(); ++row)
    if (list_->item(row)->checkState() == Qt::Unchecked)
      hidden.insert(list_->item(row)->data(Qt::UserRole).toByteArray().toStdString());
  Q_EMIT chosen(hidden);
}

}  // namespace socklock::gui
