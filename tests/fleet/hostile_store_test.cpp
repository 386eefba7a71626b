// SPDX-License-Identifier: GPL-2.0-or-later
// Stores that are none: whatever answers, or does not, is an error with words, and ends when it is asked to.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <functional>
#include <random>
#include <thread>

#include "base/child_process.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/support/address_sanitizer.h"

namespace socklock::fleet {
namespace {

using testing::Folder;

// Takes one connection at a time, reads a request's head, and answers by `answer`, which may write as it likes.
class FalseStore {
 public:
  using Answer = std::function<void(int connection, const std::atomic<bool>& ends)>;
  explicit FalseStore(Answer answer) : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  FalseStore(const FalseStore&) = delete;
  FalseStore& operator=(const FalseStore&) = delete;
  ~FalseStore() {
    ends_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/socklock", port_); }
  [[nodiscard]] bool was_asked() const { return asked_; }

 private:
  void serve() {
    while (!ends_) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) continue;
      std::string head(65536, '\0');
      if (read(connection, head.data(), head.size()) > 0) {
        asked_ = true;
        answer_(connection, ends_);
      }
      close(connection);
    }
  }

  Answer answer_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ends_{false}, asked_{false};
  std::thread thread_;
};

// False: the other side is gone.
bool say(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void say_whole(int connection, const std::string& body, const char* status = "200 OK", const std::string& more = "") {
  say(connection, fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n{}", status, more,
                              body.size(), body));
}

testing::Ran ask(const FalseStore& store, const std::string& question = "fleet top") {
  return testing::socklock(fmt::format("{} --from {} --timeout 60", question, store.url()));
}

#ifdef SOCKLOCK_ADDRESS_SANITIZER
constexpr const char* kLimit = "";
#else
constexpr const char* kLimit = "ulimit -v 1000000; ";
#endif

TEST(FalseStore, AnAnswerWithoutEndIsTooLong) {
  const FalseStore store([](int connection, const std::atomic<bool>&) {
    say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    const std::string part(1U << 20, '1');
    while (say(connection, part)) continue;
  });
  // Of 1 GB, in which the programs have to work, or of what is allowed.
  const std::string command =
      fmt::format("sh -c '{}exec {} fleet top --from {}' >/dev/null 2>&1", kLimit, SOCKLOCK_PROGRAM, store.url());
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(FalseStore, WhatItSaysIsText) {
  const FalseStore store([](int connection, const std::atomic<bool>&) {
    say_whole(connection, "\033]0;owned\a<script>\x9b", "500 Error",
              "X-ClickHouse-Exception-Code: " + std::string(60'000, '9') + "\r\n");
  });
  const auto ran = ask(store);
  EXPECT_EQ(ran.status, 3) << ran.err;
  EXPECT_NE(ran.err.find("?]0;owned?<script>?"), std::string::npos) << ran.err;
}

TEST(FalseStore, NoiseIsNoAnswer) {
  std::mt19937 random(7);
  std::string body;
  const FalseStore store([&](int connection, const std::atomic<bool>&) {
    // It says what version its schema is of; then noise, of ever other lengths.
    body.resize(random() % 3000);
    for (char& byte : body) byte = static_cast<char>(random());
    say_whole(connection, random() % 3 == 0 ? "1\n" : body);
  });
  for (int i = 0; i < 25; ++i)
    for (const char* question : {"fleet top", "fleet top --by host", "fleet status", "fleet host x"}) {
      const auto ran = ask(store, question);
      EXPECT_TRUE(ran.status == 0 || ran.status == 3 || ran.status == 6) << question << ran.status << ran.err;
      EXPECT_TRUE(ran.status == 0 || !ran.err.empty()) << question;
      EXPECT_EQ((ran.out + ran.err).find('\033'), std::string::npos) << ran.out << ran.err;
    }
}

// However long it is to be waited for, a signal ends the shipper; what was not sent is said to be not sent.
class WaitingShipper : public ::testing::TestWithParam<bool> {};

TEST_P(WaitingShipper, EndsWhenItIsTold) {
  const FalseStore store([](int connection, const std::atomic<bool>& ends) {
    pollfd gone{connection, POLLRDHUP, 0};
    while (!ends && poll(&gone, 1, 100) == 0) continue;
  });
  const Folder traces;
  const auto hour_ago = static_cast<std::uint64_t>(std::time(nullptr)) - 3600;
  ASSERT_TRUE(replay(testing::example_traces().front(), traces.file("a.slk"), {.host = "host", .begin_s = hour_ago}));
  ChildOptions options;
  options.argv = {SOCKLOCK_PROGRAM, "ship",      "--dir",    traces.path(), "--state",   traces.file("state"),
                  "--to",           store.url(), "--spread", "0s",          "--timeout", "3600"};
  if (GetParam()) options.argv.emplace_back("--once");
  auto shipper = ChildProcess::start(options);
  ASSERT_TRUE(shipper);
  while (!store.was_asked() && !shipper->poll()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  shipper->send_signal(SIGTERM);
  EXPECT_EQ(shipper->wait_for(std::chrono::minutes(2)), GetParam() ? 128 + SIGTERM : 0);
}

INSTANTIATE_TEST_SUITE_P(, WaitingShipper, ::testing::Bool(),
                         [](const auto& of) { return of.param ? "Once" : "AsAService"; });

}  // namespace
}  // namespace socklock::fleet
