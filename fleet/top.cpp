// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/top.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyzer/document/figure.h"
#include "analyzer/measure/wait_stats.h"
#include "base/units.h"
#include "fleet/click_house_store.h"
#include "fleet/schema.h"

namespace socklock::fleet {
namespace {

using analyzer::Document;
using analyzer::Figure;
using analyzer::Table;
using analyzer::Unit;
using analyzer::Value;

struct Group {
  std::string name;
  std::uint64_t wait_ns = 0, contentions = 0, max_ns = 0;
  std::size_t hosts = 0;
  double work = 0;
  std::set<std::string> host_names;
  analyzer::Histogram cells;
};

enum class Kind : std::uint8_t { kOfNames, kOfHosts };

struct Grouping {
  Kind kind;
  std::string Name::*part = nullptr;  // of names
};

Result<Grouping> grouping_of(const std::string& by) {
  if (by == "class" || by.empty()) return Grouping{Kind::kOfNames, &Name::lock_class};
  if (by == "path") return Grouping{Kind::kOfNames, &Name::call_path};
  if (by == "function") return Grouping{Kind::kOfNames, &Name::function};
  if (by == "context") return Grouping{Kind::kOfNames, &Name::context};
  if (by == "role") return Grouping{Kind::kOfNames, &Name::role};
  if (by == "kernel" || by == "host" || (by.starts_with("label:") && by.size() > 6)) return Grouping{Kind::kOfHosts};
  return fail(
      {"not class, path, function, context, role, kernel, host or label:KEY", "--by " + by, "", ExitCode::kUsage});
}

double connections(const analyzer::Work& work) {
  return static_cast<double>(work.connections_active > 0 ? work.connections_active : work.connections_passive);
}

std::string value_of_label(const HostUse& host, const std::string& key) {
  std::string found;
  for (const std::string& set : host.labels) {
    std::size_t begin = 0;
    while (begin <= set.size()) {
      const std::size_t end = std::min(set.find(',', begin), set.size());
      const std::string_view label = std::string_view(set).substr(begin, end - begin);
      if (label.starts_with(key + "=")) {
        const std::string value(label.substr(key.size() + 1));
        if (!found.empty() && found != value) return "several";
        found = value;
      }
      begin = end + 1;
    }
  }
  return found.empty() ? "none" : found;
}

std::string group_of(const HostUse& host, const std::string& by) {
  if (by == "host") return host.host;
  if (by == "kernel") return host.kernels.size() == 1 ? *host.kernels.begin() : "several";
  return value_of_label(host, by.substr(6));
}

std::vector<Group> groups_of_hosts(const std::vector<HostUse>& hosts, const std::string& by) {
  std::map<std::string, Group> groups;
  for (const HostUse& host : hosts) {
    Group& group = groups[group_of(host, by)];
    ++group.hosts;
    group.work += connections(host.work);
    for (const auto& [name, wait] : host.waits) {
      group.wait_ns += wait.wait_ns;
      group.contentions += wait.contentions;
    }
  }
  std::vector<Group> result;
  for (auto& [name, group] : groups) {
    group.name = name;
    result.push_back(std::move(group));
  }
  return result;
}

std::vector<Group> groups_of_names(const std::vector<NameUse>& uses, const Names& names, std::string Name::*part,
                                   double work) {
  std::map<std::string, Group> groups;
  for (const NameUse& use : uses) {
    const auto name = names.find(use.name);
    std::string called = name == names.end() ? "(name not in the store)" : name->second.*part;
    if (called.empty()) called = "(not recorded)";
    Group& group = groups[called];
    group.wait_ns += use.wait_ns;
    group.contentions += use.contentions;
    group.max_ns = std::max(group.max_ns, use.max_ns);
    group.host_names.insert(use.hosts.begin(), use.hosts.end());
    for (const auto& [bucket, waits] : use.cells)
      group.cells.add(std::min<unsigned>(bucket, SOCKLOCK_WAIT_BUCKETS - 1), waits);
  }
  std::vector<Group> result;
  for (auto& [name, group] : groups) {
    group.name = name;
    group.hosts = group.host_names.size();
    group.work = work;
    result.push_back(std::move(group));
  }
  return result;
}

Figure quantile(const Group& group, double q) {
  if (group.cells.total() == 0) return Figure::not_measured("");
  analyzer::WaitStats stats;
  stats.histogram = group.cells;
  stats.sums.contentions = group.cells.total();
  stats.sums.wait_min_ns = 0;
  stats.sums.wait_max_ns = group.max_ns;
  return Figure::of(stats.quantile_ns(q), Unit::kNs);
}

Table table_of(std::vector<Group> groups, const TopOptions& options, bool has_lengths) {
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.wait_ns != b.wait_ns ? a.wait_ns > b.wait_ns : a.name < b.name;
  });
  Table table;
  table.id = "top";
  table.heading = "By " + options.by;
  table.columns = {
      analyzer::names_column(options.by.starts_with("label:") ? options.by.substr(6) : options.by),
      {"wait_ns", "wait", "sum of the waits", Unit::kNs},
      {"contentions", "waits", "waits", Unit::kCount},
      {"hosts", "hosts", "hosts that waited so, or are of that kind", Unit::kCount},
      {"wait_ns_per_connection", "per connection",
       "wait for each TCP connection that the hosts opened, or accepted where they opened none", Unit::kNs}};
  if (has_lengths) {
    table.columns.push_back({"p50_ns", "p50", "median wait of all hosts together", Unit::kNs});
    table.columns.push_back({"p99_ns", "p99", "99th percentile", Unit::kNs});
    table.columns.push_back({"max_ns", "max", "longest wait", Unit::kNs});
  }
  for (const Group& group : groups) {
    std::vector<Figure> row{Figure::words(group.name), Figure::whole(group.wait_ns, Unit::kNs),
                            Figure::count(group.contentions), Figure::count(group.hosts),
                            group.work > 0 ? Figure::of(static_cast<double>(group.wait_ns) / group.work, Unit::kNs)
                                           : Figure::not_measured("no connections")};
    if (has_lengths) {
      row.push_back(quantile(group, 0.5));
      row.push_back(quantile(group, 0.99));
      row.push_back(Figure::whole(group.max_ns, Unit::kNs));
    }
    table.rows.push_back(std::move(row));
  }
  table.cut_rows(options.limit);
  return table;
}

