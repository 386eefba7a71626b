// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/click_house_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "fleet/row_binary.h"
#include "fleet/schema.h"

namespace socklock::fleet {
namespace {

// An answer in RowBinary, taken value by value. What ends early gives zeros, and `is_whole` false.
class Values {
 public:
  explicit Values(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool at_end() const { return at_ >= bytes_.size() || !is_whole_; }
  [[nodiscard]] bool is_whole() const { return is_whole_; }

  template <typename Number>
  Number number() {
    Number value{};
    if (bytes_.size() - at_ < sizeof value) {
      is_whole_ = false;
      return {};
    }
    std::memcpy(&value, bytes_.data() + at_, sizeof value);  // little-endian, as everything that Linux records on
    at_ += sizeof value;
    return value;
  }
  std::uint64_t length() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    is_whole_ = false;
    return 0;
  }
  std::string text() {
    const std::uint64_t bytes = length();
    if (!is_whole_ || bytes > bytes_.size() - at_) {
      is_whole_ = false;
      return "";
    }
    std::string value(bytes_.substr(at_, bytes));
    at_ += bytes;
    return value;
  }
  std::set<std::string> texts() {
    std::set<std::string> values;
    for (std::uint64_t left = length(); left > 0 && is_whole_; --left) values.insert(text());
    return values;
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> values;
    for (std::uint64_t left = length(); left > 0 && is_whole_; --left) values.push_back(number<std::uint64_t>());
    return values;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_whole_ = true;
};

Error cut_off(const std::string& server) {
  return {"the answer is cut off", server, "ask again; a proxy may have ended it", ExitCode::kBadInput};
}

HostUse host_use(Values& values) {
  HostUse host;
  host.host = values.text();
  host.labels = values.texts();
  host.kernels = values.texts();
  host.spinlock_modes = values.texts();
  host.least_level = values.number<std::uint8_t>();
  host.most_level = values.number<std::uint8_t>();
  host.least_taxonomy = values.number<std::uint32_t>();
  host.most_taxonomy = values.number<std::uint32_t>();
  analyzer::Work& work = host.work;
  for (std::uint64_t* counter : {&work.connections_active, &work.connections_passive, &work.connections_closed,
                                 &work.send_operations, &work.send_bytes, &work.receive_operations, &work.receive_bytes,
                                 &work.stated, &work.cpu_busy_ns, &host.covered_ns, &host.lost_totals})
    *counter = values.number<std::uint64_t>();
  const auto names = values.numbers(), waits = values.numbers();
  const auto again = values.numbers(), contentions = values.numbers();
  for (std::size_t i = 0; i < std::min(names.size(), waits.size()); ++i) host.waits[names[i]].wait_ns = waits[i];
  for (std::size_t i = 0; i < std::min(again.size(), contentions.size()); ++i)
    host.waits[again[i]].contentions = contentions[i];
  return host;
}

}  // namespace

Result<ClickHouseStore> ClickHouseStore::open(const StoreOptions& options) {
  SOCKLOCK_TRY_ASSIGN(ClickHouse client, ClickHouse::open(options));
  ClickHouseStore store(std::move(client));
  for (std::size_t tries = 1;; ++tries) {
    const auto version = store.client_.ask(fmt::format("SELECT max(version) FROM {}.schema", store.database()));
    if (version) store.schema_ = static_cast<std::uint32_t>(std::strtoul(version->c_str(), nullptr, 10));
    if (version && store.schema_ > kSchemaVersion)
      return fail({"its schema is newer than this program", store.client_.server().base, "a newer socklock",
                   ExitCode::kBadInput});
    if (version) return store;
    if (version.error().trouble != Trouble::kAway || tries >= store.client_.servers())
      return fail(version.error().error());
    store.client_.turn_to_next();
  }
}

const std::string& ClickHouseStore::database() const { return client_.server().database; }

Result<std::string> ClickHouseStore::ask(const std::string& sql) {
  // A shard that is down is an error, never a smaller fleet.
  auto answer = client_.ask(sql, {{"skip_unavailable_shards", "0"}});
  if (!answer) return fail(answer.error().error());
  return *std::move(answer);
}

std::string ClickHouseStore::condition_of(const Selector& selector) {
  std::string sql;
  for (const std::string& part : selector) {
    const std::string key = part.substr(0, part.find('=')), value = part.substr(part.find('=') + 1);
    if (!sql.empty()) sql += " AND ";
    if (key == "host" || key == "kernel" || key == "machine" || key == "spinlock_mode")
      sql += fmt::format("{} = {}", key, sql_text(value));
    else
      sql += fmt::format("has(labels, {})", sql_text(part));
  }
  return sql.empty() ? "length(host) >= 0" : sql;
}

std::vector<ClickHouseStore::Part> ClickHouseStore::parts_of(const std::vector<Window>& windows) const {
  std::map<bool, std::string> conditions;
  for (const Window& window : windows)
    for (const auto& [by_hour, part] : segments_of(window)) {
      std::string& sql = conditions[by_hour];
      sql += fmt::format("{}(day >= toDate(toDateTime({}), 'UTC') AND day <= toDate(toDateTime({}), 'UTC') AND ",
                         sql.empty() ? "" : " OR ", part.begin_s, part.end_s);
      // The tables' order begins with it, and 18.16 does not see it in `minute`: without its end all that is behind the
      // beginning is read, and without either for two parts all of it.
      if (!by_hour)
        sql += fmt::format("toStartOfHour(minute) >= toDateTime({}) AND toStartOfHour(minute) <= toDateTime({}) AND ",
                           part.begin_s / 3600 * 3600, (part.end_s - 1) / 3600 * 3600);
      sql += fmt::format("minute >= toDateTime({}) AND minute < toDateTime({}))", part.begin_s, part.end_s);
    }
  std::vector<Part> parts;
  for (const auto& [by_hour, condition] : conditions)
    parts.push_back({by_hour, fmt::format("{}.{}", database(), by_hour ? "hours" : "minutes"), "(" + condition + ")"});
  return parts;
}

// FINAL takes a multiple of the time, and is needed only where the same row was sent again and is not merged yet. An
// answer says itself whether it saw a row twice; then it is asked for again with FINAL, and what is still there twice
// is on two shards.
Result<std::uint64_t> ClickHouseStore::ask_once(const std::function<std::string(const char* final)>& sql,
                                                const Read& read) {
  for (const char* final : {"", "FINAL"}) {
    SOCKLOCK_TRY_ASSIGN(const std::string answer, ask(sql(final)));
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t twice, read(answer));
    if (twice == 0 || *final != '\0') return twice;
  }
  return 0;
}

Result<Names> ClickHouseStore::names() {
  SOCKLOCK_TRY_ASSIGN(const std::string answer,
                      ask(fmt::format("SELECT name, lock_class, role, call_path, context, function, kind FROM {}.names "
                                      "FORMAT RowBinary",
                                      database())));
  Values values(answer);
  Names names;
  while (!values.at_end()) {
    const auto hash = values.number<std::uint64_t>();
    Name name;
    for (std::string* part : {&name.lock_class, &name.role, &name.call_path, &name.context, &name.function, &name.kind})
      *part = values.text();
    // Whoever may send can send a name for another's hash.
    if (hash_of(name) != hash) continue;
    for (std::string* part : {&name.lock_class, &name.role, &name.call_path, &name.context, &name.function, &name.kind})
      *part = printable(*part);
    names.emplace(hash, std::move(name));
  }
  if (!values.is_whole()) return fail(cut_off(client_.server().base));
  return names;
}

namespace {

constexpr const char* kSumsOfHosts =
    "host, groupUniqArray(arrayStringConcat(labels, ',')), groupUniqArray(kernel), "
    "groupUniqArray(spinlock_mode), min(level), max(level), min(taxonomy), max(taxonomy), sum(connections_opened), "
    "sum(connections_accepted), sum(connections_closed), sum(send_operations), sum(send_bytes), "
    "sum(receive_operations), sum(receive_bytes), sum(stated), sum(cpu_busy_ns), sum(covered_ns), sum(lost_totals), "
    "sumMap(lock.name, lock.wait_ns), sumMap(lock.name, lock.contentions)";

// In which of the windows a row is, and bits for the groups that it is in.
std::string side_of(const std::vector<Window>& windows) {
  std::string sql = "toUInt8((length(host) >= 0)";
  for (std::size_t i = 1; i < windows.size(); ++i)
    sql += fmt::format(" + (minute >= toDateTime({}))", windows[i].begin_s);
  return sql + ") - 1";
}

std::string groups_of(const std::vector<Selector>& groups) {
  std::string sql;
  for (std::size_t i = 0; i < groups.size(); ++i)
    sql += fmt::format("{}{} * toUInt8({})", i == 0 ? "" : " + ", 1U << i, ClickHouseStore::condition_of(groups[i]));
  return "toUInt32(" + sql + ")";
}

std::vector<HostUse> listed(std::map<std::string, HostUse>&& hosts) {
  std::vector<HostUse> list;
  for (auto& [name, host] : hosts) list.push_back(std::move(host));
  return list;
}

}  // namespace

namespace {

// [group][window]
using HostSums = std::vector<std::vector<std::map<std::string, HostUse>>>;

HostSums no_sums(std::size_t groups, std::size_t windows) {
  HostSums sums(groups);
  for (auto& of_group : sums) of_group.resize(windows);
  return sums;
}

// How many rows were there more than once.
std::uint64_t read_hosts(Values& values, HostSums& sums) {
  std::uint64_t twice = 0;
  while (!values.at_end()) {
    const auto side = values.number<std::uint32_t>();
    const auto in_groups = values.number<std::uint32_t>();
    const auto rows = values.number<std::uint64_t>();
    twice += rows - values.number<std::uint64_t>();
    const auto row_s = values.number<std::uint32_t>();
    twice += values.number<std::uint64_t>();
    HostUse host = host_use(values);
    host.row_s = std::max(row_s, host.row_s);
    for (std::size_t group = 0; group < sums.size(); ++group)
      if ((in_groups >> group & 1) != 0 && side < sums[group].size()) sums[group][side][host.host].add(host);
  }
  return twice;
}

}  // namespace

Result<HostsFound> ClickHouseStore::hosts(const std::vector<Window>& windows, const std::vector<Selector>& groups) {
  std::string of_any;
  for (const Selector& group : groups)
    of_any += fmt::format("{}({})", of_any.empty() ? "" : " OR ", condition_of(group));
  HostSums sums = no_sums(groups.size(), windows.size());
  HostsFound found;
  for (const Part& part : parts_of(windows)) {
    // Of minutes: rows of one trace that are of two lengths count twice, too.
    const char* const lengths =
        part.by_hour || schema_ < 2
            ? "toUInt32(max(level) * 0), toUInt64(max(level) * 0)"
            : "max(length_s), uniqExact(trace, if(length_s = 0, 60, length_s)) - uniqExact(trace)";
    const auto sql = [&](const char* final) {
      return fmt::format(
          "SELECT toInt32({}) AS side, {} AS in_groups, count(), uniqExact(minute, trace), {}, {} FROM {} {} WHERE {} "
          "AND ({}) GROUP BY host, side, in_groups FORMAT RowBinary",
          side_of(windows), groups_of(groups), lengths, kSumsOfHosts, part.table, final, part.condition, of_any);
    };
    HostSums of_part;
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t twice,
                        ask_once(sql, [&](const std::string& answer) -> Result<std::uint64_t> {
                          of_part = no_sums(groups.size(), windows.size());
                          Values values(answer);
                          const std::uint64_t rows = read_hosts(values, of_part);
                          if (!values.is_whole()) return fail(cut_off(client_.server().base));
                          return rows;
                        }));
    found.doubled += twice;
    for (std::size_t group = 0; group < groups.size(); ++group)
      for (std::size_t side = 0; side < windows.size(); ++side)
        for (const auto& [name, host] : of_part[group][side]) sums[group][side][name].add(host);
  }
  for (auto& group : sums) {
    found.hosts.emplace_back();
    for (auto& hosts : group) found.hosts.back().push_back(listed(std::move(hosts)));
  }
  return found;
}

