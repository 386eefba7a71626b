// SPDX-License-Identifier: GPL-2.0-or-later
// Nothing lost and nothing doubled, whatever dies: servers and shippers that are killed, traces that are torn, refused
// or sent twice, wrong passwords and certificates, rows of hostile hosts.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "base/child_process.h"
#include "fleet/click_house.h"
#include "fleet/row_binary.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/fleet/server.h"

namespace socklock::fleet {
namespace {

using testing::Folder;
using testing::Servers;

// The kills that a release is tried with are more: SOCKLOCK_FLEET_KILLS=50.
unsigned kills() {
  const char* given = std::getenv("SOCKLOCK_FLEET_KILLS");
  return given == nullptr ? 6 : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

std::uint64_t now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

class Robust : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Servers::why_missing(); !why.empty()) GTEST_SKIP() << why;
    examples_ = testing::example_traces();
  }

  // Traces of so many hosts; what they add up to.
  testing::NameSums make_traces(unsigned count, std::uint64_t duration_s = 60, const std::string& prefix = "host") {
    testing::NameSums all;
    for (unsigned i = 0; i < count; ++i) {
      const std::string path = traces_.file(fmt::format("{}-{:03}.slk", prefix, i));
      EXPECT_TRUE(replay(examples_[i % examples_.size()], path,
                         {.host = fmt::format("{}-{}", prefix, i % 7),
                          .begin_s = now() / 3600 * 3600 - 7200 + 61 * i,
                          .duration_s = duration_s,
                          .seed = i + 1}));
      for (const auto& [name, sums] : testing::queried(path)) {
        all.contentions += sums.contentions;
        all.wait_ns += sums.wait_ns;
      }
    }
    return all;
  }

  [[nodiscard]] std::string ship(const std::string& url, const std::string& more = "") const {
    return fmt::format("ship --once --dir {} --state {} --to {} {}", traces_.path(), traces_.file("state"), url, more);
  }

  static std::string sums(const Servers& servers, const char* table, unsigned index = 0) {
    return servers.ask(fmt::format("SELECT sum(arraySum(lock.contentions)), sum(arraySum(lock.wait_ns)) FROM (SELECT "
                                   "lock.contentions, lock.wait_ns FROM socklock.{} FINAL)",
                                   table),
                       index);
  }
  static std::string text(const testing::NameSums& sums) {
    return fmt::format("{}\t{}", sums.contentions, sums.wait_ns);
  }

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<std::string> examples_;
  Folder traces_;
};

std::string cluster_init(const Servers& servers, unsigned count) {
  std::string command = fmt::format("fleet init --apply --cluster {}", testing::kCluster);
  for (unsigned i = 0; i < count; ++i) command += " --to " + servers.url(i);
  return command;
}

ChildProcess start_shipper(const Servers& servers, const Folder& traces) {
  ChildOptions options;
  options.argv = {SOCKLOCK_PROGRAM, "ship", "--dir",        traces.path(), "--state", traces.file("state"), "--to",
                  servers.url(0),   "--to", servers.url(1), "--spread",    "0s",      "--timeout",          "15"};
  const std::string log = traces.file("shipper.log");
  options.output_fd = options.error_fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  auto started = ChildProcess::start(options);
  close(options.output_fd);
  EXPECT_TRUE(started);
  return *std::move(started);
}

// Servers and shippers are killed while traces go in; then everything is there once.
TEST_F(Robust, KillsLoseAndDoubleNothing) {
  Servers servers(2);
  ASSERT_TRUE(servers.start_all());
  const auto init = testing::socklock(cluster_init(servers, 2));
  ASSERT_EQ(init.status, 0) << init.err;
  const auto expected = make_traces(60);
  std::mt19937 random(7);
  auto shipper = std::make_optional(start_shipper(servers, traces_));
  for (unsigned i = 0; i < kills(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 900));
    const auto which = static_cast<unsigned>(random() % 2);
    servers.kill(which);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    ASSERT_TRUE(servers.start(which));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 500));
    shipper->end(SIGKILL);
    shipper.emplace(start_shipper(servers, traces_));
  }
  shipper->end(SIGKILL);
  shipper.reset();
  const auto last = testing::socklock(ship(servers.url(0)));
  ASSERT_EQ(last.status, 0) << last.err;
  EXPECT_EQ(sums(servers, "minutes"), text(expected));
  EXPECT_EQ(sums(servers, "hours", 1), text(expected));
  EXPECT_EQ(read(traces_.file("state/refused")), "");
  EXPECT_NE(servers.ask("SELECT count() FROM socklock.minutes_local", 0), "0");
  EXPECT_NE(servers.ask("SELECT count() FROM socklock.minutes_local", 1), "0");
}