Value data_of(const Table& table) {
  return analyzer::list_of(table.rows, [&table](const std::vector<Figure>& row) {
    Value object{Value::Object{}};
    for (std::size_t i = 0; i < row.size(); ++i) object.add(table.columns[i].id, row[i]);
    return object;
  });
}

std::string window_text(const Window& window) {
  return fmt::format("{} to {} UTC", format_moment(window.begin_s), format_moment(window.end_s));
}

Document document_of(std::string title, std::string headline, const Window& window, std::vector<std::string> lines,
                     std::vector<Table> tables) {
  Document document;
  document.title = std::move(title);
  document.headline = std::move(headline);
  document.columns = 110;
  analyzer::Section head;
  for (std::string& line : lines)
    head.blocks.emplace_back(analyzer::Paragraph{std::move(line), analyzer::Paragraph::Kind::kLine});
  document.sections.push_back(std::move(head));
  document.rows = tables.front();
  Value data{Value::Object{}};
  data.add("schema", document.title == "socklock fleet host" ? "socklock.fleet-host/1" : "socklock.fleet-top/1");
  data.add("begin_s", window.begin_s);
  data.add("end_s", window.end_s);
  for (Table& table : tables) {
    data.add(table.id, data_of(table));
    analyzer::Section section;
    section.heading = table.heading;
    section.blocks.emplace_back(std::move(table));
    document.sections.push_back(std::move(section));
  }
  document.data = std::move(data);
  return document;
}

// Where rows of several versions of the rules are mixed, the same wait may have two names.
std::string taxonomy_line(const std::vector<HostUse>& hosts) {
  std::map<std::uint32_t, std::size_t> versions;
  for (const HostUse& host : hosts) ++versions[host.most_taxonomy];
  if (versions.size() < 2) return "";
  std::string text;
  for (const auto& [version, count] : versions)
    text += fmt::format("{}{} hosts at taxonomy {}", text.empty() ? "" : ", ", count, version);
  return "warning: " + text + ": the same waits may have two names; socklock ship --again renames";
}

}  // namespace