namespace {

// What is added up of arrays has the row itself in front, as name 0, so that the answer says of how many it is.
constexpr const char* kLocks =
    "SELECT n, sum(c), sum(w), max(x), groupUniqArray(host), uniqExactIf((host, minute, trace), n = 0) FROM {} {} "
    "ARRAY "
    "JOIN arrayPushFront(lock.name, toUInt64(0)) AS n, arrayPushFront(lock.contentions, toUInt64(1)) AS c, "
    "arrayPushFront(lock.wait_ns, toUInt64(0)) AS w, arrayPushFront(lock.max_ns, toUInt64(0)) AS x WHERE {} AND ({}) "
    "GROUP BY n FORMAT RowBinary";
constexpr const char* kCells =
    "SELECT n, b, sum(k), uniqExactIf((host, minute, trace), n = 0) FROM {} {} ARRAY JOIN arrayPushFront(cell.name, "
    "toUInt64(0)) AS n, arrayPushFront(cell.bucket, toUInt16(0)) AS b, arrayPushFront(cell.waits, toUInt64(1)) AS k "
    "WHERE "
    "{} AND ({}) GROUP BY n, b FORMAT RowBinary";

using Uses = std::map<std::uint64_t, NameUse>;

std::uint64_t read_locks(Values& values, Uses& uses) {
  std::uint64_t twice = 0;
  while (!values.at_end()) {
    NameUse use;
    use.name = values.number<std::uint64_t>();
    use.contentions = values.number<std::uint64_t>();
    use.wait_ns = values.number<std::uint64_t>();
    use.max_ns = values.number<std::uint64_t>();
    use.hosts = values.texts();
    const auto rows = values.number<std::uint64_t>();
    if (use.name == 0)
      twice = use.contentions - rows;
    else
      uses[use.name] = std::move(use);
  }
  return twice;
}

std::uint64_t read_cells(Values& values, Uses& uses) {
  std::uint64_t twice = 0;
  while (!values.at_end()) {
    const auto name = values.number<std::uint64_t>();
    const auto bucket = values.number<std::uint16_t>();
    const auto waits = values.number<std::uint64_t>();
    const auto rows = values.number<std::uint64_t>();
    if (name == 0)
      twice = waits - rows;
    else
      uses[name].cells[bucket] = waits;
  }
  return twice;
}

}  // namespace