// A dead shard is an error with its name, never a smaller fleet; and nothing sent to it counts as sent.
TEST_F(Robust, DeadShardIsNoSmallerFleet) {
  Servers servers(2);
  ASSERT_TRUE(servers.start_all());
  ASSERT_EQ(testing::socklock(cluster_init(servers, 2)).status, 0);
  const auto expected = make_traces(14);
  ASSERT_EQ(testing::socklock(ship(servers.url(0))).status, 0);
  EXPECT_EQ(testing::socklock("fleet top --from " + servers.url(0)).status, 0);
  servers.kill(1);
  const auto asked = testing::socklock("fleet top --from " + servers.url(0));
  EXPECT_EQ(asked.status, 3) << asked.out;
  EXPECT_EQ(asked.out, "");
  std::filesystem::remove_all(traces_.file("state"));
  const auto sent = testing::socklock(ship(servers.url(0)));
  EXPECT_EQ(sent.status, 3) << sent.out;
  EXPECT_EQ(read(traces_.file("state/refused")), "");
  ASSERT_TRUE(servers.start(1));
  ASSERT_EQ(testing::socklock(ship(servers.url(0))).status, 0);
  EXPECT_EQ(sums(servers, "minutes"), text(expected));
}

TEST_F(Robust, ServerAwayThenThere) {
  Servers servers;
  const auto expected = make_traces(3);
  const auto away = testing::socklock(ship(servers.url()));
  EXPECT_EQ(away.status, 3);
  EXPECT_NE(away.err.find("no answer"), std::string::npos) << away.err;
  ASSERT_TRUE(servers.start());
  // There, but without tables: nothing is set aside for that.
  const auto without_tables = testing::socklock(ship(servers.url()));
  EXPECT_EQ(without_tables.status, 3);
  EXPECT_NE(without_tables.err.find("fleet init"), std::string::npos) << without_tables.err;
  EXPECT_EQ(read(traces_.file("state/refused")), "");
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  ASSERT_EQ(testing::socklock(ship(servers.url())).status, 0);
  EXPECT_EQ(sums(servers, "hours"), text(expected));
}

TEST_F(Robust, PasswordsAndRights) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  const auto expected = make_traces(2);
  const auto wrong = testing::socklock(ship(servers.url(), "--credentials " + servers.credentials("shipper", "wrong")));
  EXPECT_EQ(wrong.status, 4) << wrong.err;
  EXPECT_EQ(read(traces_.file("state/refused")), "");
  EXPECT_EQ(wrong.err.find("wrong"), std::string::npos) << wrong.err;  // a password is in no message
  const std::string good = servers.credentials("shipper", "ship-secret");
  chmod(good.c_str(), 0644);
  EXPECT_EQ(testing::socklock(ship(servers.url(), "--credentials " + good)).status, 2);
  chmod(good.c_str(), 0600);
  const auto right = testing::socklock(ship(servers.url(), "--credentials " + good));
  EXPECT_EQ(right.status, 0) << right.err;
  EXPECT_EQ(sums(servers, "minutes"), text(expected));
  const auto in_url = testing::socklock("fleet top --from http://reader:read-secret@127.0.0.1:1/socklock");
  EXPECT_EQ(in_url.status, 2);
  EXPECT_EQ(in_url.err.find("read-secret"), std::string::npos) << in_url.err;
  EXPECT_EQ(testing::socklock("fleet top --from http://192.0.2.1:8123/socklock").status, 2);
  const auto top = testing::socklock("fleet top --from " + servers.url() + " --credentials " +
                                     servers.credentials("reader", "read-secret"));
  EXPECT_EQ(top.status, 0) << top.err;
}

