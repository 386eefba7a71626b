// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fleet/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "fleet/click_house.h"

namespace socklock::fleet::testing {
namespace {

namespace fs = std::filesystem;

enum PortKind : unsigned { kHttp, kTcp, kInterserver, kHttps, kKinds };

std::vector<std::string> server_command() {
  if (const char* given = std::getenv("SOCKLOCK_CLICKHOUSE"); given != nullptr && *given != '\0')
    return {given, "server"};
  for (const char* path : {"/usr/sbin/clickhouse-server", "/usr/bin/clickhouse-server"})
    if (access(path, X_OK) == 0) return {path};
  return {};
}

bool is_free(unsigned port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_ours = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return is_ours;
}

// Below the kernel's ephemeral ports, which tests beside this one take.
unsigned free_ports(unsigned count) {
  std::mt19937 random(static_cast<unsigned>(getpid()) ^ std::random_device{}());
  for (int tries = 0; tries < 200; ++tries) {
    const unsigned first = 12'000 + static_cast<unsigned>(random() % 18'000);
    bool all = true;
    for (unsigned i = 0; i < count && all; ++i) all = is_free(first + i);
    if (all) return first;
  }
  return 0;
}

constexpr const char* kUsers = R"(<yandex>
 <profiles>
  <default><max_memory_usage>4000000000</max_memory_usage><max_threads>2</max_threads></default>
  <ship><allow_ddl>0</allow_ddl><insert_distributed_sync>1</insert_distributed_sync><max_memory_usage>1000000000</max_memory_usage></ship>
  <ask><readonly>2</readonly><max_memory_usage>4000000000</max_memory_usage><max_execution_time>60</max_execution_time></ask>
 </profiles>
 <quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
 <users>
  <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
  <shipper><password>ship-secret</password><networks><ip>127.0.0.1</ip></networks><profile>ship</profile><quota>default</quota><allow_databases><database>socklock</database></allow_databases></shipper>
  <reader><password>read-secret</password><networks><ip>127.0.0.1</ip></networks><profile>ask</profile><quota>default</quota><allow_databases><database>socklock</database></allow_databases></reader>
 </users>
</yandex>
)";

}  // namespace

std::string Servers::why_missing() {
  return server_command().empty() ? "there is no clickhouse-server (apt-get install clickhouse-server)" : "";
}