Result<std::vector<NameUse>> ClickHouseStore::uses(const Window& window, const Selector& selector) {
  Uses uses;
  for (const Part& part : parts_of({window}))
    for (const bool of_cells : {false, true}) {
      const auto sql = [&](const char* final) {
        return fmt::format(fmt::runtime(of_cells ? kCells : kLocks), part.table, final, part.condition,
                           condition_of(selector));
      };
      Uses of_part;
      SOCKLOCK_TRY(ask_once(sql, [&](const std::string& answer) -> Result<std::uint64_t> {
        of_part.clear();
        Values values(answer);
        const std::uint64_t twice = of_cells ? read_cells(values, of_part) : read_locks(values, of_part);
        if (!values.is_whole()) return fail(cut_off(client_.server().base));
        return twice;
      }));
      for (auto& [name, use] : of_part) {
        use.name = name;
        uses[name].add(use);
      }
    }
  std::vector<NameUse> result;
  for (auto& [name, use] : uses) result.push_back(std::move(use));
  return result;
}

Result<std::uint64_t> ClickHouseStore::doubled(const Window& window) {
  std::uint64_t rows = 0;
  for (const Part& part : parts_of({window})) {
    SOCKLOCK_TRY_ASSIGN(const std::string answer,
                        ask(fmt::format("SELECT count() - uniqExact(host, minute, trace) FROM {} FINAL WHERE {}",
                                        part.table, part.condition)));
    rows += std::strtoull(answer.c_str(), nullptr, 10);
  }
  return rows;
}

Result<std::vector<std::vector<std::string>>> ClickHouseStore::table(const std::string& sql) {
  SOCKLOCK_TRY_ASSIGN(const std::string answer, ask(sql + " FORMAT TabSeparated"));
  std::vector<std::vector<std::string>> rows;
  std::size_t begin = 0;
  while (begin < answer.size()) {
    const std::size_t end = std::min(answer.find('\n', begin), answer.size());
    std::vector<std::string> cells(1);
    for (const char c : std::string_view(answer).substr(begin, end - begin)) {
      if (c == '\t')
        cells.emplace_back();
      else
        cells.back() += c;
    }
    for (std::string& cell : cells) cell = printable(cell);
    rows.push_back(std::move(cells));
    begin = end + 1;
  }
  return rows;
}

}  // namespace socklock::fleet
