// SPDX-License-Identifier: GPL-2.0-or-later
// socklock top: what is waited for now. It looks at a trace that grows: that of a recorder which it starts, or one that
// is there already, as a service's.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>

#include "analyzer/cli/output.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/experiment/recorder_program.h"
#include "analyzer/live/live_view.h"
#include "analyzer/live/trace_tail.h"
#include "analyzer/measure/conditions.h"
#include "base/child_process.h"
#include "base/signal_watch.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kLook{200};  // between two looks at the trace

// A folder that is gone afterwards.
class Scratch {
 public:
  static Result<Scratch> make() {
    const char* const where = std::getenv("TMPDIR");
    std::string name = std::string(where != nullptr && *where != '\0' ? where : "/tmp") + "/socklock-top.XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
      return fail({"cannot make a temporary folder", "'" + name + "'", "set TMPDIR", ExitCode::kBadInput});
    return Scratch(name);
  }
  Scratch(Scratch&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  explicit Scratch(fs::path folder) : folder_(std::move(folder)) {}
  fs::path folder_;
};

// socklock-record as a service of this screen alone, in a folder of its own.
class OwnRecorder {
 public:
  static Result<OwnRecorder> start(const std::vector<std::string>& options) {
    SOCKLOCK_TRY_ASSIGN(Scratch scratch, Scratch::make());
    std::vector<std::string> words{"record",   "--service", "--quiet",    "--dir", traces(scratch),
                                   "--rotate", "5m",        "--max-size", "256MiB"};
    words.insert(words.end(), options.begin(), options.end());
    ChildOptions child = recorder_program(words);
    const std::string log = (scratch.folder() / "log").string();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(log.c_str(), "w"), std::fclose);
    if (!out) return fail({"cannot write", "'" + log + "'", "set TMPDIR", ExitCode::kBadInput});
    child.output_fd = child.error_fd = fileno(out.get());
    SOCKLOCK_TRY_ASSIGN(ChildProcess process, ChildProcess::start(child));
    return OwnRecorder(std::move(scratch), std::move(process));
  }
  OwnRecorder(OwnRecorder&&) noexcept = default;
  OwnRecorder& operator=(OwnRecorder&&) = delete;

  [[nodiscard]] std::string folder() const { return traces(scratch_); }
  // Why it records no more; nothing: it does.
  std::optional<Error> ended() {
    const auto status = process_.poll();
    if (!status) return std::nullopt;
    std::ifstream log(scratch_.folder() / "log");
    std::string said, line;
    while (std::getline(log, line))
      if (!line.empty()) said += (said.empty() ? "" : "; ") + line;
    return Error{said.empty() ? fmt::format("socklock-record ended with {}", *status) : said, "", "",
                 *status > 0 && *status < 7 ? static_cast<ExitCode>(*status) : ExitCode::kNotPermitted};
  }

 private:
  OwnRecorder(Scratch scratch, ChildProcess process) : scratch_(std::move(scratch)), process_(std::move(process)) {}
  static std::string traces(const Scratch& scratch) { return (scratch.folder() / "traces").string(); }

  Scratch scratch_;  // is removed after the recorder has ended
  ChildProcess process_;
};

struct Watched {
  std::optional<OwnRecorder> recorder;
  TraceTail tail;
  std::string source;  // in words
};

Result<Watched> watch(const Arguments& arguments) {
  const auto keep_ns = static_cast<std::uint64_t>(arguments.top.keep_s * 1e9);
  if (!arguments.files.empty()) {
    if (!arguments.words.empty())
      return fail({"options behind -- are a recorder's, and this trace has one", "", "name no trace, or no options",
                   ExitCode::kUsage});
    const std::string& path = arguments.files.front();
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return fail({"no such file or folder", "'" + path + "'", "", ExitCode::kBadInput});
    return Watched{std::nullopt, TraceTail(path, keep_ns), printable(path)};
  }
  SOCKLOCK_TRY_ASSIGN(auto recorder, OwnRecorder::start(arguments.words));
  TraceTail tail(recorder.folder(), keep_ns);
  return Watched{std::move(recorder), std::move(tail), "this host"};
}

// "top-20261130T141157Z.slk"
std::string name_of_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "top-%Y%m%dT%H%M%SZ.slk", &utc);
  return text.data();
}

std::uint64_t first_kept(const TraceTail& tail) {
  std::uint64_t first = tail.first_of_trace();
  while (first < tail.intervals() && !tail.keeps(first)) ++first;
  return first;
}