Servers::Servers(unsigned count, bool tls) : count_(count), tls_(tls), base_port_(free_ports(count * kKinds)) {
  std::string name = (fs::temp_directory_path() / "socklock-fleet-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  folder_ = name;
  processes_.resize(count);
  if (tls) {
    const std::string command = fmt::format(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout {0}/server.key -out {0}/server.crt 2>/dev/null",
        folder_);
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  for (unsigned i = 0; i < count; ++i) configure(i);
}

Servers::~Servers() {
  for (unsigned i = 0; i < count_; ++i) stop(i);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

unsigned Servers::port(unsigned index, unsigned kind) const { return base_port_ + index * kKinds + kind; }
std::string Servers::place(unsigned index) const { return fmt::format("{}/s{}", folder_, index); }
std::string Servers::base(unsigned index) const { return fmt::format("http://127.0.0.1:{}/", port(index, kHttp)); }
std::string Servers::url(unsigned index) const { return base(index) + "socklock"; }
unsigned Servers::tcp_port(unsigned index) const { return port(index, kTcp); }
std::string Servers::tls_url(unsigned index) const {
  return fmt::format("https://localhost:{}/socklock", port(index, kHttps));
}

void Servers::configure(unsigned index) const {
  const std::string d = place(index);
  for (const char* part : {"data", "tmp", "log", "user_files", "format_schemas"})
    fs::create_directories(d + "/" + part);
  std::ofstream(d + "/users.xml") << kUsers;
  std::ofstream config(d + "/config.xml");
  config << fmt::format(
      "<yandex>\n "
      "<logger><level>warning</level><log>{0}/log/server.log</log><errorlog>{0}/log/error.log</errorlog></logger>\n"
      " <http_port>{1}</http_port><tcp_port>{2}</tcp_port><interserver_http_port>{3}</interserver_http_port>\n"
      " <interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host>\n"
      " <max_connections>256</max_connections><keep_alive_timeout>30</keep_alive_timeout>\n"
      " <max_concurrent_queries>100</max_concurrent_queries><uncompressed_cache_size>67108864</"
      "uncompressed_cache_size>\n"
      " <mark_cache_size>268435456</mark_cache_size><path>{0}/data/</path><tmp_path>{0}/tmp/</tmp_path>\n"
      " <user_files_path>{0}/user_files/</user_files_path><format_schema_path>{0}/format_schemas/</"
      "format_schema_path>\n"
      " <users_config>{0}/users.xml</users_config><default_profile>default</default_profile>\n"
      " <default_database>default</default_database><timezone>UTC</timezone>\n"
      " <macros><shard>{4}</shard><replica>r{4}</replica></macros>\n",
      d, port(index, kHttp), port(index, kTcp), port(index, kInterserver), index + 1);
  if (tls_)
    config << fmt::format(
        " <https_port>{0}</https_port><openSSL><server><certificateFile>{1}/server.crt</certificateFile>"
        "<privateKeyFile>{1}/server.key</privateKeyFile><verificationMode>none</verificationMode>"
        "<cacheSessions>true</cacheSessions><disableProtocols>sslv2,sslv3</disableProtocols></server></openSSL>\n",
        port(index, kHttps), folder_);
  config << " <remote_servers><" << kCluster << ">\n";
  for (unsigned i = 0; i < count_; ++i)
    config << fmt::format(
        "  <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>{}</port>"
        "</replica></shard>\n",
        port(i, kTcp));
  config << " </" << kCluster << "></remote_servers>\n</yandex>\n";
}

bool Servers::start(unsigned index) {
  const std::string d = place(index);
  const int log = open((d + "/log/out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ChildOptions options;
  options.argv = server_command();
  options.argv.push_back("--config-file=" + d + "/config.xml");
  options.output_fd = options.error_fd = log;
  auto started = ChildProcess::start(options);
  close(log);
  if (!started) {
    ADD_FAILURE() << started.error().message();
    return false;
  }
  processes_[index].emplace(*std::move(started));
  auto client = ClickHouse::open({.urls = {url(index)}, .timeout = std::chrono::seconds(5)});
  for (int tries = 0; tries < 600; ++tries) {
    if (client->ask("SELECT 1")) return true;
    if (processes_[index]->poll()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::ifstream text(d + "/log/error.log");
  ADD_FAILURE() << "the server does not answer: "
                << std::string(std::istreambuf_iterator<char>(text), {}).substr(0, 2000);
  return false;
}

bool Servers::start_all() {
  for (unsigned i = 0; i < count_; ++i)
    if (!start(i)) return false;
  return true;
}

void Servers::kill(unsigned index) {
  if (!processes_[index]) return;
  processes_[index]->end(SIGKILL, std::chrono::milliseconds(5000));
  processes_[index].reset();
}

void Servers::stop(unsigned index) {
  if (!processes_[index]) return;
  processes_[index]->end(SIGTERM, std::chrono::milliseconds(20000));
  processes_[index].reset();
}

std::string Servers::credentials(const std::string& user, const std::string& password) const {
  const std::string path = fmt::format("{}/credentials-{}-{}", folder_, user, password.size());
  std::ofstream(path) << user << "\n" << password << "\n";
  chmod(path.c_str(), 0600);
  return path;
}

std::string Servers::ask(const std::string& sql, unsigned index) const {
  auto client = ClickHouse::open({.urls = {url(index)}});
  auto answer = client->ask(sql);
  if (!answer) {
    ADD_FAILURE() << sql << "\n" << answer.error().what;
    return "";
  }
  while (answer->ends_with('\n')) answer->pop_back();
  return *answer;
}

}  // namespace socklock::fleet::testing
