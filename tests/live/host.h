// SPDX-License-Identifier: GPL-2.0-or-later
// What live tests share: running programs as a user would, and knowing whether this host records at all.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace socklock::live {

struct Ran {
  int status = 0;  // exit code, 128 + n after signal n
  std::string out;
  std::string err;
};

// A command line for /bin/sh, in which the programs of this build are found first.
Ran run(const std::string& command);

// The same in the background; ended and waited for with its owner at the latest. A load that leaves no processor idle
// is to be nice: recorders, above all with sanitizers, would start many times slower beside it.
class Background {
 public:
  explicit Background(const std::string& command);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background();
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Exit code as in Ran.
  int wait();

 private:
  pid_t pid_ = -1;
};

// A folder that goes with the test.
class LiveTest : public testing::Test {
 protected:
  void SetUp() override;  // skips where this host refuses to record
  void TearDown() override;
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  // Of a trace; fails the test when that is no JSON.
  [[nodiscard]] static nlohmann::json info(const std::string& trace);
  [[nodiscard]] static nlohmann::json report(const std::string& trace, const std::string& options = "");
  // Whether this host's kernel reports waits for spinlocks at all (docs/recording.md).
  [[nodiscard]] bool sees_spinlocks() const { return sees_spinlocks_; }

 private:
  std::filesystem::path folder_;
  bool sees_spinlocks_ = false;
};

// By its name in info's losses; 0 where there is none.
std::uint64_t loss(const nlohmann::json& info, const std::string& name);
// No wait is missing from the totals, but for what the kernel keeps from a program that an interrupt hits: with
// nothing but mutexes that was 0.4 to 1.5 of 10,000 waits in ten recordings. Five are allowed, and two by chance.
void expect_nothing_lost(const nlohmann::json& info);

// Begins, ends and what was lost in between add up (interval.proto), and so do single events.
// `has_all_events`: no waits were left out for their length.
void expect_exact_books(const nlohmann::json& info, bool has_all_events = true);
// Whether programs of others keep the CPUs busy now, so that threads of ours would rarely meet.
bool cpus_are_busy();
// Where the programs of this build are.
std::filesystem::path bin_folder();
// CLOCK_MONOTONIC, ns.
std::uint64_t monotonic_ns();
void sleep_seconds(double seconds);
// Waits for what is to come, however long a busy machine takes for it: false where it never comes, which is a fault.
bool eventually(const std::function<bool()>& condition);
// Until it is there and not empty.
bool wait_for_file(const std::string& path);
// Until what happens is recorded in it: there is more than the first bytes of the file.
bool wait_for_trace(const std::string& path);
// Until the program has begun to set its recording up, which it goes on with when this owner lets it: stopped. False
// where the trace is there already.
bool stop_in_the_set_up(const Background& recorder, const std::string& trace);

}  // namespace socklock::live
