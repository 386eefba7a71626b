// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/pprof.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <map>
#include <stdexcept>

#include "analyzer/export/exporter.h"
#include "base/text.h"
#include "export/pprof.pb.h"

namespace socklock::analyzer {
namespace {

class StringTable {
 public:
  explicit StringTable(pprof::Profile& profile) : profile_(profile) { number(""); }
  // As `go tool pprof` prints it on a terminal.
  std::int64_t number(std::string_view said) {
    const std::string text = printable(said);
    const auto [entry, is_new] = numbers_.try_emplace(text, profile_.string_table_size());
    if (is_new) profile_.add_string_table(text);
    return entry->second;
  }

 private:
  pprof::Profile& profile_;
  std::map<std::string, std::int64_t> numbers_;
};

void set(pprof::ValueType& value, StringTable& strings, const char* type, const char* unit) {
  value.set_type(strings.number(type));
  value.set_unit(strings.number(unit));
}

// A location and a function each, under the same id: our frames are functions, not addresses.
void add_functions(const StackProfile& profile, pprof::Profile& message, StringTable& strings) {
  std::map<std::string, std::uint64_t> mappings;
  for (std::size_t i = 0; i < profile.functions.size(); ++i) {
    const Function& function = profile.functions[i];
    const std::string file = function.module.empty() ? "[kernel.kallsyms]" : "[" + function.module + "]";
    const auto [mapping, is_new] = mappings.try_emplace(file, mappings.size() + 1);
    if (is_new) {
      auto& added = *message.add_mapping();
      added.set_id(mapping->second);
      added.set_filename(strings.number(file));
      added.set_has_functions(true);
    }
    auto& named = *message.add_function();
    named.set_id(i + 1);
    named.set_name(strings.number(display_name(function)));
    named.set_system_name(strings.number(function.symbol));
    auto& location = *message.add_location();
    location.set_id(i + 1);
    location.set_mapping_id(mapping->second);
    location.add_line()->set_function_id(i + 1);
  }
}

void add_sample(const StackEntry& entry, const Taxonomy& taxonomy, pprof::Profile& message, StringTable& strings) {
  auto& sample = *message.add_sample();
  for (auto function = entry.functions.rbegin(); function != entry.functions.rend(); ++function)
    sample.add_location_id(*function + 1);
  sample.add_value(static_cast<std::int64_t>(entry.contentions));
  sample.add_value(static_cast<std::int64_t>(entry.wait_ns));
  const LockClass& lock_class = taxonomy.at(entry.lock_class);
  const std::array<std::pair<const char*, std::string_view>, 4> labels{{{"lock_class", lock_class.name},
                                                                        {"role", name_of(lock_class.role)},
                                                                        {"call_path", name_of(entry.path)},
                                                                        {"context", name_of(entry.context)}}};
  for (const auto& [key, value] : labels) {
    auto& label = *sample.add_label();
    label.set_key(strings.number(key));
    label.set_str(strings.number(std::string(value)));
  }
}

std::string gzipped(const std::string& raw) {
  z_stream stream{};
  // 16 + 15: a gzip header, the largest window (zlib.h).
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, raw.size()), '\0');
  // zlib takes its input as not const, and leaves it alone.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib");
  return packed;
}

}  // namespace

std::string pprof_gz(const StackProfile& profile, const Taxonomy& taxonomy) {
  pprof::Profile message;
  StringTable strings(message);
  set(*message.add_sample_type(), strings, "contentions", "count");
  set(*message.add_sample_type(), strings, "delay", "nanoseconds");
  set(*message.mutable_period_type(), strings, "contentions", "count");
  message.set_period(1);
  message.set_default_sample_type(strings.number("delay"));
  message.set_time_nanos(static_cast<std::int64_t>(profile.wall_start_ns));
  message.set_duration_nanos(static_cast<std::int64_t>(profile.duration_ns));
  message.add_comment(
      strings.number(fmt::format("socklock: {}{}", profile.name.empty() ? "" : profile.name + ", ", profile.scale)));
  add_functions(profile, message, strings);
  for (const StackEntry& entry : profile.entries) add_sample(entry, taxonomy, message, strings);
  return gzipped(message.SerializeAsString());
}

namespace {

ExportFiles export_pprof(const ExportRequest& request) {
  SOCKLOCK_TRY_ASSIGN(const auto profiles, request.profiles());
  std::vector<ExportFile> files;
  for (const StackProfile& profile : profiles)
    files.push_back({pprof_gz(profile, request.taxonomy), profiles.size() == 1 ? "" : profile.name});
  return files;
}

}  // namespace

extern const Exporter kPprofExporter{"pprof", "go tool pprof, Pyroscope, Parca; of two sides, two files for -diff_base",
                                     true, export_pprof};

}  // namespace socklock::analyzer
