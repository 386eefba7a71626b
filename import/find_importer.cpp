// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "import/importers.h"
#include "import/line_input.h"

namespace socklock::imports {
namespace {

using namespace std::string_view_literals;

// What has a name and is no text of an importer's: by its first bytes.
struct Foreign {
  std::string_view magic;
  const char* what;
  const char* way_out;  // {0}: the input, {1}: its name without ending
};
constexpr std::array kForeign = {
    Foreign{"PERFILE2"sv, "this is perf's binary recording",
            "perf script --header --ns -i {0} | socklock import perf-script - -o {1}.slk"},
    Foreign{"2ELIFREP"sv, "this is perf's binary recording, of a machine of the other byte order",
            "perf script --header --ns -i {0} | socklock import perf-script - -o {1}.slk"},
    Foreign{"\x17\x08\x44tracing"sv, "this is trace-cmd's binary recording",
            "trace-cmd report -t -i {0} | socklock import - -o {1}.slk"},
    Foreign{"SOCKLOCK"sv, "this is a trace of socklock already", "socklock report {0}"},
    Foreign{"\x7f"
            "ELF"sv,
            "this is a program", "what a tool printed can be imported"},
    Foreign{"\x28\xb5\x2f\xfd"sv, "this is compressed by zstd", "zstd -dc {0} | socklock import - -o {1}.slk"},
    Foreign{"\xfd"
            "7zXZ"sv,
            "this is compressed by xz", "xz -dc {0} | socklock import - -o {1}.slk"},
    Foreign{"\xff\xfe"sv, "this text is in UTF-16", "iconv -f UTF-16 -t UTF-8 {0} | socklock import - -o {1}.slk"},
    Foreign{"BZh"sv, "this is compressed by bzip2", "bzip2 -dc {0} | socklock import - -o {1}.slk"}};

// Texts that have a name, but no waits and their lengths: by what stands in them and in no importer's text.
struct Useless {
  std::string_view sign;
  const char* what;
  const char* way_out;
};
constexpr const char* kRecordAnew = "perf lock record -- COMMAND, then perf script; or socklock record";
constexpr std::array kUseless = {
    Useless{"Avg Spin", "this is klockstat's table: it has every acquisition of a mutex, and not which of them waited",
            kRecordAnew},
    Useless{"Max Wait", "this is klockstat's table: it has every acquisition of a mutex, and not which of them waited",
            kRecordAnew},
    Useless{"lock:lock_acquire", "these are perf's events of lockdep, of every acquisition",
            "perf lock report -i perf.data prints a table that can be imported"},
    Useless{"lock:lock_contended", "these are perf's events of lockdep, of every acquisition",
            "perf lock report -i perf.data prints a table that can be imported"},
    Useless{"Thread ID: comm", "this is perf lock info, which has no waits", kRecordAnew},
    Useless{"Address of instance: name of class", "this is perf lock info, which has no waits", kRecordAnew},
    Useless{"# Overhead ", "this is a report of perf's on samples, which has no waits", kRecordAnew},
    Useless{"sched:sched_switch", "these are switches of threads, and no waits for locks", kRecordAnew}};

std::string formats() {
  std::string names;
  for (const Importer* importer : kImporters) names += (names.empty() ? "" : ", ") + std::string(importer->name);
  return names;
}

}  // namespace

const Importer* importer_named(std::string_view name) {
  const auto* const found = std::find_if(kImporters.begin(), kImporters.end(),
                                         [name](const Importer* importer) { return importer->name == name; });
  return found == kImporters.end() ? nullptr : *found;
}

Result<void> check_importable(std::string_view head, const std::string& name) {
  for (const Foreign& foreign : kForeign)
    if (head.starts_with(foreign.magic))
      return fail({foreign.what, "'" + name + "'",
                   fmt::format(fmt::runtime(foreign.way_out), name, std::filesystem::path(name).stem().string()),
                   ExitCode::kBadInput});
  return {};
}

Result<const Importer*> find_importer(std::string_view head, const std::string& name) {
  SOCKLOCK_TRY(check_importable(head, name));
  head = without_mark(head);
  for (const Importer* importer : kImporters)
    if (importer->recognises(head)) return importer;
  for (const Useless& text : kUseless)
    if (head.find(text.sign) != std::string_view::npos)
      return fail({text.what, "'" + name + "'", text.way_out, ExitCode::kBadInput});
  return fail({head.empty() ? "nothing to read" : "no text of a format that is known", "'" + name + "'",
               "socklock import FORMAT FILE says what it is: " + formats(), ExitCode::kBadInput});
}

}  // namespace socklock::imports