// What was kept, as a trace: what to say of it.
std::string save(const TraceTail& tail, Terminal& terminal) {
  const std::uint64_t first = first_kept(tail), last = tail.intervals();
  if (first == last) return "There is nothing to save yet.";
  const double seconds = static_cast<double>(tail.span(last - 1).end_ns - tail.span(first).begin_ns) / 1e9;
  const auto path = terminal.ask(fmt::format("Save the last {:.0f} s as: ", seconds), name_of_now());
  if (!path || path->empty()) return "Not saved.";
  const auto written = tail.write(first, last, *path);
  return written ? fmt::format("Saved: {}", printable(*path)) : printable(written.error().message());
}

class TopScreen {
 public:
  TopScreen(Watched& watched, LiveView& view, Terminal& terminal)
      : watched_(watched), view_(view), terminal_(terminal) {}

  // Until it is quit. Errors: the trace, or its recorder.
  Result<void> run() {
    SignalWatch signals;
    SOCKLOCK_TRY(look());
    show();
    while (signals.pending() == 0) {
      const auto key = terminal_.key(kLook);
      if (key == 'q') return {};
      if (key) press(*key);
      SOCKLOCK_TRY(look());
      show();
    }
    return {};
  }

 private:
  void show() { terminal_.show(view_.screen(terminal_.size(), watched_.source, message_)); }

  void press(int key) {
    message_.clear();
    if (key == 'w') {
      message_ = save(watched_.tail, terminal_);
    } else if (key == '/') {
      view_.find(terminal_.ask("Rows with: ", "").value_or(""));
    } else if (!view_.press(key)) {
      message_ = "No such key here: h shows what there is.";
    }
  }

  Result<void> look() {
    SOCKLOCK_TRY(watched_.tail.poll());
    SOCKLOCK_TRY(view_.take(watched_.tail));
    if (!watched_.recorder) return {};
    if (auto why = watched_.recorder->ended()) return fail(*std::move(why));
    return {};
  }

  Watched& watched_;
  LiveView& view_;
  Terminal& terminal_;
  std::string message_;
};

// One screen, of what is there or comes within the first seconds.
Result<std::string> one_screen(Watched& watched, LiveView& view, const Arguments& arguments) {
  SignalWatch signals;
  const auto end =
      std::chrono::steady_clock::now() + milliseconds(static_cast<long>(arguments.top.window_s * 1e3) + 500);
  do {
    SOCKLOCK_TRY(watched.tail.poll());
    if (watched.recorder)
      if (auto why = watched.recorder->ended()) return fail(*std::move(why));
    if (watched.tail.has_ended() || signals.take(static_cast<int>(kLook.count())) != 0) break;
  } while (std::chrono::steady_clock::now() < end);
  SOCKLOCK_TRY(view.take(watched.tail));
  std::string text;
  for (const LiveLine& line : view.screen({24, kTextColumns, true}, watched.source, " ")) {
    text += line.text;
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

LiveView::Options view_options(const Arguments& arguments, Filter filter) {
  LiveView::Options options;
  options.window_ns = static_cast<std::uint64_t>(arguments.top.window_s * 1e9);
  options.filter = std::move(filter);
  options.group = live_group_named(arguments.by).value_or(LiveGroup::kClass);
  if (arguments.sort == "contentions") options.order = SliceOrder::kContentions;
  if (arguments.sort == "max") options.order = SliceOrder::kMax;
  if (arguments.sort == "name") options.order = SliceOrder::kName;
  return options;
}

}  // namespace

Result<Outcome> top_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY_ASSIGN(Filter filter, filter_of(arguments, taxonomy));
  if (filter.has_range())
    return fail({"a stretch of time is of what is over", "--time", "socklock report has it", ExitCode::kUsage});
  LiveView view(taxonomy, view_options(arguments, std::move(filter)));
  SOCKLOCK_TRY_ASSIGN(Watched watched, watch(arguments));
  if (arguments.top.once) {
    SOCKLOCK_TRY_ASSIGN(std::string text, one_screen(watched, view, arguments));
    return Outcome{std::move(text)};
  }
  SOCKLOCK_TRY_ASSIGN(Terminal terminal, Terminal::open());
  SOCKLOCK_TRY(TopScreen(watched, view, terminal).run());
  return Outcome{"", ExitCode::kDone, {}, true};
}

}  // namespace socklock::analyzer
