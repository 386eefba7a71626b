// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/ship.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "analyzer/load/facts.h"
#include "analyzer/load/load_run.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/atomic_file.h"
#include "base/out_of_memory.h"
#include "base/signal_watch.h"
#include "base/text.h"
#include "base/units.h"
#include "fleet/row_binary.h"
#include "fleet/schema.h"
#include "fleet/times.h"
#include "proto/trace_reader.h"

namespace socklock::fleet {
namespace {

namespace fs = std::filesystem;

// The recorder writes at least every half second.
constexpr std::time_t kQuietSeconds = 60;
// Below what servers take by default, and what a proxy may buffer.
constexpr std::size_t kMostInsertBytes = 4U << 20;
constexpr double kFirstPauseS = 1, kLongestPauseS = 300;
// A code that we know nothing of may be an illness of the server; after so many tries it is the trace's.
constexpr int kTriesOfUnknown = 5;

struct Listed {
  std::string file;
  std::uint64_t bytes;
  std::time_t changed_s;
};

Result<std::vector<Listed>> list(const std::string& folder) {
  std::vector<Listed> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() != ".slk") continue;
    struct stat status {};
    // Links lead elsewhere; what is gone is gone.
    if (lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    found.push_back(
        {entry->path().filename().string(), static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec});
  }
  if (error)
    return fail({"cannot list the traces: " + error.message(), "'" + folder + "'",
                 "--dir FOLDER: that of socklock-record --service", ExitCode::kBadInput});
  std::sort(found.begin(), found.end(), [](const Listed& a, const Listed& b) {
    return a.changed_s != b.changed_s ? a.changed_s < b.changed_s : a.file < b.file;
  });
  return found;
}

bool has_footer(const std::string& path) {
  auto reader = trace::TraceReader::open(path);
  return reader && reader->footer().has_value();
}

std::uint64_t hash_of_text(const std::string& text) { return hash_of(Name{text, "", "", "", "", ""}); }

class Shipper {
 public:
  Shipper(const ShipOptions& options, const analyzer::Taxonomy& taxonomy, SignalWatch& signals,
          const ShipListener& listener, Ledger ledger, ClickHouse store)
      : options_(options),
        taxonomy_(taxonomy),
        signals_(signals),
        say_(listener),
        ledger_(std::move(ledger)),
        store_(std::move(store)),
        random_(std::random_device{}()) {}

  Result<ShipCounts> run() {
    SOCKLOCK_TRY(check_again());
    SOCKLOCK_TRY(ledger_.note_length(options_.roll_up.every_s, options_.again.has_value()));
    for (;;) {
      const auto rounded = round();
      SOCKLOCK_TRY(write_metrics());
      if (!rounded) return fail(rounded.error());
      if (options_.once || counts_.ended_by_signal != 0) break;
      counts_.ended_by_signal = signals_.take(static_cast<int>(options_.look_every.count() * 1000));
      if (counts_.ended_by_signal != 0) break;
    }
    return counts_;
  }

 private:
  enum class Sent : std::uint8_t { kDone, kSetAside, kLater };

  // A row is where the hash of its host said when it was sent. With more shards that is elsewhere, and what is sent
  // again does not replace it.
  Result<void> check_again() {
    if (!options_.again) return {};
    const auto shards = store_.ask(fmt::format("SELECT uniq(shards) FROM {}.schema", store_.server().database));
    if (!shards || std::strtoul(shards->c_str(), nullptr, 10) < 2) return {};
    return fail({"the store got other shards meanwhile: what is sent again would be there twice", "--again",
                 "drop these days first (socklock fleet drop), or send again what came after that", ExitCode::kUsage});
  }

  Result<void> round() {
    SOCKLOCK_TRY_ASSIGN(const TracesFound found, find_traces(options_.folder));
    counts_.unfinished = found.unfinished;
    std::vector<SeenTrace> to_send;
    std::set<std::string> waiting, done;
    for (const SeenTrace& trace : found.finished) {
      const bool is_due = !ledger_.is_done(trace) || is_asked_again(trace);
      if (is_due) to_send.push_back(trace);
      (is_due ? waiting : done).insert(trace.file);
    }
    SOCKLOCK_TRY(note_waiting(waiting, done));
    for (const SeenTrace& trace : to_send) {
      SOCKLOCK_TRY_ASSIGN(const Sent sent, send_until_done(trace));
      if (sent == Sent::kLater) break;
      waiting.erase(trace.file);
      done.insert(trace.file);
      again_done_.insert(trace.file);
      SOCKLOCK_TRY(note_waiting(waiting, done));
      SOCKLOCK_TRY(write_metrics());
      if (is_to_end()) break;
    }
    return {};
  }

