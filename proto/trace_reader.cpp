// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/trace_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "proto/entry_count.h"

namespace socklock::trace {
namespace {

struct FreeDecompression {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

using Bytes = std::span<const std::byte>;

// What is read: a file, or bytes that outlive us. A file is not mapped: one that is cut off while it is read would end
// the program by SIGBUS.
class Source {
 public:
  Source() = default;
  explicit Source(Bytes memory) : memory_(memory), size_(memory.size()) {}
  Source(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  Source& operator=(Source&& other) noexcept {
    std::swap(fd_, other.fd_);
    memory_ = other.memory_;
    size_ = other.size_;
    return *this;
  }
  ~Source() {
    if (fd_ >= 0) close(fd_);
  }

  // When it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // At most `count` bytes, fewer where it ends before, or can't be read. Valid until `buffer` is used again.
  [[nodiscard]] Bytes at(std::uint64_t offset, std::size_t count, std::vector<std::byte>& buffer) const {
    if (offset >= size_) return {};
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
    if (fd_ < 0) return memory_.subspan(static_cast<std::size_t>(offset), count);
    if (buffer.size() < count) buffer.resize(count);
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = pread(fd_, buffer.data() + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return Bytes(buffer).first(done);
  }

 private:
  int fd_ = -1;
  Bytes memory_;
  std::uint64_t size_ = 0;
};

struct BlockHeader {
  std::uint16_t kind;
  std::uint32_t stored_bytes;
  std::uint32_t raw_bytes;
  std::uint64_t checksum;
};

// What a foreign file probably is, for the hint.
std::string guess_foreign(Bytes bytes) {
  const auto begins_with = [bytes](std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
  };
  if (begins_with("PERFILE2"))
    return "it is what perf records: perf script --header --ns -i FILE | socklock import perf-script - -o FILE.slk";
  if (begins_with("\x28\xb5\x2f\xfd")) return "it is compressed with zstd: unpack it first";
  if (begins_with("\x1f\x8b")) return "it is compressed with gzip: unpack it first";
  return "traces are made by `socklock record`, or by `socklock import` of what other tools recorded";
}

Error unreadable(const std::string& what, const std::string& name, const std::string& hint = "") {
  return {what, "'" + name + "'", hint, ExitCode::kBadInput};
}

// One message of each kind, whose memory is used again.
using SpareMessages = std::tuple<v1::Header, v1::Dictionary, v1::Interval, v1::Events, v1::Footer>;

template <typename T>
std::optional<Message> parse(const std::string& raw, SpareMessages& spare) {
  T message = std::move(std::get<T>(spare));
  if (!message.ParseFromString(raw)) return std::nullopt;
  return Message(std::move(message));
}

std::optional<Message> parse_rows(const std::string& raw) {
  const auto rows = count_rows(raw);
  if (!rows) return std::nullopt;
  v1::Events events;
  events.set_rows(*rows);
  return Message(std::move(events));
}

std::optional<Message> parse_kind(std::uint16_t kind, const std::string& raw, SpareMessages& spare) {
  if (!count_entries(static_cast<BlockKind>(kind), raw)) return std::nullopt;
  switch (static_cast<BlockKind>(kind)) {
    case BlockKind::kHeader: return parse<v1::Header>(raw, spare);
    case BlockKind::kDictionary: return parse<v1::Dictionary>(raw, spare);
    case BlockKind::kInterval: return parse<v1::Interval>(raw, spare);
    case BlockKind::kEvents: return parse<v1::Events>(raw, spare);
    case BlockKind::kFooter: return parse<v1::Footer>(raw, spare);
  }
  return std::nullopt;
}

bool is_known(std::uint16_t kind) {
  return kind >= static_cast<std::uint16_t>(BlockKind::kHeader) &&
         kind <= static_cast<std::uint16_t>(BlockKind::kFooter);
}

}  // namespace

// Of the budget of a trace, unless its reader sets another: what a recorder's traces need many times.
constexpr std::uint64_t kLeastBudget = std::uint64_t{64} << 20;
constexpr std::uint64_t kBudgetPerByte = 64;
// What a reader is taken to keep in memory: for each serialized byte of dictionaries (a frame of one byte becomes one
// of eight), headers and footers, for each entry of a dictionary, and for each row and histogram cell of an interval.
constexpr std::uint64_t kBytesPerNamedByte = 8;
constexpr std::uint64_t kBytesPerEntry = 160;
constexpr std::uint64_t kBytesPerRow = 24;
constexpr std::uint64_t kBytesPerCell = 16;
constexpr std::uint64_t kBytesPerLevel2Row = 160;
constexpr std::uint64_t kBytesPerLevel2Cell = 48;
// Not every reader keeps single events: they have a budget of as many as the other one would hold.
constexpr std::uint64_t kBytesPerEvent = 32;
// Looked through at a time behind damage.
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

namespace {

// Of what a block becomes, where its bytes don't say it: rows and entries may take hardly any.
std::uint64_t cost_of(const Message& message) {
  if (const auto* interval = std::get_if<v1::Interval>(&message)) {
    const std::uint64_t rows = std::uint64_t{interval->calls().rows()} + interval->holds().rows() +
                               interval->holders().rows() + interval->cpu_samples().rows();
    return kBytesPerRow * interval->summary().rows() + kBytesPerCell * interval->summary().cells() +
           kBytesPerLevel2Row * rows + kBytesPerLevel2Cell * interval->holds().cells();
  }
  const auto* const dictionary = std::get_if<v1::Dictionary>(&message);
  if (dictionary == nullptr) return 0;
  int entries = dictionary->functions_size() + dictionary->stacks_size() + dictionary->threads_size();
  for (const v1::Lock& lock : dictionary->locks()) entries += 1 + lock.aliases_size();
  return kBytesPerEntry * static_cast<std::uint64_t>(entries);
}

}  // namespace

struct TraceReader::State {
  std::string name;
  Source source;
  std::uint64_t position = 0;
  std::uint16_t minor = 0;
  std::vector<Damage> damage;
  std::uint64_t unknown = 0;
  // What may still be hashed in vain, so that fake block headers can't make a pass quadratic. Damage
  // alone never uses it up: whole blocks do not overlap.
  std::uint64_t vain_bytes_left = 0;
  std::uint64_t budget = 0;
  std::uint64_t memory_left = 0, events_left = 0;  // of the budget, in a pass
  std::unique_ptr<ZSTD_DCtx, FreeDecompression> context{ZSTD_createDCtx()};
  std::vector<std::byte> small, chunk, whole;  // buffers: of headers, of what is searched, of a block
  Bytes stored;                                // of the last block that is_whole() said is whole
  std::string raw;                             // reused from block to block
  SpareMessages spare;
  bool only_rows = false;

