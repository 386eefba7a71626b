// SPDX-License-Identifier: GPL-2.0-or-later
// The window: it wires views to the session, and holds what can be done with them.
#pragma once

#include <QLabel>
#include <QMainWindow>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <functional>

#include "gui/app/session.h"

namespace socklock::gui {

class BucketPage;
class DistributionPage;
class FilterBar;
class Level2Page;
class MatrixView;
class MessageBar;
class SidesDialog;
class SliceTable;
class StacksPage;
class TimelinePage;
class VerdictStrip;
class WaterfallView;
class WelcomePage;

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(analyzer::Taxonomy taxonomy);

  void open(const QStringList& before, const QStringList& after);
  // Traces of which it isn't said which side they are: one is explored, of several the user is asked.
  void openUnsorted(const QStringList& paths);
  void openDialog();
  SidesDialog* sidesDialog();
  void openSession(const QString& file);
  bool saveSessionTo(const QString& file);
  // In the background; exported() tells the end of it.
  void exportTo(const QString& file);
  // The page that is shown; SVG or PNG by the ending.
  bool saveImage(const QString& file);
  bool showPage(const QString& name);
  // Nothing is under way that will change what is shown.
  [[nodiscard]] bool isSettled() const;

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] VerdictStrip* verdictStrip() const { return verdict_; }
  [[nodiscard]] SliceTable* sliceTable() const { return slices_; }
  [[nodiscard]] MatrixView* matrix() const { return matrix_; }
  [[nodiscard]] WaterfallView* waterfall() const { return waterfall_; }
  [[nodiscard]] MessageBar* messageBar() const { return message_; }
  [[nodiscard]] FilterBar* filterBar() const { return filter_bar_; }
  [[nodiscard]] StacksPage* stacks() const { return stacks_; }
  [[nodiscard]] DistributionPage* distribution() const { return distribution_; }
  [[nodiscard]] BucketPage* buckets() const { return buckets_; }
  [[nodiscard]] Level2Page* level2() const { return level2_; }
  [[nodiscard]] TimelinePage* timeline() const { return timeline_; }
  [[nodiscard]] QTabWidget* pages() const { return pages_; }

 Q_SIGNALS:
  void exported(const QString& file, bool is_written);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  void makeActions();
  QWidget* makeComparisonPage();
  void connectSession();
  void connectViews();
  void showFindings(const FindingsPtr& findings);
  void makeFileMenu();
  void makeEditMenu();
  void filterBySlice(const analyzer::SliceComparison& slice);
  void chooseFile(const QString& title, const QStringList& filters, const std::function<void(const QString&)>& chosen);
  void searchPage();
  void swapSides();
  [[nodiscard]] QString pageName() const;

  Session session_;
  Background exporter_;
  QStackedWidget* stack_;
  WelcomePage* welcome_;
  MessageBar* message_;
  FilterBar* filter_bar_;
  VerdictStrip* verdict_;
  QTabWidget* pages_;
  SliceTable* slices_;
  WaterfallView* waterfall_;
  QLabel* waterfall_title_;
  MatrixView* matrix_;
  QWidget* matrix_values_;
  StacksPage* stacks_;
  DistributionPage* distribution_;
  BucketPage* buckets_;
  Level2Page* level2_;
  TimelinePage* timeline_;
  QProgressBar* progress_;
  QPushButton* cancel_;
};

}  // namespace socklock::gui