  Result<void> note_waiting(const std::set<std::string>& waiting, const std::set<std::string>& done) {
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t gone, ledger_.note_waiting(waiting, done));
    if (gone > 0)
      say_(true, fmt::format("{} traces went from the folder before they were sent; --max-size and --max-age of "
                             "socklock-record say how long they stay",
                             gone));
    counts_.lost = ledger_.lost();
    counts_.waiting = waiting.size();
    counts_.lag_s = 0;
    for (const std::string& file : waiting) {
      struct stat status {};
      if (stat((options_.folder + "/" + file).c_str(), &status) == 0)
        counts_.lag_s = std::max(counts_.lag_s, static_cast<double>(std::time(nullptr) - status.st_mtim.tv_sec));
    }
    return {};
  }

  [[nodiscard]] bool is_asked_again(const SeenTrace& trace) const {
    if (!options_.again || again_done_.contains(trace.file)) return false;
    const auto facts = analyzer::load_facts(options_.folder + "/" + trace.file);
    if (!facts) return false;
    const std::uint64_t start = facts->wall_start_ns / kNsPerSecond;
    return start >= options_.again->first && start < options_.again->second;
  }

  Result<void> set_aside(const SeenTrace& trace, const std::string& reason) {
    say_(true, fmt::format("{} is set aside: {}", trace.file, reason));
    ++counts_.refused;
    return ledger_.note_refused(trace, reason);
  }

  // Until it is sent, set aside, or a signal came.
  Result<Sent> send_until_done(const SeenTrace& trace) {
    const std::string path = options_.folder + "/" + trace.file;
    RollUpOptions roll_up_options = options_.roll_up;
    roll_up_options.lost_traces = ledger_.lost();
    // Memory that one trace needs too much of is no reason to stop at it for ever.
    const auto rolled = within_memory([&] { return roll_up(path, taxonomy_, roll_up_options); });
    if (!rolled) {
      // Gone in between is not the trace's fault, and counted in the next round.
      if (!fs::exists(path)) return Sent::kDone;
      SOCKLOCK_TRY(set_aside(trace, rolled.error().message()));
      return Sent::kSetAside;
    }
    if (const std::string reason = why_not_taken(*rolled); !reason.empty()) {
      SOCKLOCK_TRY(set_aside(trace, reason));
      return Sent::kSetAside;
    }
    const auto begun = std::chrono::steady_clock::now();
    double pause_s = kFirstPauseS;
    for (int tries = 1;; ++tries) {
      const auto sent = send(*rolled);
      if (sent) {
        SOCKLOCK_TRY(ledger_.note_shipped(trace));
        count(*rolled);
        return Sent::kDone;
      }
      if (is_to_end()) return Sent::kLater;
      ++counts_.failures;
      counts_.wrong_password = sent.error().trouble == Trouble::kPassword;
      const bool is_unknown =
          sent.error().trouble == Trouble::kAway && sent.error().code != 0 && !is_known(sent.error().code);
      if (sent.error().trouble == Trouble::kRefused || (is_unknown && tries >= kTriesOfUnknown)) {
        SOCKLOCK_TRY(set_aside(trace, sent.error().what));
        return Sent::kSetAside;
      }
      say_(true, fmt::format("{}: {}", sent.error().server, sent.error().what));
      schema_.reset();
      store_.turn_to_next();
      if (options_.once && std::chrono::steady_clock::now() - begun > options_.patience)
        return fail(sent.error().error());
      SOCKLOCK_TRY(write_metrics());
      if (!wait(pause_s)) return Sent::kLater;
      pause_s = std::min(pause_s * 2, kLongestPauseS);
    }
  }

  // Codes that say that the server, not the trace, is ill: they end.
  static bool is_known(int code) {
    constexpr std::array kEnds{3,   8,   10,  16,  32,  47,  60,  74,  75,  76,  81,  159, 160, 171, 173, 198, 202, 203,
                               209, 210, 212, 225, 236, 241, 242, 243, 252, 265, 279, 285, 286, 319, 394, 425, 999};
    return std::find(kEnds.begin(), kEnds.end(), code) != kEnds.end();
  }

  // False: a signal came.
  bool wait(double pause_s) {
    std::uniform_real_distribution<double> jitter(0.5, 1.0);
    if (options_.once) pause_s = std::min(pause_s, 3.0);
    counts_.ended_by_signal = signals_.take_within(static_cast<std::uint64_t>(pause_s * jitter(random_) * 1e9));
    return counts_.ended_by_signal == 0;
  }

