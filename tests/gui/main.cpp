// SPDX-License-Identifier: GPL-2.0-or-later
// GoogleTest inside a Qt application without a display, and with settings of its own.
#include <gtest/gtest.h>

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (::testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  qputenv("QT_QPA_PLATFORM", "offscreen");
  const QTemporaryDir settings;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
  QApplication app(argc, argv);
  QCoreApplication::setOrganizationName(QStringLiteral("socklock"));
  QCoreApplication::setApplicationName(QStringLiteral("socklock-gui-test"));
  return RUN_ALL_TESTS();
}
