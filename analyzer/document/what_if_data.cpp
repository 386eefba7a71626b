// SPDX-License-Identifier: GPL-2.0-or-later
// An estimate for programs: "socklock.what-if/1", docs/schema/what-if-1.json.
#include "analyzer/document/what_if.h"

#include <algorithm>

namespace socklock::analyzer {
namespace {

Value range_data(const Prospect& prospect) {
  return Value::Object{{"low", prospect.model.low},
                       {"estimate", prospect.model.estimate},
                       {"high", prospect.model.high},
                       {"interval", Value::Object{{"low", prospect.low}, {"high", prospect.high}}}};
}

Value optional_range(const std::optional<Prospect>& prospect) { return prospect ? range_data(*prospect) : Value(); }

Value choice_data(const PathChoice& path) { return path.is_all() ? Value() : Value(path.text()); }

Value change_data(const Change& change) {
  Value data =
      Value::Object{{"kind", name_of(change.kind)}, {"class", change.locks.text}, {"path", choice_data(change.path)}};
  const bool splits = change.kind == ChangeKind::kSplit;
  const char* const by = change.by == SplitBy::kThread ? "thread" : "cpu";
  data.add("n", !splits ? Value() : change.by == SplitBy::kNumber ? Value(change.n) : Value(by));
  data.add("keep", change.kind == ChangeKind::kAvoid ? Value(change.keep) : Value());
  data.add("k", change.kind == ChangeKind::kShorter ? Value(change.k) : Value());
  return data;
}

Value model_data(const ModelFacts& model, std::uint64_t seed) {
  Value check;
  if (model.check)
    check = Value::Object{{"model_wait_ns", model.check->model_wait_ns},
                          {"measured_wait_ns", model.check->measured_wait_ns},
                          {"ratio", model.check->ratio()}};
  const bool is_queue = model.kind == ModelKind::kClosedQueue;
  const auto of_queue = [is_queue](double value) { return is_queue ? Value(value) : Value(); };
  return Value::Object{{"class", model.lock_class},
                       {"name", name_of(model.kind)},
                       {"from_single_waits", model.from_single_waits},
                       {"threads", of_queue(model.threads)},
                       {"think_ns", of_queue(model.think_ns)},
                       {"hold_ns", of_queue(model.hold_ns)},
                       {"residual_ns", of_queue(model.residual_ns)},
                       {"locks_before", of_queue(model.locks_before)},
                       {"wake_latency_ns", model.wake_latency_ns},
                       {"check", std::move(check)},
                       {"model_factor", model.factor},
                       {"seed", seed}};
}

Value refusal_data(const Refusal& refusal) {
  return Value::Object{{"reason", name_of(refusal.reason)}, {"detail", refusal.detail}, {"hint", refusal.hint}};
}

Value refused_data(const WhatIf& estimate) {
  if (!estimate.is_refused()) return {};
  Value data = refusal_data(estimate.refused.front().refusal);
  data.add("classes", list_of(estimate.refused, [](const RefusedClass& refused) {
             Value of_class = refusal_data(refused.refusal);
             of_class.add("class", refused.lock_class);
             return of_class;
           }));
  return data;
}

Value row_data(const WhatIfRow& row) {
  return Value::Object{
      {"class", row.lock_class},
      {"path", row.path ? Value(name_of(*row.path)) : Value()},
      {"touched", row.touched},
      {"before_ns", row.before_ns},
      {"after_ns", range_data(row.after_ns)},
      {"contentions", Value::Object{{"before", row.contentions}, {"after", range_data(row.contentions_after)}}}};
}

Value next_data(const WhatIf& estimate) {
  std::vector<const WhatIfRow*> rows;
  for (const WhatIfRow& row : estimate.rows) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const WhatIfRow* a, const WhatIfRow* b) {
    return a->after_ns.model.estimate > b->after_ns.model.estimate;
  });
  if (rows.size() > 3) rows.resize(3);
  return list_of(rows, [](const WhatIfRow* row) {
    return Value::Object{{"class", row->lock_class}, {"wait_ns", row->after_ns.model.estimate}};
  });
}