  bool is_to_end() {
    if (counts_.ended_by_signal == 0) counts_.ended_by_signal = signals_.pending();
    return counts_.ended_by_signal != 0;
  }

  // The store's intake drops such rows without a word.
  static std::string why_not_taken(const RollUp& rolled) {
    const std::uint64_t now = present_s();
    if (rolled.minutes.empty()) return "";
    if (rolled.hours.front().time_s + std::uint64_t{kOldestDays} * 86400 <= now)
      return fmt::format("it was recorded more than {} days ago", kOldestDays);
    if (rolled.minutes.back().time_s >= now + 3600) return "by its clock it was recorded in the future";
    return "";
  }

  StoreResult<void> learn_schema() {
    if (schema_) return {};
    auto answer = store_.ask(fmt::format("SELECT max(version) FROM {}.schema", store_.server().database));
    if (!answer) {
      // A user that may only insert can't read it; then it is ours or the INSERT says so.
      if (answer.error().trouble != Trouble::kPassword || answer.error().code == 193 || answer.error().code == 516 ||
          answer.error().code == 192)
        return tl::unexpected<StoreError>(answer.error());
      schema_ = kSchemaVersion;
      return {};
    }
    const auto version = static_cast<std::uint32_t>(std::strtoul(answer->c_str(), nullptr, 10));
    if (version == 0)
      return tl::unexpected<StoreError>({Trouble::kAway, 60,
                                         "the store has no schema yet: socklock fleet init --to URL --apply",
                                         store_.server().base});
    schema_ = std::min(version, kSchemaVersion);
    learn_settings();
    if (options_.roll_up.every_s != 60 && *schema_ < 2)
      return tl::unexpected<StoreError>({Trouble::kAway, 60,
                                         "its schema knows rows of a minute only, no --every: an upgrade is needed",
                                         store_.server().base});
    return {};
  }

  // Today's servers gather small INSERTs by default and may be told to answer before they are written; older ones
  // refuse a setting that they don't know.
  void learn_settings() {
    constexpr ServerVersion kAsyncInserts{21, 11};
    const auto answer = store_.ask("SELECT version()");
    insert_settings_.clear();
    if (answer && server_version(*answer) >= kAsyncInserts) insert_settings_["wait_for_async_insert"] = "1";
  }

  StoreResult<void> send(const RollUp& rolled) {
    if (auto learnt = learn_schema(); !learnt) return learnt;
    if (auto sent = send_names(rolled); !sent) return sent;
    if (auto sent = send_rows("minutes", rolled.minutes); !sent) return sent;
    return send_rows("hours", rolled.hours);
  }

  StoreResult<void> send_names(const RollUp& rolled) {
    std::string bytes;
    std::vector<std::uint64_t> fresh;
    for (const auto& [hash, name] : rolled.names) {
      if (names_sent_.contains(hash)) continue;
      append_row_binary(bytes, hash, name, rolled.taxonomy);
      fresh.push_back(hash);
    }
    if (fresh.empty()) return {};
    auto sent = store_.insert(
        fmt::format("INSERT INTO {}.names_in ({}) FORMAT RowBinary", store_.server().database, kNameColumns), bytes,
        insert_settings_);
    // A store that was emptied gets them again from the next shipper that starts.
    if (sent && names_sent_.size() < 100'000) names_sent_.insert(fresh.begin(), fresh.end());
    return sent;
  }

  StoreResult<void> send_rows(std::string_view table, const std::vector<Row>& rows) {
    const std::string statement = fmt::format("INSERT INTO {}.{}_in ({}) FORMAT RowBinary", store_.server().database,
                                              table, column_names(*schema_));
    std::string bytes;
    for (const Row& row : rows) {
      std::string one;
      append_row_binary(one, row, *schema_);
      if (!bytes.empty() && bytes.size() + one.size() > kMostInsertBytes) {
        if (auto sent = store_.insert(statement, bytes, insert_settings_); !sent) return sent;
        bytes.clear();
      }
      bytes += one;
    }
    return bytes.empty() ? StoreResult<void>() : store_.insert(statement, bytes, insert_settings_);
  }

  void count(const RollUp& rolled) {
    ++counts_.traces;
    counts_.minutes += rolled.minutes.size();
    counts_.hours += rolled.hours.size();
    counts_.bytes = store_.sent_bytes();
    counts_.damaged += rolled.is_damaged ? 1 : 0;
    counts_.wrong_password = false;
    counts_.last_success_s = std::time(nullptr);
  }

  Result<void> write_metrics() const {
    if (options_.metrics_file.empty()) return {};
    return write_file(options_.metrics_file, metrics_text(counts_),
                      {.replaces = true, .mode = 0644, .is_synced = false});
  }

  const ShipOptions& options_;
  const analyzer::Taxonomy& taxonomy_;
  SignalWatch& signals_;
  const ShipListener& say_;
  Ledger ledger_;
  ClickHouse store_;
  std::mt19937_64 random_;
  std::optional<std::uint32_t> schema_;
  ClickHouse::Settings insert_settings_;
  std::set<std::uint64_t> names_sent_;
  std::set<std::string> again_done_;
  ShipCounts counts_;
};

}  // namespace