TEST_F(Robust, Certificates) {
  Servers servers(1, true);
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  make_traces(1);
  const auto unknown = testing::socklock(ship(servers.tls_url()));
  EXPECT_EQ(unknown.status, 3) << unknown.out;
  EXPECT_NE(unknown.err.find("certificate"), std::string::npos) << unknown.err;
  // Known, and of another name; of an authority that signed another.
  std::string other_name = servers.tls_url();
  other_name.replace(other_name.find("localhost"), 9, "127.0.0.1");
  const auto wrong_name = testing::socklock(ship(other_name, "--ca " + servers.certificate()));
  EXPECT_EQ(wrong_name.status, 3) << wrong_name.out;
  EXPECT_NE(wrong_name.err.find("certificate"), std::string::npos) << wrong_name.err;
  const std::string other = traces_.file("other");
  ASSERT_EQ(std::system(fmt::format("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
                                    "subjectAltName=DNS:localhost -keyout {0}.key -out {0}.crt 2>/dev/null",
                                    other)
                            .c_str()),
            0);
  const auto other_authority = testing::socklock(ship(servers.tls_url(), "--ca " + other + ".crt"));
  EXPECT_EQ(other_authority.status, 3) << other_authority.out;
  EXPECT_NE(other_authority.err.find("certificate"), std::string::npos) << other_authority.err;
  const auto no_file = testing::socklock(ship(servers.tls_url(), "--ca /nonexistent"));
  EXPECT_EQ(no_file.status, 3) << no_file.out;
  EXPECT_EQ(servers.ask("SELECT count() FROM socklock.minutes"), "0");
  const auto known = testing::socklock(ship(servers.tls_url(), "--ca " + servers.certificate()));
  EXPECT_EQ(known.status, 0) << known.err;
}

// What is no trace, or of a time that the store does not take, is set aside, and the next goes on.
TEST_F(Robust, RefusedTracesAreSetAside) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  const auto expected = make_traces(2, 60, "z");
  const auto old = now() - 40 * 86400;
  ASSERT_TRUE(replay(examples_[0], traces_.file("a-old.slk"), {.host = "old", .begin_s = old}));
  ASSERT_TRUE(replay(examples_[0], traces_.file("a-future.slk"), {.host = "future", .begin_s = now() + 7200}));
  ASSERT_TRUE(
      replay(examples_[0], traces_.file("a-long.slk"), {.host = "long", .begin_s = now() - 9000, .interval_s = 3700}));
  std::ofstream(traces_.file("a-rubbish.slk")) << "rubbish";
  utimbuf hour_ago{static_cast<time_t>(now() - 3600), static_cast<time_t>(now() - 3600)};
  utime(traces_.file("a-rubbish.slk").c_str(), &hour_ago);
  const auto sent = testing::socklock(ship(servers.url(), "--metrics " + traces_.file("metrics")));
  EXPECT_EQ(sent.status, 3) << sent.err;
  EXPECT_NE(sent.out.find("2 traces sent"), std::string::npos) << sent.out << sent.err;
  EXPECT_EQ(sums(servers, "minutes"), text(expected));
  const std::string refused = read(traces_.file("state/refused"));
  for (const char* name :
       {"a-old.slk it was recorded more than 35 days ago", "a-future.slk", "a-long.slk", "a-rubbish.slk"})
    EXPECT_NE(refused.find(name), std::string::npos) << refused;
  EXPECT_NE(read(traces_.file("metrics")).find("\nsocklock_ship_refused_traces_total 4\n"), std::string::npos);
  const auto again = testing::socklock(ship(servers.url()));
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("0 traces sent"), std::string::npos);
}

// Of a recorder that was killed: sent as far as it goes, once a newer one is there and it has not grown for a minute.
TEST_F(Robust, TornTraces) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  const std::string torn = traces_.file("a.slk");
  ASSERT_TRUE(replay(examples_[0], torn, {.host = "torn", .begin_s = now() - 7200, .duration_s = 30, .footer = false}));
  std::filesystem::resize_file(torn, std::filesystem::file_size(torn) - 11);
  // Who begins has one trace, and none that is finished: why nothing is sent is said.
  EXPECT_NE(testing::socklock(ship(servers.url()))
                .out.find("0 traces sent: 0 host-minutes, 0 host-hours, 0 bytes "
                          "packed\n1 trace still being recorded"),
            std::string::npos);
  utimbuf before{static_cast<time_t>(now() - 3600), static_cast<time_t>(now() - 3600)};
  utime(torn.c_str(), &before);
  EXPECT_NE(testing::socklock(ship(servers.url())).out.find("0 traces sent"), std::string::npos);  // the newest
  make_traces(1, 60, "z");
  const auto sent = testing::socklock(ship(servers.url()));
  EXPECT_NE(sent.out.find("2 traces sent"), std::string::npos) << sent.err;
  testing::NameSums expected;
  for (const auto& [name, sums] : testing::queried(torn)) expected.wait_ns += sums.wait_ns;
  EXPECT_EQ(servers.ask("SELECT sum(arraySum(lock.wait_ns)) FROM socklock.minutes FINAL WHERE host = 'torn'"),
            fmt::format("{}", expected.wait_ns));
}

