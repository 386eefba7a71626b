// SPDX-License-Identifier: GPL-2.0-or-later
// The window: it wires views to the session, and holds what can be done with them.
#pragma once

#include <QDockWidget>
#include <QMainWindow>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <functional>
#include <vector>

#include "gui/app/session.h"
#include "gui/app/settings.h"
#include "gui/jobs/export.h"

namespace socklock::gui {

class FilterBar;
class MessageBar;
class Page;
class RecordDialog;
class SidesDialog;
class TimelinePage;
class VerdictStrip;
class WelcomePage;
struct QuestionStep;

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
  void exportTo(const QString& file, PageKindOfHtml html = PageKindOfHtml::kWithoutScript);
  // In the format of another tool, likewise.
  void exportForTool(const analyzer::Exporter& exporter, const QString& file);
  // For every window from now on, and this one.
  void applySettings(const Settings& settings);
  // The page that is shown; SVG or PNG by the ending.
  bool saveImage(const QString& file);
  // By the page's id.
  bool showPage(const QString& id);
  [[nodiscard]] QString pageId() const;
  // Nothing is under way that will change what is shown.
  [[nodiscard]] bool isSettled() const;

  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] VerdictStrip* verdictStrip() const { return verdict_; }
  [[nodiscard]] MessageBar* messageBar() const { return message_; }
  [[nodiscard]] FilterBar* filterBar() const { return filter_bar_; }
  void showTimelineDock(bool is_wanted);
  // The timeline below the pages; null until it was shown once.
  [[nodiscard]] TimelinePage* dockedTimeline() const { return docked_; }
  [[nodiscard]] QTabWidget* pages() const { return pages_; }

 Q_SIGNALS:
  void exported(const QString& file, bool is_written);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  void layOutParts();
  void makeActions();
  void makePages();
  void connectPage(Page* page);
  void makeFileMenu();
  void makeSaveActions(QMenu* file);
  void makeEditMenu();
  void makeViewMenu();
  void makeHelpMenu();
  void connectSession();
  void connectViews();
  void showFindings(const FindingsPtr& findings);
  void showKeys();
  void record();
  void experiment();
  // Text of other tools becomes traces first, in the background; then `then` gets paths of traces only.
  using TakeSides = std::function<void(const QStringList& before, const QStringList& after)>;
  void withTraces(const QStringList& before, const QStringList& after, TakeSides then);
  void makeToolMenu(QMenu* file);
  void showExported(const QString& file, const Result<void>& result);
  void openRecorded(const QString& file);
  void openRecent(QMenu* menu);
  void chooseFile(const QString& title, const QStringList& filters, const std::function<void(const QString&)>& chosen);
  void copyTable();
  void copyCommandLine();
  void searchPage();
  void swapSides();
  void rememberLayout() const;
  void restoreLayout();
  [[nodiscard]] bool isRecording() const;

  Session session_;
  Background exporter_;
  Background importer_;
  QStackedWidget* stack_;
  WelcomePage* welcome_;
  MessageBar* message_;
  FilterBar* filter_bar_;
  VerdictStrip* verdict_;
  QTabWidget* pages_;
  std::vector<Page*> page_list_;        // in the order of pageKinds()
  std::vector<QAction*> page_actions_;  // likewise
  std::vector<QAction*> needs_traces_;  // what can't be done with an empty window
  QDockWidget* dock_ = nullptr;         // made when it is first wanted
  TimelinePage* docked_ = nullptr;
  QAction* timeline_below_ = nullptr;
  QProgressBar* progress_;
  QPushButton* cancel_;
};

}  // namespace socklock::gui
