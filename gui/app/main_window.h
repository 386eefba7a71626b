// SPDX-License-Identifier: GPL-2.0-or-later
// The window: it wires views to the session, and holds what can be done with them.
#pragma once

#include <QDockWidget>
#include <QJsonObject>
#include <QMainWindow>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <functional>
#include <optional>
#include <vector>

#include "gui/app/session.h"
#include "gui/app/session_file.h"
#include "gui/app/settings.h"
#include "gui/jobs/export.h"
#include "gui/jobs/fleet_job.h"

namespace socklock::gui {

class FilterBar;
class FleetDialog;
class FleetPage;
class FleetTopPage;
class LivePage;
class MessageBar;
class Page;
class RecordDialog;
class SidesDialog;
class TimelinePage;
class VerdictStrip;
class WelcomePage;
struct LiveSource;
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
  // Of all windows, at once.
  static void setTheme(const QString& theme);
  // The page that is shown; SVG or PNG by the ending.
  bool saveImage(const QString& file);
  // By the page's id.
  bool showPage(const QString& id);
  [[nodiscard]] QString pageId() const;
  [[nodiscard]] Page* shownPage() const;
  // What pages keep beside the question, by their ids.
  [[nodiscard]] QJsonObject states() const;
  void setStates(const QJsonObject& states);
  // Nothing is under way that will change what is shown.
  [[nodiscard]] bool isSettled() const;

  [[nodiscard]] Session& session() { return session_; }
  // What is shown and where, to come back to; sessions keep it.
  void addBookmark(const QString& name);
  void goTo(const Bookmark& bookmark);
  [[nodiscard]] const std::vector<Bookmark>& bookmarks() const { return bookmarks_; }
  // Another one with the same traces, to look at two things at a time; it deletes itself when closed.
  MainWindow* openWindow();
  [[nodiscard]] VerdictStrip* verdictStrip() const { return verdict_; }
  [[nodiscard]] MessageBar* messageBar() const { return message_; }
  [[nodiscard]] FilterBar* filterBar() const { return filter_bar_; }
  // What is waited for now, in place of the pages until traces are opened.
  void watchLive(const LiveSource& source);
  [[nodiscard]] LivePage* livePage() const { return live_; }
  [[nodiscard]] bool isLiveShown() const;
  // Hosts that have a change against hosts that have not, likewise; what hurts most in a fleet.
  void compareFleet(const fleet::CompareWords& words);
  void askFleetTop(const FleetTopWords& words);
  [[nodiscard]] FleetPage* fleetPage() const { return fleet_; }
  [[nodiscard]] FleetTopPage* fleetTopPage() const { return fleet_top_; }
  // What to type into a shell for what is shown; empty: nothing is.
  [[nodiscard]] QString shownCommandLine() const;
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
  void resizeEvent(QResizeEvent* event) override;

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
  void makeBookmarkMenu();
  void listBookmarks(QMenu* menu);
  void connectSession();
  void connectViews();
  void showFindings(const FindingsPtr& findings);
  void showKeys();
  void record();
  void experiment();
  void live();
  void connectLive();
  void makeFleetMenu();
  FleetDialog* fleetDialog();
  [[nodiscard]] std::optional<analyzer::Document> fleetDocument() const;
  [[nodiscard]] static QStringList reportFilters();
  void analyzeLive();
  // Text of other tools becomes traces first, in the background; then `then` gets paths of traces only.
  using TakeSides = std::function<void(const QStringList& before, const QStringList& after)>;
  // `seconds`: how long was recorded of each text that does not say it, where somebody states it; 0: nobody does.
  void withTraces(const QStringList& before, const QStringList& after, TakeSides then, double seconds = 0);
  void takeColours();
  void askDuration(const QString& words, const std::function<void(double seconds)>& then);
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
  void makeRoom();
  void forEachSplitter(const std::function<void(const QString& key, QSplitter& splitter)>& visit) const;
  [[nodiscard]] bool isRecording() const;

  Session session_;
  std::vector<Bookmark> bookmarks_;
  Background exporter_;
  Background importer_;
  Background fleet_job_;
  QString analyzed_live_;  // the trace that is opened once it is written
  QStackedWidget* stack_;
  WelcomePage* welcome_;
  LivePage* live_;
  FleetPage* fleet_;
  FleetTopPage* fleet_top_;
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
  QPushButton* fleet_cancel_;
  QAction* export_fleet_ = nullptr;
  QAction* copy_fleet_ = nullptr;
};

}  // namespace socklock::gui