// A newer version of the rules replaces what the older said.
TEST_F(Robust, TwoTaxonomies) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  const auto expected = make_traces(3);
  ASSERT_EQ(testing::socklock(ship(servers.url())).status, 0);
  const std::string taxonomy = traces_.file("new.taxonomy");
  std::ofstream(taxonomy) << "taxonomy 2\nrules 9\nclass renamed.lock socket\n    owner\n    slab TCP TCPv6\n";
  const auto again = testing::socklock(ship(servers.url(), "--again 35d\\ ago..now --taxonomy " + taxonomy));
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("3 traces sent"), std::string::npos) << again.out;
  EXPECT_EQ(sums(servers, "minutes"), text(expected));
  EXPECT_EQ(servers.ask("SELECT min(taxonomy), max(taxonomy) FROM (SELECT taxonomy FROM socklock.minutes FINAL)"),
            "9\t9");
  // An older shipper that comes later changes nothing.
  std::filesystem::remove_all(traces_.file("state"));
  ASSERT_EQ(testing::socklock(ship(servers.url())).status, 0);
  EXPECT_EQ(servers.ask("SELECT min(taxonomy), max(taxonomy) FROM (SELECT taxonomy FROM socklock.minutes FINAL)"),
            "9\t9");
}

// Gone from the folder before it was sent: counted, and said.
TEST_F(Robust, LostTracesAreCounted) {
  Servers servers;
  make_traces(2);
  EXPECT_EQ(testing::socklock(ship(servers.url())).status, 3);
  std::filesystem::remove(traces_.file("host-000.slk"));
  ASSERT_TRUE(servers.start());
  ASSERT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  const auto sent = testing::socklock(ship(servers.url()));
  EXPECT_NE(sent.out.find("1 trace sent"), std::string::npos) << sent.out;
  EXPECT_NE(sent.out.find("1 trace gone before being sent"), std::string::npos) << sent.out << sent.err;
  // Who looks after the fleet is told, by the next row.
  const auto status = testing::socklock("fleet status --json --from " + servers.url());
  EXPECT_NE(status.out.find("\"lost_traces\": 1"), std::string::npos) << status.out;
  // Sent and then rotated away is not lost.
  std::filesystem::remove(traces_.file("host-001.slk"));
  EXPECT_NE(testing::socklock(ship(servers.url())).out.find("1 trace gone before being sent"), std::string::npos);
}

// Both tables, as a shipper sends; whether it was taken.
bool send_row(ClickHouse& store, const Row& row) {
  bool is_taken = true;
  for (const char* table : {"minutes", "hours"}) {
    std::string bytes;
    append_row_binary(bytes, row, kSchemaVersion);
    const std::string statement =
        fmt::format("INSERT INTO socklock.{}_in ({}) FORMAT RowBinary", table, column_names(kSchemaVersion));
    is_taken = store.insert(statement, bytes).has_value() && is_taken;
  }
  return is_taken;
}

Row row_of_now(const std::string& host) {
  Row row;
  row.time_s = static_cast<std::uint32_t>(now() / 60 * 60);
  row.host = host;
  row.locks = {{1, 2, 0, 300, 100, 200}};
  return row;
}

// Set up, and opened as the shipping user, who may insert.
Result<ClickHouse> store_for_a_shipper(const Servers& servers) {
  EXPECT_EQ(testing::socklock("fleet init --apply --to " + servers.url()).status, 0);
  return ClickHouse::open({.urls = {servers.url()}, .credentials = servers.credentials("shipper", "ship-secret")});
}

