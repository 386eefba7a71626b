// SPDX-License-Identifier: GPL-2.0-or-later
// Call stacks of both sides as one icicle graph: a frame is as wide as its wait and coloured by how that
// changed; frames of one side alone are hatched. A click zooms, zoom never filters.
#pragma once

#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

enum class IcicleWidth { kBoth, kBefore, kAfter };
// By how a frame's wait changed; where changes are not judged, by the side that waits more, which is no verdict.
enum class IcicleColours { kOneSide, kMoreOfSide, kChange };

class IcicleView : public QWidget {
  Q_OBJECT
 public:
  explicit IcicleView(QWidget* parent = nullptr);
  // `owner` keeps `root` alive.
  void show(std::shared_ptr<const void> owner, const analyzer::StackNode* root, IcicleColours colours);
  void setWidthBy(IcicleWidth width);
  void setSearch(const QString& text);
  void zoomTo(std::size_t frame);
  void resetZoom() { zoomTo(0); }
  // As a browser's: where the zoom was, and forward again.
  void zoomBack();
  void zoomForward();
  [[nodiscard]] bool canZoomBack() const { return !back_.empty(); }
  [[nodiscard]] bool canZoomForward() const { return !forward_.empty(); }
  // Selects the next frame that meets the search, `by` 1, or the one before, -1; around at the ends.
  void stepMatch(int by);
  // How many frames meet the search and what they wait, each wait once; empty without a search.
  [[nodiscard]] QString matchText() const;

  [[nodiscard]] std::size_t frameCount() const { return frames_.size(); }
  [[nodiscard]] std::size_t zoomed() const { return zoom_; }
  // Frame of this function that is nearest to the root; npos when there is none.
  [[nodiscard]] std::size_t find(const QString& function) const;
  [[nodiscard]] QRectF rectOf(std::size_t index) const;
  [[nodiscard]] QString nameOf(std::size_t frame) const;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

 Q_SIGNALS:
  // As it was recorded, which need not be printable.
  void functionFiltered(const std::string& function);
  void functionLeftOut(const std::string& function);
  void functionChosen(const std::string& function);
  void zoomChanged();
  void matchesChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Frame {
    const analyzer::StackNode* node;
    std::size_t parent;
    int depth;
    double begin, end;  // 0 to 1
  };
  void layOut();
  void findMatches();
  void showZoom(std::size_t frame);
  [[nodiscard]] bool matches(const Frame& frame) const;
  void select(std::size_t frame);
  void step(int key);
  void paintFrame(QPainter& painter, const Frame& frame, const QRectF& area, bool is_above) const;
  [[nodiscard]] double weight(const analyzer::StackNode& node) const;
  [[nodiscard]] std::size_t frameAt(QPointF at) const;
  [[nodiscard]] bool isAboveZoom(std::size_t frame) const;
  [[nodiscard]] double rowHeight() const;

  std::shared_ptr<const void> owner_;
  const analyzer::StackNode* root_ = nullptr;
  bool is_comparison_ = true;
  bool is_judged_ = true;
  IcicleWidth width_ = IcicleWidth::kBoth;
  QString search_;
  std::vector<Frame> frames_;  // breadth first; the children of a frame from left to right
  std::size_t zoom_ = 0;
  std::vector<std::size_t> back_, forward_;  // frames that were zoomed to, the last one last
  std::vector<std::size_t> matches_;         // frames that meet the search
  std::size_t selected_ = kNone;
};

}  // namespace socklock::gui
