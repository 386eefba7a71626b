// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/click_house.h"

#include <curl/curl.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/out_of_memory.h"
#include "base/small_file.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::fleet {
namespace {

constexpr std::size_t kMostAnswerBytes = 1U << 30;
constexpr std::size_t kMostErrorBytes = 600;

struct Request {
  const ServerUrl* server;
  std::string user, password;
  std::string ca_file;
  long timeout_s;
  std::string path_and_query;
  std::string_view body;
  bool is_gzip = false;
};

struct Answer {
  CURLcode result = CURLE_OK;
  long status = 0;
  std::string body;
  std::string header_code;  // X-ClickHouse-Exception-Code
  std::string what;
  bool is_too_long = false, is_out_of_memory = false;
};

// What `take` returns: bytes that were taken, 0 to end the transfer. Exceptions must not pass through libcurl, which is
// C.
template <typename Take>
std::size_t kept(Answer& answer, const Take& take) {
  const Result<std::size_t> taken = within_memory([&]() -> Result<std::size_t> { return take(); });
  answer.is_out_of_memory = answer.is_out_of_memory || !taken;
  return taken.value_or(0);
}

std::size_t take_body(char* data, std::size_t, std::size_t bytes, void* answer) {
  Answer& to = *static_cast<Answer*>(answer);
  return kept(to, [&] {
    to.is_too_long = to.body.size() + bytes > kMostAnswerBytes;
    if (!to.is_too_long) to.body.append(data, bytes);
    return to.is_too_long ? 0 : bytes;
  });
}

std::size_t take_header(char* data, std::size_t, std::size_t bytes, void* answer) {
  constexpr std::string_view kCode = "X-ClickHouse-Exception-Code:";
  Answer& to = *static_cast<Answer*>(answer);
  return kept(to, [&] {
    const std::string_view line(data, bytes);
    if (line.size() > kCode.size() && strncasecmp(line.data(), kCode.data(), kCode.size()) == 0)
      to.header_code = std::string(line.substr(kCode.size()));
    return bytes;
  });
}

// Called at least once a second, also while nothing comes.
int look_whether_to_end(void* is_to_end, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& ask = *static_cast<const std::function<bool()>*>(is_to_end);
  return ask && ask() ? 1 : 0;
}

std::string escaped(CURL* curl, std::string_view text) {
  char* const made = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
  std::string result = made == nullptr ? "" : made;
  curl_free(made);
  return result;
}

Result<std::string> gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail({"cannot pack", "zlib", "", ExitCode::kBadInput});
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return fail({"cannot pack", "zlib", "", ExitCode::kBadInput});
  return packed;
}

// "Code: 241, e.displayText() = ..." or "Code: 241. DB::Exception: ...".
int code_in(const Answer& answer) {
  if (!answer.header_code.empty()) return std::atoi(answer.header_code.c_str());
  const std::size_t at = answer.body.find("Code: ");
  return at == std::string::npos ? 0 : std::atoi(answer.body.c_str() + at + 6);
}

StoreError trouble_in(const Answer& answer, const ServerUrl& server) {
  StoreError error;
  error.server = server.base;
  if (answer.result != CURLE_OK) {
    error.what = answer.is_too_long        ? fmt::format("its answer is longer than {}", format_bytes(kMostAnswerBytes))
                 : answer.is_out_of_memory ? "its answer is too long for this machine's memory"
                                           : fmt::format("no answer: {}", answer.what);
    return error;
  }
  error.code = code_in(answer);
  error.what = fmt::format("HTTP {}: {}", answer.status, printable(cut(answer.body, kMostErrorBytes)));
  if (error.code != 0)
    error.trouble = trouble_of(error.code);
  else if (answer.status == 413)
    error.trouble = Trouble::kRefused;  // by what stands in front of the store: it is too large
  else if (answer.status == 400 || answer.status == 401 || answer.status == 403 || answer.status == 407 ||
           answer.status == 495 || answer.status == 496)
    error.trouble = Trouble::kPassword;  // likewise: nginx says 400 to who has no certificate
  return error;
}

struct Credentials {
  std::string user, password;
  std::string certificate;  // PEM file with a client's certificate and its key
};

// Lines that nobody else may read: user, password, and where the store wants one the file of a client's certificate.
Result<Credentials> read_credentials(const std::string& path) {
  const std::string where = "'" + path + "'";
  SOCKLOCK_TRY_ASSIGN(const SmallFile file, read_small_file(path, {.most_bytes = 4096}));
  if (!is_private(file)) return fail({"others may read the credentials", where, "chmod 600 " + path, ExitCode::kUsage});
  const std::string_view text = file.text;
  std::array<std::string, 3> lines;
  std::size_t begin = 0;
  for (std::string& line : lines) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    line = text.substr(begin, end - begin);
    begin = std::min(end + 1, text.size());
  }
  const auto is_broken = [](const std::string& line) {
    return line.find_first_of(std::string_view("\r\0", 2)) != std::string::npos;
  };
  if ((lines[0].empty() && lines[2].empty()) || std::any_of(lines.begin(), lines.end(), is_broken))
    return fail({"not two lines, user and password, or three with the file of a client's certificate", where, "",
                 ExitCode::kUsage});
  return Credentials{lines[0], lines[1], lines[2]};
}

