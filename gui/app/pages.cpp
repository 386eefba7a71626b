// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/pages.h"

#include <QObject>
#include <array>

#include "gui/views/acquisitions_page.h"
#include "gui/views/bucket_view.h"
#include "gui/views/comparison_page.h"
#include "gui/views/distribution_view.h"
#include "gui/views/query_page.h"
#include "gui/views/runs_page.h"
#include "gui/views/stacks_page.h"
#include "gui/views/timeline_page.h"
#include "gui/views/what_if_page.h"

namespace socklock::gui {
namespace {

template <typename OnePage>
Page* make(QWidget* parent) {
  return new OnePage(parent);
}

constexpr std::array<PageKind, 9> kPages{{
    {"comparison", "", QT_TRANSLATE_NOOP("QObject", "Comparison"), QT_TRANSLATE_NOOP("QObject", "Overview"),
     make<ComparisonPage>},
    {"runs", "", QT_TRANSLATE_NOOP("QObject", "Runs"), nullptr, make<RunsPage>},
    {"stacks", "", QT_TRANSLATE_NOOP("QObject", "Stacks"), nullptr, make<StacksPage>},
    {"wait-times", "", QT_TRANSLATE_NOOP("QObject", "Wait times"), nullptr, make<DistributionPage>},
    {"buckets", "", QT_TRANSLATE_NOOP("QObject", "Buckets"), nullptr, make<BucketPage>},
    {"acquisitions", "held", QT_TRANSLATE_NOOP("QObject", "Acquisitions and holders"), nullptr, make<AcquisitionsPage>},
    {"timeline", "time-line", QT_TRANSLATE_NOOP("QObject", "Timeline"), nullptr, make<TimelinePage>},
    {"what-if", "", QT_TRANSLATE_NOOP("QObject", "What if"), nullptr, make<WhatIfPage>},
    {"query", "", QT_TRANSLATE_NOOP("QObject", "Query"), nullptr, make<QueryPage>},
}};

}  // namespace

std::span<const PageKind> pageKinds() { return kPages; }

int pageNamed(std::string_view id) {
  for (std::size_t i = 0; i < kPages.size(); ++i)
    if (!id.empty() && (kPages[i].id == id || kPages[i].former_id == id)) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> pageIds() {
  std::vector<std::string> ids;
  for (const PageKind& page : kPages) ids.emplace_back(page.id);
  return ids;
}

}  // namespace socklock::gui