Value real_change_data(const WhatIf& estimate) {
  if (!estimate.measured) return {};
  const Measured& measured = *estimate.measured;
  const auto figure = [&](double left, double ratio, bool inside) {
    return Value::Object{{"left", left},
                         {"ratio", estimate.is_refused() ? Value() : Value(ratio)},
                         {"inside", estimate.is_refused() ? Value() : Value(inside)}};
  };
  Value data = figure(measured.left, measured.ratio, measured.inside);
  data.add("runs", measured.runs);
  data.add("after_ns", measured.after_ns);
  data.add("touched", figure(measured.touched_left, measured.touched_ratio, measured.touched_inside));
  data.add("contentions", figure(measured.contentions_left, measured.contentions_ratio, measured.contentions_inside));
  return data;
}

// Null where nothing is estimated.
Value estimated(const WhatIf& estimate, Value value) {
  if (estimate.is_refused()) return {};
  return value;
}

}  // namespace

Value what_if_data(const WhatIf& estimate) {
  Value data = Value::Object{{"schema", "socklock.what-if/1"}, {"note", kNoMeasurement}};
  data.add("unit_of_work", estimate.unit);
  data.add("level", estimate.level);
  data.add("runs", estimate.runs);
  data.add("changes", list_of(estimate.changes, change_data));
  data.add("models",
           list_of(estimate.models, [&estimate](const ModelFacts& model) { return model_data(model, estimate.seed); }));
  // The one that says most, for those who ask about one class.
  data.add("model", estimate.models.empty() ? Value() : model_data(estimate.models.front(), estimate.seed));
  data.add("total", Value::Object{{"before_ns", estimate.before_ns},
                                  {"after_ns", estimated(estimate, range_data(estimate.after_ns))},
                                  {"left", estimated(estimate, range_data(estimate.left))}});
  data.add("touched", Value::Object{{"before_ns", estimate.touched_before_ns},
                                    {"left", estimated(estimate, range_data(estimate.touched_left))}});
  data.add("contentions", Value::Object{{"before", estimate.contentions_before},
                                        {"left", estimated(estimate, range_data(estimate.contentions_left))}});
  data.add("classes", list_of(estimate.rows, row_data));
  data.add("speed", estimated(estimate, Value::Object{{"low", estimate.speed.low},
                                                      {"high", estimate.speed.high},
                                                      {"bound", name_of(estimate.speed.bound)}}));
  data.add("next", next_data(estimate));
  data.add("assumptions", assumptions_of(estimate));
  data.add("cannot_know", cannot_know(estimate));
  data.add("refused", refused_data(estimate));
  data.add("measured", real_change_data(estimate));
  return data;
}

Value class_prospects_data(const ClassProspects& prospects) {
  Value data = Value::Object{{"schema", "socklock.what-if/1"}, {"note", kNoMeasurement}};
  data.add("unit_of_work", prospects.unit_singular + "s");
  data.add("runs", prospects.runs);
  data.add("changes", Value::List{});
  data.add("total", Value::Object{{"before_ns", prospects.before_ns}});
  data.add("prospects", list_of(prospects.classes, [](const ClassProspect& prospect) {
             return Value::Object{{"class", prospect.lock_class},
                                  {"wait_share", prospect.wait_share},
                                  {"before_ns", prospect.before_ns},
                                  {"gone", prospect.gone},
                                  {"split_2", optional_range(prospect.split_2)},
                                  {"split_8", optional_range(prospect.split_8)},
                                  {"model", prospect.model ? Value(name_of(prospect.model->kind)) : Value()},
                                  {"refused", prospect.refusal ? refusal_data(*prospect.refusal) : Value()}};
           }));
  return data;
}

}  // namespace socklock::analyzer
