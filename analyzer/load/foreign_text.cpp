// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/foreign_text.h"

#include <istream>

#include "import/gzip_input.h"
#include "import/importers.h"
#include "proto/trace_writer.h"

namespace socklock::analyzer {

bool is_foreign_text(const std::string& path) {
  imports::GzipInput buffer(path);
  return buffer.is_open() && imports::find_importer(buffer.head(), path).has_value();
}

Result<bool> import_text(const std::string& path, const std::string& output, double duration_seconds) {
  imports::GzipInput buffer(path);
  if (!buffer.is_open()) return fail({"cannot read", "'" + path + "'", "", ExitCode::kBadInput});
  SOCKLOCK_TRY_ASSIGN(const imports::Importer* const importer, imports::find_importer(buffer.head(), path));
  std::istream in(&buffer);
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(output, true));
  const imports::ImportOptions options{"", path, duration_seconds};
  SOCKLOCK_TRY_ASSIGN(const imports::ImportResult result, importer->import(in, options, writer));
  return result.knows_duration;
}

}  // namespace socklock::analyzer