// As the shipping user, who may insert: what is no row of a host is dropped or refused, and the server lives.
TEST_F(Robust, HostileRows) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  auto store = store_for_a_shipper(servers);
  ASSERT_TRUE(store);
  const std::string insert =
      fmt::format("INSERT INTO socklock.minutes_in ({}) FORMAT RowBinary", column_names(kSchemaVersion));
  const auto send = [&](const Row& row) { return send_row(*store, row); };
  const Row good = row_of_now("'; DROP TABLE socklock.minutes; --");
  EXPECT_TRUE(send(good));
  for (const std::uint32_t when : {0U, 4'070'908'800U, good.time_s + 7200, good.time_s - 36 * 86400}) {
    Row row = good;
    row.time_s = when;
    EXPECT_TRUE(send(row));  // taken, and dropped
  }
  Row nameless = good;
  nameless.host = "";
  EXPECT_TRUE(send(nameless));
  Row endless = good;
  endless.locks.assign(kMaxLocks + 1, {1, 1, 0, 1, 1, 1});
  EXPECT_TRUE(send(endless));
  std::mt19937 random(3);
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise.push_back(static_cast<char>(random()));
  const auto refused = store->insert(insert, noise);
  ASSERT_FALSE(refused);
  const auto huge = store->insert("INSERT INTO socklock.minutes_in (labels) FORMAT RowBinary", "\xff\xff\xff\x3f");
  EXPECT_FALSE(huge);
  EXPECT_EQ(servers.ask("SELECT count(), sum(arraySum(lock.wait_ns)) FROM socklock.minutes"), "1\t300");
  EXPECT_EQ(servers.ask("SELECT count() FROM socklock.minutes WHERE length(host) > 20"), "1");
  // What may be read of it is shown, not run.
  const auto top = testing::socklock("fleet top --by host --from " + servers.url());
  EXPECT_EQ(top.status, 0) << top.err;
  EXPECT_NE(top.out.find("DROP TABLE"), std::string::npos);
  for (const char* statement : {"DROP TABLE socklock.minutes", "CREATE TABLE socklock.x (a UInt8) ENGINE = Memory",
                                "ALTER TABLE socklock.minutes DROP PARTITION '2026-01-01'"})
    EXPECT_FALSE(store->ask(statement)) << statement;
}

// What a store holds that no honest host sends is shown as what it is.
TEST_F(Robust, HostileWords) {
  Servers servers;
  ASSERT_TRUE(servers.start());
  auto store = store_for_a_shipper(servers);
  ASSERT_TRUE(store);
  const auto send = [&](const Row& row) { return send_row(*store, row); };
  const Row good = row_of_now("good");
  EXPECT_TRUE(send(good));
  // A name for another's hash is nobody's name.
  std::string names;
  append_row_binary(names, 1, {"tcp.forged", "socket", "", "", "", ""}, UINT32_MAX);
  append_row_binary(names, 2, {std::string(100'000, 'x'), "socket", "", "", "", ""}, 1);
  EXPECT_TRUE(store->insert(fmt::format("INSERT INTO socklock.names_in ({}) FORMAT RowBinary", kNameColumns), names));
  const auto by_class = testing::socklock("fleet top --from " + servers.url());
  EXPECT_EQ(by_class.status, 0) << by_class.err;
  EXPECT_EQ(by_class.out.find("forged"), std::string::npos) << by_class.out;
  EXPECT_NE(by_class.out.find("name not in the store"), std::string::npos) << by_class.out;
  // Words that would end a line of a table, move a cursor, or be more labels than one.
  Row words = good;
  words.host = "a\tb\nc\x1b[2J";
  words.kernel = "6.1\t\n\r\0x";
  words.labels = {"group=canary,group=control", "\x1b]0;x\x07=1"};
  EXPECT_TRUE(send(words));
  for (const char* question :
       {"fleet top --by host", "fleet top --by kernel", "fleet top --by label:group", "fleet status"}) {
    const auto shown = testing::socklock(fmt::format("{} --from {}", question, servers.url()));
    EXPECT_EQ(shown.status, 0) << question << shown.err;
    EXPECT_EQ(shown.out.find_first_of("\x1b\x07\r"), std::string::npos) << question << shown.out;
  }
  // Sums that pass 2^64 go round in the server; nothing else is to.
  Row large = good;
  large.host = "large";
  large.locks = {{1, UINT64_MAX, 0, UINT64_MAX, 0, UINT64_MAX}};
  large.cells = {{1, UINT16_MAX, UINT64_MAX}};
  EXPECT_TRUE(send(large));
  EXPECT_EQ(testing::socklock("fleet top --from " + servers.url()).status, 0);
  EXPECT_EQ(testing::socklock("fleet host large --from " + servers.url()).status, 0);
}

}  // namespace
}  // namespace socklock::fleet
