// SPDX-License-Identifier: GPL-2.0-or-later
// What another user than root gets from a recorder with capabilities, as docs/recording.md gives them.
#include <filesystem>

#include "proto/trace_reader.h"
#include "tests/live/host.h"

namespace socklock::live {
namespace {

class Privilege : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (IsSkipped()) return;
    // One of the group's, here a user's who is in it: its file is the program's copy, which can have capabilities.
    const Ran made = run("chmod 755 " + path("") + " && mkdir " + path("out") + " && chown nobody " + path("out") +
                         " && cp \"$(command -v socklock-record)\" " + path("recorder") + " && chmod 755 " +
                         path("recorder") + " && setcap cap_bpf,cap_perfmon,cap_syslog=ep " + path("recorder"));
    if (made.status != 0) GTEST_SKIP() << "no program with capabilities can be made here: " << made.err;
  }

  [[nodiscard]] Ran record_as_nobody(const std::string& options) const {
    return run("runuser -u nobody -- " + path("recorder") + " record -q " + options);
  }
};

bool is_kernel_address(std::uint64_t address) { return address >> 47U == 0x1ffff; }

// Of the trace as it is stored: no output shows any.
struct Addresses {
  std::size_t locks = 0;
  std::size_t of_kernel = 0;  // locks and tables; by chance a pseudonym in 131,072 looks like one
  std::size_t in_names = 0;
};

Addresses addresses_in(const std::string& trace) {
  Addresses found;
  auto reader = trace::TraceReader::open(trace);
  EXPECT_TRUE(reader);
  const auto add_header = [&found](const trace::v1::Header& header) {
    for (const auto& table : header.hash_tables()) found.of_kernel += is_kernel_address(table.address()) ? 1U : 0U;
  };
  while (reader) {
    const auto block = reader->next();
    if (!block) break;
    if (const auto* header = std::get_if<trace::v1::Header>(&block->message)) add_header(*header);
    if (const auto* footer = std::get_if<trace::v1::Footer>(&block->message)) add_header(footer->header());
    const auto* const dictionary = std::get_if<trace::v1::Dictionary>(&block->message);
    if (dictionary == nullptr) continue;
    for (const auto& lock : dictionary->locks()) {
      ++found.locks;
      found.of_kernel += is_kernel_address(lock.address()) || is_kernel_address(lock.object()) ? 1U : 0U;
    }
    for (const auto& function : dictionary->functions())
      found.in_names += function.symbol().find("0xffff") != std::string::npos ? 1U : 0U;
  }
  return found;
}

TEST_F(Privilege, NoKernelAddressIsInATraceOfAnotherUser) {
  // Beside the command's own: waits that are made to happen, which takes root.
  Background waits("lockload --held --mutexes 4 --seconds 300");
  const std::string load = " -- " + (bin_folder() / "lockload").string() + " --mutexes 6 --seconds 1";
  ASSERT_EQ(run("socklock record -q -o " + path("root.slk") + load).status, 0);
  const Ran ran = record_as_nobody("-o " + path("out/nobody.slk") + load);
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Addresses of_root = addresses_in(path("root.slk")), of_nobody = addresses_in(path("out/nobody.slk"));
  EXPECT_GT(of_root.of_kernel, 0U) << "root's are there to be looked at";
  EXPECT_GT(of_nobody.locks, 0U);
  EXPECT_LE(of_nobody.of_kernel, 1U);
  EXPECT_EQ(of_nobody.in_names, 0U);
  EXPECT_GT(info(path("out/nobody.slk"))["contentions"], 0);
}

TEST_F(Privilege, ProgramsAtEverySpinlockAreRoots) {
  const Ran ran = record_as_nobody("--probe-spinlocks -d 0.2 -o " + path("out/a.slk"));
  EXPECT_EQ(ran.status, 4);
  EXPECT_NE(ran.err.find("only root"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(path("out/a.slk")));
}

}  // namespace
}  // namespace socklock::live
