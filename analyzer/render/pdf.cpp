// SPDX-License-Identifier: GPL-2.0-or-later
// PDF by way of a program that prints HTML: Chromium, else WeasyPrint, whichever is installed. A layout
// engine of our own or Qt in the analyzer would cost more than it is worth for one format.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <vector>

#include "analyzer/document/document.h"
#include "analyzer/render/formats.h"
#include "base/atomic_file.h"
#include "base/child_process.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{120};

// Full path of the first of `names` in PATH; empty if there is none.
std::string found_program(const std::vector<std::string>& names) {
  const char* const path = std::getenv("PATH");
  for (const std::string& name : names) {
    std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');)
      if (!folder.empty() && access((fs::path(folder) / name).c_str(), X_OK) == 0) return fs::path(folder) / name;
  }
  return "";
}

// A folder of its own, removed at the end: page, result, and the browser's profile.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "socklock-pdf-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] bool is_there() const { return !path_.empty(); }
  [[nodiscard]] std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::vector<std::string> command_line(const Scratch& scratch) {
  if (std::string program = found_program({"chromium", "chromium-browser", "google-chrome"}); !program.empty()) {
    std::vector<std::string> words{std::move(program),
                                   "--headless",
                                   "--disable-gpu",
                                   "--disable-background-networking",
                                   "--no-pdf-header-footer",
                                   "--print-to-pdf-no-header",
                                   "--user-data-dir=" + scratch.file("profile"),
                                   "--print-to-pdf=" + scratch.file("report.pdf")};
    // Chromium refuses to run as root with its sandbox; the page has no script and may load nothing.
    if (geteuid() == 0) words.emplace_back("--no-sandbox");
    words.push_back("file://" + scratch.file("report.html"));
    return words;
  }
  if (std::string program = found_program({"weasyprint"}); !program.empty())
    return {std::move(program), scratch.file("report.html"), scratch.file("report.pdf")};
  return {};
}

// Whether it ended well, in time.
bool run(const std::vector<std::string>& words) {
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  auto child = ChildProcess::start({words, "", nothing, nothing, nothing});
  close(nothing);
  if (!child) return false;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::optional<int> status;
  while (!(status = child->wait_for(std::chrono::seconds(1))) && std::chrono::steady_clock::now() < until) {
  }
  return status == 0;
}

}  // namespace

Result<std::string> render_pdf(const Document& document) {
  SOCKLOCK_TRY_ASSIGN(const std::string html, render_html(document));
  const Scratch scratch;
  if (!scratch.is_there())
    return fail({"cannot make a temporary folder for the PDF", "", "set TMPDIR", ExitCode::kBadInput});
  const std::vector<std::string> command = command_line(scratch);
  if (command.empty())
    return fail({"a PDF needs chromium or weasyprint, and neither is installed", "",
                 "apt install chromium, or use --format html and print that", ExitCode::kUsage});
  SOCKLOCK_TRY(write_file(scratch.file("report.html"), html, {.is_synced = false}));
  std::string bytes;
  if (run(command)) {
    std::ifstream file(scratch.file("report.pdf"), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (!bytes.starts_with("%PDF"))
    return fail(
        {"no PDF came out", "'" + command.front() + "'", "use --format html and print that", ExitCode::kBadInput});
  return bytes;
}

}  // namespace socklock::analyzer
