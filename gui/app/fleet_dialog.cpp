// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/fleet_dialog.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>

#include "gui/app/settings.h"
#include "gui/jobs/recording.h"
#include "gui/views/plain_labels.h"

namespace socklock::gui {

FleetDialog::FleetDialog(Kind kind, QWidget* parent) : QDialog(parent), kind_(kind), command_(new QLabel(this)) {
  keepLabelsPlain();
  setWindowTitle(kind == Kind::kCompare ? tr("Compare hosts of a fleet") : tr("What hurts most in a fleet"));
  setAttribute(Qt::WA_DeleteOnClose);
  auto* const form = new QFormLayout;
  url_ = field("url", kind == Kind::kCompare ? tr("https://HOST:8443/DATABASE; empty: groups are folders of traces")
                                             : tr("https://HOST:8443/DATABASE"));
  form->addRow(tr("&Store"), url_);
  credentials_ = field("credentials", tr("file that only you may read, with two lines: user and password"));
  form->addRow(tr("Cre&dentials"), credentials_);
  ca_ = field("ca", tr("certificate authorities of the store, where they are not the system's"));
  form->addRow(tr("Certi&ficates"), ca_);
  insecure_ = new QCheckBox(tr("http:// also to &other hosts than this one"), this);
  form->addRow(QString(), insecure_);
  kind == Kind::kCompare ? addCompareRows(form) : addTopRows(form);
  command_->setWordWrap(true);
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  form->addRow(tr("Command"), command_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  QPushButton* const ask = buttons->addButton(tr("&Ask"), QDialogButtonBox::AcceptRole);
  ask->setDefault(true);
  auto* const layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addStretch();
  layout->addWidget(buttons);
  resize(680, 380);
  connect(insecure_, &QCheckBox::toggled, this, &FleetDialog::showCommand);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    remember();
    Q_EMIT asked();
    accept();
  });
  showCommand();
}

void FleetDialog::addCompareRows(QFormLayout* form) {
  canary_ = field("canary", tr("hosts that have the change: group=canary; or a folder of their traces"));
  form->addRow(tr("Ca&naries"), canary_);
  control_ = field("control", tr("hosts that have not: group=control; or a folder of their traces"));
  form->addRow(tr("C&ontrols"), control_);
  at_ = field("at", tr("when the change came: 2026-11-30T12:00 (UTC), 2h ago"));
  form->addRow(tr("&When"), at_);
  window_ = field("window", tr("so much before and after it: 4h"));
  form->addRow(tr("W&indow"), window_);
  settle_ = field("settle", tr("what is left out behind the change, while hosts settle: 10m"));
  form->addRow(tr("S&ettling"), settle_);
  unit_ = new QComboBox(this);
  unit_->addItem(tr("what nearly all hosts have"), QString());
  for (const char* const unit : {"connections", "operations", "seconds"})
    unit_->addItem(tr("per %1").arg(QLatin1String(unit)), QLatin1String(unit));
  form->addRow(tr("&Unit of work"), unit_);
  connect(unit_, &QComboBox::activated, this, &FleetDialog::showCommand);
}

void FleetDialog::addTopRows(QFormLayout* form) {
  where_ = field("where", tr("all hosts; or those of which this holds: group=canary, kernel=6.1.0, host=NAME"));
  form->addRow(tr("&Hosts"), where_);
  since_ = field("since", tr("24h; or since when: 2026-11-30T12:00 (UTC)"));
  form->addRow(tr("S&ince"), since_);
}

// What was asked last is offered again.
QLineEdit* FleetDialog::field(const char* key, const QString& placeholder) {
  auto* const edit = new QLineEdit(this);
  edit->setPlaceholderText(placeholder);
  const QString name = QStringLiteral("fleet/%1").arg(QLatin1String(key));
  edit->setText(QSettings().value(name).toString());
  fields_.emplace_back(name, edit);
  connect(edit, &QLineEdit::textChanged, this, &FleetDialog::showCommand);
  return edit;
}

void FleetDialog::remember() const {
  QSettings settings;
  for (const auto& [name, edit] : fields_) settings.setValue(name, edit->text());
}

fleet::StoreOptions FleetDialog::store() const {
  fleet::StoreOptions store;
  store.urls = selectorOf(url_->text());
  store.credentials = credentials_->text().toStdString();
  store.ca_file = ca_->text().toStdString();
  store.insecure = insecure_->isChecked();
  return store;
}

fleet::CompareWords FleetDialog::compareWords() const {
  fleet::CompareWords words;
  words.store = store();
  // A folder is one, whatever is in its name.
  const auto group = [&words](const QLineEdit* edit) {
    const QString text = edit->text().trimmed();
    if (!words.store.urls.empty()) return selectorOf(text);
    return text.isEmpty() ? fleet::Selector() : fleet::Selector{text.toStdString()};
  };
  words.canary = group(canary_);
  words.control = group(control_);
  words.at = at_->text().trimmed().toStdString();
  words.window = window_->text().trimmed().toStdString();
  if (const QString settle = settle_->text().trimmed(); !settle.isEmpty()) words.settle = settle.toStdString();
  words.unit = unit_->currentData().toString().toStdString();
  const Settings settings = loadSettings();
  words.criteria.confidence = settings.confidence;
  words.criteria.threshold = settings.threshold;
  return words;
}

FleetTopWords FleetDialog::topWords() const {
  FleetTopWords words;
  words.store = store();
  words.where = selectorOf(where_->text());
  words.since = since_->text().trimmed().toStdString();
  return words;
}

void FleetDialog::showCommand() {
  const bool is_complete = kind_ == Kind::kCompare ? unit_ != nullptr : since_ != nullptr;
  if (!is_complete) return;  // while it is made
  command_->setText(kind_ == Kind::kCompare ? fleetCommandLine(compareWords()) : fleetTopCommandLine(topWords()));
}

}  // namespace socklock::gui