Result<Document> top_document(Store& store, const TopOptions& given) {
  TopOptions options = given;
  if (options.by.empty()) options.by = "class";
  SOCKLOCK_TRY_ASSIGN(const Grouping grouping, grouping_of(options.by));
  SOCKLOCK_TRY_ASSIGN(const auto hosts, store.hosts_of(options.window, options.selector));
  if (hosts.empty())
    return fail({"no host said anything in that time", window_text(options.window),
                 "--since, --where; socklock fleet status", ExitCode::kNotEnoughData});
  double work = 0;
  std::uint64_t wait_ns = 0, lost = 0;
  for (const HostUse& host : hosts) {
    work += connections(host.work);
    lost += host.lost_totals;
    for (const auto& [name, wait] : host.waits) wait_ns += wait.wait_ns;
  }
  std::vector<Group> groups;
  if (grouping.kind == Kind::kOfHosts) {
    groups = groups_of_hosts(hosts, options.by);
  } else {
    SOCKLOCK_TRY_ASSIGN(const auto uses, store.uses(options.window, options.selector));
    SOCKLOCK_TRY_ASSIGN(const Names names, store.names());
    groups = groups_of_names(uses, names, grouping.part, work);
  }
  std::vector<std::string> lines{
      window_text(options.window),
      fmt::format("{} hosts, {} of wait, {} connections", format_count(static_cast<double>(hosts.size())),
                  format_ns(static_cast<double>(wait_ns)), format_count(work))};
  if (lost > 0)
    lines.push_back(
        fmt::format("warning: {} waits are missing from the sums", format_count(static_cast<double>(lost))));
  if (const std::string line = taxonomy_line(hosts); !line.empty()) lines.push_back(line);
  return document_of("socklock fleet top", "What the fleet waited for", options.window, std::move(lines),
                     {table_of(std::move(groups), options, grouping.kind == Kind::kOfNames)});
}

Result<Document> host_document(ClickHouseStore& store, const std::string& host, const Window& window,
                               std::size_t limit) {
  const Selector selector{"host=" + host};
  SOCKLOCK_TRY_ASSIGN(const auto hosts, store.hosts_of(window, selector));
  if (hosts.empty())
    return fail({"no such host, or it said nothing in that time", "'" + host + "', " + window_text(window),
                 "socklock fleet top --by host", ExitCode::kNotEnoughData});
  SOCKLOCK_TRY_ASSIGN(const auto uses, store.uses(window, selector));
  SOCKLOCK_TRY_ASSIGN(const Names names, store.names());
  const double work = connections(hosts.front().work);
  std::vector<Table> tables;
  for (const auto& [by, part] : {std::pair{"class", &Name::lock_class}, std::pair{"path", &Name::call_path}}) {
    TopOptions options{window, selector, by, limit};
    tables.push_back(table_of(groups_of_names(uses, names, part, work), options, true));
    tables.back().id = std::string("by_") + by;
  }
  // Ten minutes a row, and of which traces they are: single waits are in those, on the host.
  SOCKLOCK_TRY_ASSIGN(
      const auto line,
      store.table(fmt::format("SELECT toUInt32(minute) - toUInt32(minute) % 600 AS t, sum(arraySum(lock.wait_ns)), "
                              "sum(arraySum(lock.contentions)), uniq(trace) FROM {}.minutes FINAL WHERE host = {} AND "
                              "minute >= toDateTime({}) AND minute < toDateTime({}) GROUP BY t ORDER BY t",
                              store.database(), sql_text(host), window.begin_s, window.end_s)));
  Table time_line;
  time_line.id = "time_line";
  time_line.heading = "Time line";
  time_line.columns = {analyzer::names_column("from (UTC)"),
                       {"wait_ns", "wait", "sum of the waits of ten minutes", Unit::kNs},
                       {"contentions", "waits", "waits", Unit::kCount},
                       {"traces", "traces", "of the host that hold these minutes", Unit::kCount}};
  for (const auto& cells : line)
    if (cells.size() == 4)
      time_line.rows.push_back({Figure::words(format_moment(std::strtoull(cells[0].c_str(), nullptr, 10))),
                                Figure::whole(std::strtoull(cells[1].c_str(), nullptr, 10), Unit::kNs),
                                Figure::count(std::strtoull(cells[2].c_str(), nullptr, 10)),
                                Figure::count(std::strtoull(cells[3].c_str(), nullptr, 10))});
  tables.push_back(std::move(time_line));
  const HostUse& use = hosts.front();
  std::vector<std::string> lines{window_text(window),
                                 fmt::format("{}, {} covered, {} connections", host,
                                             format_ns(static_cast<double>(use.covered_ns)), format_count(work)),
                                 "single waits: socklock report, on that host, of its traces of that time"};
  return document_of("socklock fleet host", "What " + host + " waited for", window, std::move(lines),
                     std::move(tables));
}

}  // namespace socklock::fleet