  Result<void> check_file_header();
  [[nodiscard]] std::optional<BlockHeader> header_of(Bytes at, std::uint64_t offset) const;
  std::optional<BlockHeader> header_at(std::uint64_t offset);
  bool is_whole(std::uint64_t offset, const std::optional<BlockHeader>& header);
  void start_pass(std::uint64_t offset);
  bool unpack(const BlockHeader& header);
  std::optional<Message> message_of(const BlockHeader& header);
  bool is_trailer(std::uint64_t offset);
  void skip_damage();
  // False where that is more than is left: the block is left out, which is damage.
  bool afford(std::uint64_t offset, const BlockHeader& header);
  bool afford_content(std::uint64_t offset, const Message& message);
  bool refuse(std::uint64_t offset);
};

Result<void> TraceReader::State::check_file_header() {
  if (source.size() == 0) return fail(unreadable("the file is empty", name, "traces are made by `socklock record`"));
  const Bytes bytes = source.at(0, kFileHeaderBytes, small);
  if (bytes.size() < kFileHeaderBytes || std::memcmp(bytes.data(), kFileMagic.data(), kFileMagic.size()) != 0)
    return fail(unreadable("not a socklock trace", name, guess_foreign(bytes)));
  const auto major = load_le<std::uint16_t>(bytes.data() + 8);
  minor = load_le<std::uint16_t>(bytes.data() + 10);
  if (major != kMajorVersion)
    return fail(unreadable("format version " + std::to_string(major) + "." + std::to_string(minor) +
                               " of the trace is not known here, which reads up to " + std::to_string(kMajorVersion) +
                               ".x",
                           name, "use a socklock as new as the one that recorded it"));
  budget = kLeastBudget + kBudgetPerByte * source.size();
  start_pass(kFileHeaderBytes);
  return {};
}

std::optional<BlockHeader> TraceReader::State::header_of(Bytes at, std::uint64_t offset) const {
  if (at.size() < kBlockHeaderBytes || load_le<std::uint32_t>(at.data()) != kBlockMagic) return std::nullopt;
  const BlockHeader header{load_le<std::uint16_t>(at.data() + 4), load_le<std::uint32_t>(at.data() + 8),
                           load_le<std::uint32_t>(at.data() + 12), load_le<std::uint64_t>(at.data() + 16)};
  if (header.stored_bytes > kMaxStoredBytes || header.raw_bytes > kMaxRawBytes) return std::nullopt;
  if (header.stored_bytes > source.size() - offset - kBlockHeaderBytes) return std::nullopt;
  return header;
}

std::optional<BlockHeader> TraceReader::State::header_at(std::uint64_t offset) {
  return header_of(source.at(offset, kBlockHeaderBytes, small), offset);
}

bool TraceReader::State::is_whole(std::uint64_t offset, const std::optional<BlockHeader>& header) {
  if (!header || header->stored_bytes > vain_bytes_left) return false;
  const Bytes block = source.at(offset, kBlockHeaderBytes + header->stored_bytes, whole);
  if (block.size() == kBlockHeaderBytes + header->stored_bytes) {
    stored = block.subspan(kBlockHeaderBytes);
    if (block_checksum(block.data(), stored.data(), stored.size()) == header->checksum) return true;
  }
  vain_bytes_left -= header->stored_bytes;
  return false;
}

void TraceReader::State::start_pass(std::uint64_t offset) {
  position = offset;
  vain_bytes_left = 2 * source.size();
  memory_left = budget;
  events_left = budget / kBytesPerEvent;
}

// Into `raw`; false when the stored bytes are not exactly one frame of the announced size.
bool TraceReader::State::unpack(const BlockHeader& header) {
  if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != header.raw_bytes) return false;
  raw.resize(header.raw_bytes);
  return ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(), stored.size()) == header.raw_bytes;
}

std::optional<Message> TraceReader::State::message_of(const BlockHeader& header) {
  if (!unpack(header)) return std::nullopt;
  const bool is_counted = only_rows && header.kind == static_cast<std::uint16_t>(BlockKind::kEvents);
  return is_counted ? parse_rows(raw) : parse_kind(header.kind, raw, spare);
}

bool TraceReader::State::refuse(std::uint64_t offset) {
  damage.push_back({offset, position - offset, "more than a trace of this size may unpack to"});
  return false;
}

bool TraceReader::State::afford(std::uint64_t offset, const BlockHeader& header) {
  std::uint64_t cost = header.raw_bytes;
  // What is named is shown, by each part in its own words: an interval's bytes are sums.
  if (header.kind != static_cast<std::uint16_t>(BlockKind::kInterval)) cost *= kBytesPerNamedByte;
  // Its memory is used again for the next one.
  if (header.kind == static_cast<std::uint16_t>(BlockKind::kEvents)) cost = 0;
  if (cost > memory_left) return refuse(offset);
  memory_left -= cost;
  return true;
}

bool TraceReader::State::afford_content(std::uint64_t offset, const Message& message) {
  const std::uint64_t cost = cost_of(message);
  if (cost > memory_left) return refuse(offset);
  memory_left -= cost;
  if (const auto* events = std::get_if<v1::Events>(&message); events != nullptr && !only_rows) {
    if (events->rows() > events_left) return refuse(offset);
    events_left -= events->rows();
  }
  return true;
}

bool TraceReader::State::is_trailer(std::uint64_t offset) {
  if (source.size() - offset != kTrailerBytes) return false;
  const Bytes bytes = source.at(offset, kTrailerBytes, small);
  return bytes.size() == kTrailerBytes &&
         std::memcmp(bytes.data() + 8, kTrailerMagic.data(), kTrailerMagic.size()) == 0;
}

// Goes on to the next block whose checksum holds, or to the end.
void TraceReader::State::skip_damage() {
  const std::uint64_t begin = position;
  const bool is_block = header_at(begin).has_value();
  for (std::uint64_t from = begin + 1; from + kBlockHeaderBytes <= source.size();) {
    const Bytes bytes = source.at(from, kChunkBytes, chunk);
    if (bytes.size() < kBlockHeaderBytes) break;                      // it became shorter
    const std::size_t starts = bytes.size() - kBlockHeaderBytes + 1;  // where a header is whole in these bytes
    for (std::size_t at = 0; at < starts; ++at) {
      const void* found = std::memchr(bytes.data() + at, static_cast<int>(kBlockMagic & 0xff), starts - at);
      if (!found) break;
      at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
      if (!is_whole(from + at, header_of(bytes.subspan(at), from + at))) continue;
      position = from + at;
      damage.push_back({begin, position - begin, is_block ? "checksum mismatch" : "no block header"});
      return;
    }
    from += starts;
  }
  position = source.size();
  damage.push_back({begin, source.size() - begin, "torn or damaged up to the end"});
}

TraceReader::TraceReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(const std::string& path) {
  // O_NONBLOCK: a pipe is refused below, not waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(unreadable(std::string("cannot read: ") + std::strerror(errno), path));
  auto state = std::make_unique<State>();
  state->name = path;
  struct stat status {};
  const bool is_regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  state->source = Source(fd, static_cast<std::uint64_t>(status.st_size));  // which closes it
  if (!is_regular) return fail(unreadable("not a regular file", path, "store a stream in a file first"));
#ifdef POSIX_FADV_SEQUENTIAL
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  SOCKLOCK_TRY(state->check_file_header());
  return TraceReader(std::move(state));
}

Result<TraceReader> TraceReader::over(std::span<const std::byte> bytes, const std::string& name) {
  auto state = std::make_unique<State>();
  state->name = name;
  state->source = Source(bytes);
  SOCKLOCK_TRY(state->check_file_header());
  return TraceReader(std::move(state));
}

std::optional<Block> TraceReader::next() {
  State& s = *state_;
  while (s.position < s.source.size() && !s.is_trailer(s.position)) {
    const std::uint64_t offset = s.position;
    const auto header = s.header_at(offset);
    if (!s.is_whole(offset, header)) {
      s.skip_damage();
      continue;
    }
    s.position = offset + kBlockHeaderBytes + header->stored_bytes;
    if (!is_known(header->kind)) {
      ++s.unknown;
      continue;
    }
    if (!s.afford(offset, *header)) continue;
    auto message = s.message_of(*header);
    if (!message) {
      s.damage.push_back({offset, s.position - offset, "malformed block"});
      continue;
    }
    if (!s.afford_content(offset, *message)) continue;
    return Block{offset, *std::move(message)};
  }
  return std::nullopt;
}

void TraceReader::reuse(Block&& block) {
  std::visit(
      [this](auto&& message) {
        std::get<std::remove_reference_t<decltype(message)>>(state_->spare) = std::forward<decltype(message)>(message);
      },
      std::move(block.message));
}

void TraceReader::only_count_events() { state_->only_rows = true; }

void TraceReader::set_budget(std::uint64_t bytes) {
  state_->budget = bytes;
  state_->start_pass(state_->position);
}

std::uint64_t TraceReader::budget_bytes() const { return state_->budget; }

void TraceReader::seek(std::uint64_t offset_bytes) {
  state_->start_pass(std::clamp<std::uint64_t>(offset_bytes, kFileHeaderBytes, state_->source.size()));
}

std::optional<v1::Footer> TraceReader::footer() {
  State& s = *state_;
  if (s.source.size() < kFileHeaderBytes + kTrailerBytes || !s.is_trailer(s.source.size() - kTrailerBytes))
    return std::nullopt;
  const Bytes trailer = s.source.at(s.source.size() - kTrailerBytes, kTrailerBytes, s.small);
  if (trailer.size() < kTrailerBytes) return std::nullopt;
  const auto offset = load_le<std::uint64_t>(trailer.data());
  const auto header = s.header_at(offset);
  if (!header || header->kind != static_cast<std::uint16_t>(BlockKind::kFooter) || !s.is_whole(offset, header) ||
      !s.unpack(*header))
    return std::nullopt;
  auto message = parse_kind(header->kind, s.raw, s.spare);
  if (!message) return std::nullopt;
  return std::get<v1::Footer>(*std::move(message));
}

const std::vector<Damage>& TraceReader::damage() const { return state_->damage; }
std::uint64_t TraceReader::unknown_blocks() const { return state_->unknown; }
std::uint64_t TraceReader::size_bytes() const { return state_->source.size(); }
std::uint64_t TraceReader::position_bytes() const { return state_->position; }
const std::string& TraceReader::name() const { return state_->name; }
std::uint16_t TraceReader::minor_version() const { return state_->minor; }

}  // namespace socklock::trace