// A program that was linked on Debian runs elsewhere, too, where certificate authorities have other names. Empty: what
// libcurl takes by itself is there, or nothing is.
std::string system_authorities() {
  const curl_version_info_data* const curl = curl_version_info(CURLVERSION_NOW);
  if (curl->cainfo != nullptr && access(curl->cainfo, R_OK) == 0) return "";
  for (const char* path : {"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                           "/var/lib/ca-certificates/ca-bundle.pem", "/etc/ssl/certs/ca-certificates.crt"})
    if (access(path, R_OK) == 0) return path;
  return "";
}

}  // namespace

Error StoreError::error() const {
  const char* hint = "the server's log says more";
  if (trouble == Trouble::kPassword)
    hint = "--credentials FILE: user and password, a line each; and that user's rights";
  if (trouble == Trouble::kAway) hint = "is it running and reachable? ask again later";
  if (code == 60 || code == 81) hint = "the tables are not there: socklock fleet init --to URL --apply";
  return {what, server, hint, trouble == Trouble::kPassword ? ExitCode::kNotPermitted : ExitCode::kBadInput};
}

Trouble trouble_of(int code) {
  // ErrorCodes.cpp of ClickHouse. Users, passwords, rights, read-only users.
  constexpr std::array kPasswords{164, 192, 193, 194, 195, 291, 392, 497, 516};
  // What can't be parsed, is too large, or does not fit the column.
  constexpr std::array kRefusals{6,  23, 25,  26,  27,  33,  34,  38,  41,  43,  44,  53,  62,  69, 70,
                                 72, 95, 117, 128, 130, 131, 190, 271, 321, 349, 354, 407, 441, 469};
  if (std::find(kPasswords.begin(), kPasswords.end(), code) != kPasswords.end()) return Trouble::kPassword;
  if (std::find(kRefusals.begin(), kRefusals.end(), code) != kRefusals.end()) return Trouble::kRefused;
  return Trouble::kAway;
}

Result<ServerUrl> parse_url(const std::string& url, bool insecure) {
  const auto bad = [&url](const std::string& what, const std::string& hint) {
    return fail(
        {what, "'" + url.substr(0, url.find('@') == std::string::npos ? url.size() : 0) + "'", hint, ExitCode::kUsage});
  };
  CURLU* const handle = curl_url();
  const auto part = [handle](CURLUPart which) {
    char* text = nullptr;
    std::string got = curl_url_get(handle, which, &text, 0) == CURLUE_OK ? text : "";
    curl_free(text);
    return got;
  };
  const bool is_url = curl_url_set(handle, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  const std::string scheme = part(CURLUPART_SCHEME), host = part(CURLUPART_HOST), port = part(CURLUPART_PORT);
  const std::string path = part(CURLUPART_PATH), user = part(CURLUPART_USER), password = part(CURLUPART_PASSWORD);
  const std::string query = part(CURLUPART_QUERY);
  curl_url_cleanup(handle);
  if (!is_url || (scheme != "http" && scheme != "https") || host.empty() || !query.empty())
    return bad("not the URL of a store", "https://HOST:8443/DATABASE, or http://127.0.0.1:8123/DATABASE");
  if (!user.empty() || !password.empty())
    return bad("user and password do not belong into a URL, which others see",
               "--credentials FILE with two lines, user and password, mode 0600");
  ServerUrl server;
  server.is_loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
  if (scheme == "http" && !server.is_loopback && !insecure)
    return bad("http:// to another host: everybody between could read the password",
               "https://; or --insecure where the network is trusted");
  server.base = fmt::format("{}://{}{}{}/", scheme, host, port.empty() ? "" : ":", port);
  server.database = path.size() > 1 ? path.substr(1) : "socklock";
  while (server.database.ends_with('/')) server.database.pop_back();
  SOCKLOCK_TRY([&]() -> Result<void> {
    for (const char c : server.database)
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_')
        return bad("the database's name is not of letters, digits and '_'", "https://HOST:8443/DATABASE");
    return {};
  }());
  return server;
}

struct ClickHouse::State {
  std::vector<ServerUrl> servers;
  std::size_t current = 0;
  std::string user, password, certificate, ca_file;
  long timeout_s = 60;
  std::uint64_t sent_bytes = 0;
  std::function<bool()> is_to_end;
  CURL* curl = nullptr;

  ~State() {
    if (curl != nullptr) curl_easy_cleanup(curl);
  }
  Answer perform(const Request& request);
  [[nodiscard]] Request request() const { return {&servers[current], user, password, ca_file, timeout_s, "", {}}; }
};

Answer ClickHouse::State::perform(const Request& request) {
  Answer answer;
  curl_easy_reset(curl);
  std::array<char, CURL_ERROR_SIZE> what{};
  const std::string url = request.server->base + request.path_and_query;
  curl_slist* headers = nullptr;
  const auto header = [&headers](const std::string& line) { headers = curl_slist_append(headers, line.c_str()); };
  if (!request.user.empty()) {
    header("X-ClickHouse-User: " + request.user);
    header("X-ClickHouse-Key: " + request.password);
  }
  if (request.is_gzip) header("Content-Encoding: gzip");
  header("Content-Type: application/octet-stream");
  header("Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_to_end);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &is_to_end);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, what.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, request.timeout_s);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, std::min(10L, request.timeout_s));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // a redirection would take the password elsewhere
  curl_easy_setopt(curl, CURLOPT_NOPROXY, request.server->is_loopback ? "*" : nullptr);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  if (!certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, certificate.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, certificate.c_str());
  }
  answer.result = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(headers);
  answer.what = what.front() != '\0' ? what.data() : curl_easy_strerror(answer.result);
  sent_bytes += request.body.size();
  return answer;
}

ClickHouse::ClickHouse(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClickHouse::ClickHouse(ClickHouse&&) noexcept = default;
ClickHouse& ClickHouse::operator=(ClickHouse&&) noexcept = default;
ClickHouse::~ClickHouse() = default;

Result<ClickHouse> ClickHouse::open(const StoreOptions& options) {
  auto state = std::make_unique<State>();
  for (const std::string& url : options.urls) {
    SOCKLOCK_TRY_ASSIGN(auto server, parse_url(url, options.insecure));
    if (!state->servers.empty() && server.database != state->servers.front().database)
      return fail({"servers of one store have one database", "'" + url + "'", "", ExitCode::kUsage});
    state->servers.push_back(std::move(server));
  }
  if (state->servers.empty()) return fail({"no store", "", "https://HOST:8443/DATABASE", ExitCode::kUsage});
  if (!options.credentials.empty()) {
    SOCKLOCK_TRY_ASSIGN(auto credentials, read_credentials(options.credentials));
    state->user = std::move(credentials.user);
    state->password = std::move(credentials.password);
    state->certificate = std::move(credentials.certificate);
  }
  state->ca_file = options.ca_file.empty() ? system_authorities() : options.ca_file;
  state->is_to_end = options.is_to_end;
  state->timeout_s = static_cast<long>(options.timeout.count());
  state->curl = curl_easy_init();
  if (state->curl == nullptr) return fail({"libcurl does not start", "", "", ExitCode::kBadInput});
  return ClickHouse(std::move(state));
}

StoreResult<std::string> ClickHouse::ask(std::string_view sql, const Settings& settings) {
  Request request = state_->request();
  request.path_and_query = "?wait_end_of_query=1";
  for (const auto& [name, value] : settings) request.path_and_query += "&" + name + "=" + escaped(state_->curl, value);
  request.body = sql;
  Answer answer = state_->perform(request);
  if (answer.result != CURLE_OK || answer.status != 200)
    return tl::unexpected<StoreError>(trouble_in(answer, *request.server));
  return std::move(answer.body);
}

StoreResult<void> ClickHouse::insert(std::string_view statement, std::string_view rows, const Settings& settings) {
  Request request = state_->request();
  // Synchronous to the shards: 200 means that they have it.
  request.path_and_query =
      fmt::format("?wait_end_of_query=1&insert_distributed_sync=1&query={}", escaped(state_->curl, statement));
  for (const auto& [name, value] : settings) request.path_and_query += "&" + name + "=" + escaped(state_->curl, value);
  const auto packed = gzipped(rows);
  if (!packed) return tl::unexpected<StoreError>({Trouble::kAway, 0, packed.error().message(), request.server->base});
  request.body = *packed;
  request.is_gzip = true;
  const Answer answer = state_->perform(request);
  if (answer.result != CURLE_OK || answer.status != 200)
    return tl::unexpected<StoreError>(trouble_in(answer, *request.server));
  return {};
}

bool ClickHouse::lets_in_without_password(const std::string& user) {
  Request request = state_->request();
  request.user = user;
  request.password = "";
  request.body = "SELECT 1";
  const Answer answer = state_->perform(request);
  return answer.result == CURLE_OK && answer.status == 200;
}

const ServerUrl& ClickHouse::server() const { return state_->servers[state_->current]; }
std::size_t ClickHouse::servers() const { return state_->servers.size(); }
void ClickHouse::turn_to_next() { state_->current = (state_->current + 1) % state_->servers.size(); }
std::uint64_t ClickHouse::sent_bytes() const { return state_->sent_bytes; }

}  // namespace socklock::fleet