Result<TracesFound> find_traces(const std::string& folder) {
  SOCKLOCK_TRY_ASSIGN(const auto listed, list(folder));
  const std::time_t now = std::time(nullptr);
  TracesFound found;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const Listed& file = listed[i];
    const std::string path = folder + "/" + file.file;
    const bool is_left = i + 1 < listed.size() && now - file.changed_s >= kQuietSeconds;
    if (!is_left && !has_footer(path)) {
      ++found.unfinished;
      continue;
    }
    const auto facts = analyzer::load_facts(path);
    found.finished.push_back({file.file, file.bytes, facts ? facts->run_id : ""});
  }
  return found;
}

Result<ShipCounts> ship(const ShipOptions& options, const analyzer::Taxonomy& taxonomy, SignalWatch& signals,
                        const ShipListener& say) {
  StoreOptions store_options = options.store;
  store_options.is_to_end = [&signals] { return signals.pending() != 0; };
  SOCKLOCK_TRY_ASSIGN(ClickHouse store, ClickHouse::open(store_options));
  SOCKLOCK_TRY_ASSIGN(Ledger ledger, Ledger::open(options.state_folder));
  if (options.spread.count() > 0) {
    // Hosts that rotate at the same time don't all send at the same time.
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    const std::uint64_t wait_s = hash_of_text(host.data()) % static_cast<std::uint64_t>(options.spread.count());
    if (signals.take_within(wait_s * kNsPerSecond) != 0) return ShipCounts{};
  }
  return Shipper(options, taxonomy, signals, say, std::move(ledger), std::move(store)).run();
}

Result<void> dry_run(const ShipOptions& options, const analyzer::Taxonomy& taxonomy,
                     const std::function<Result<void>(std::string_view)>& write) {
  SOCKLOCK_TRY_ASSIGN(const TracesFound found, find_traces(options.folder));
  for (const SeenTrace& trace : found.finished) {
    SOCKLOCK_TRY_ASSIGN(const RollUp rolled, roll_up(options.folder + "/" + trace.file, taxonomy, options.roll_up));
    for (const Row& row : rolled.minutes) SOCKLOCK_TRY(write(row_json(row, "minutes")));
    for (const Row& row : rolled.hours) SOCKLOCK_TRY(write(row_json(row, "hours")));
  }
  return {};
}

std::string metrics_text(const ShipCounts& counts) {
  std::string text;
  const auto metric = [&text](const char* name, const char* type, const char* help, double value) {
    text += fmt::format("# HELP socklock_ship_{0} {2}\n# TYPE socklock_ship_{0} {1}\nsocklock_ship_{0} {3}\n", name,
                        type, help, value);
  };
  const auto count = [&metric](const char* name, const char* help, std::uint64_t value) {
    metric(name, "counter", help, static_cast<double>(value));
  };
  count("traces_total", "Traces sent since the shipper started.", counts.traces);
  count("minutes_total", "Rows by minute sent since the shipper started.", counts.minutes);
  count("bytes_total", "Bytes sent since the shipper started, packed.", counts.bytes);
  count("failures_total", "Sends that had to be made again since the shipper started.", counts.failures);
  count("refused_traces_total", "Traces set aside since the shipper started.", counts.refused);
  count("damaged_traces_total", "Traces sent as far as they could be read.", counts.damaged);
  count("lost_traces_total", "Traces that went from the folder before they were sent.", counts.lost);
  metric("waiting_traces", "gauge", "Finished traces that are not sent.", static_cast<double>(counts.waiting));
  metric("lag_seconds", "gauge", "Age of the oldest of them.", counts.lag_s);
  metric("last_success_timestamp_seconds", "gauge", "When a trace was last sent; 0: not since the shipper started.",
         static_cast<double>(counts.last_success_s));
  metric("password_refused", "gauge", "1: the store refuses user or password.", counts.wrong_password ? 1 : 0);
  return text;
}

}  // namespace socklock::fleet
