// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/trace_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "proto/entry_count.h"

namespace socklock::trace {
namespace {

struct FreeDecompression {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// A file in memory, unmapped with its owner.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* memory, std::size_t size) : bytes_(static_cast<std::byte*>(memory), size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

struct BlockHeader {
  std::uint16_t kind;
  std::uint32_t stored_bytes;
  std::uint32_t raw_bytes;
  std::uint64_t checksum;
};

// What a foreign file probably is, for the hint.
std::string guess_foreign(std::span<const std::byte> bytes) {
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

struct TraceReader::State {
  std::string name;
  Mapping mapping;
  std::span<const std::byte> bytes;
  std::uint64_t position = 0;
  std::uint16_t minor = 0;
  std::vector<Damage> damage;
  std::uint64_t unknown = 0;
  // What may still be hashed in vain, so that fake block headers can't make a pass quadratic. Damage
  // alone never uses it up: whole blocks do not overlap.
  std::uint64_t vain_bytes_left = 0;
  std::unique_ptr<ZSTD_DCtx, FreeDecompression> context{ZSTD_createDCtx()};
  std::string raw;  // reused from block to block
  SpareMessages spare;
  bool only_rows = false;

  Result<void> check_file_header();
  [[nodiscard]] std::optional<BlockHeader> header_at(std::uint64_t offset) const;
  [[nodiscard]] bool checksum_holds(std::uint64_t offset, const BlockHeader& header) const;
  bool is_whole(std::uint64_t offset, const std::optional<BlockHeader>& header);
  void start_pass(std::uint64_t offset);
  bool unpack(std::uint64_t offset, const BlockHeader& header);
  [[nodiscard]] bool is_trailer(std::uint64_t offset) const;
  void skip_damage();
};

Result<void> TraceReader::State::check_file_header() {
  if (bytes.empty()) return fail(unreadable("the file is empty", name, "traces are made by `socklock record`"));
  if (bytes.size() < kFileHeaderBytes || std::memcmp(bytes.data(), kFileMagic.data(), kFileMagic.size()) != 0)
    return fail(unreadable("not a socklock trace", name, guess_foreign(bytes)));
  const auto major = load_le<std::uint16_t>(bytes.data() + 8);
  minor = load_le<std::uint16_t>(bytes.data() + 10);
  if (major != kMajorVersion)
    return fail(unreadable("format version " + std::to_string(major) + "." + std::to_string(minor) +
                               " of the trace is not known here, which reads up to " + std::to_string(kMajorVersion) +
                               ".x",
                           name, "use a socklock as new as the one that recorded it"));
  start_pass(kFileHeaderBytes);
  return {};
}

std::optional<BlockHeader> TraceReader::State::header_at(std::uint64_t offset) const {
  if (offset > bytes.size() || bytes.size() - offset < kBlockHeaderBytes) return std::nullopt;
  const std::byte* at = bytes.data() + offset;
  if (load_le<std::uint32_t>(at) != kBlockMagic) return std::nullopt;
  const BlockHeader header{load_le<std::uint16_t>(at + 4), load_le<std::uint32_t>(at + 8),
                           load_le<std::uint32_t>(at + 12), load_le<std::uint64_t>(at + 16)};
  if (header.stored_bytes > kMaxStoredBytes || header.raw_bytes > kMaxRawBytes) return std::nullopt;
  if (header.stored_bytes > bytes.size() - offset - kBlockHeaderBytes) return std::nullopt;
  return header;
}

bool TraceReader::State::checksum_holds(std::uint64_t offset, const BlockHeader& header) const {
  const std::byte* at = bytes.data() + offset;
  return block_checksum(at, at + kBlockHeaderBytes, header.stored_bytes) == header.checksum;
}

bool TraceReader::State::is_whole(std::uint64_t offset, const std::optional<BlockHeader>& header) {
  if (!header || header->stored_bytes > vain_bytes_left) return false;
  if (checksum_holds(offset, *header)) return true;
  vain_bytes_left -= header->stored_bytes;
  return false;
}

void TraceReader::State::start_pass(std::uint64_t offset) {
  position = offset;
  vain_bytes_left = 2 * bytes.size();
}

// Into `raw`; false when the stored bytes are not exactly one frame of the announced size.
bool TraceReader::State::unpack(std::uint64_t offset, const BlockHeader& header) {
  const std::byte* stored = bytes.data() + offset + kBlockHeaderBytes;
  if (ZSTD_getFrameContentSize(stored, header.stored_bytes) != header.raw_bytes) return false;
  raw.resize(header.raw_bytes);
  return ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored, header.stored_bytes) == header.raw_bytes;
}

bool TraceReader::State::is_trailer(std::uint64_t offset) const {
  return bytes.size() - offset == kTrailerBytes &&
         std::memcmp(bytes.data() + offset + 8, kTrailerMagic.data(), kTrailerMagic.size()) == 0;
}

// Goes on to the next block whose checksum holds, or to the end.
void TraceReader::State::skip_damage() {
  const std::uint64_t begin = position;
  const bool is_block = header_at(begin).has_value();
  std::uint64_t offset = begin + 1;
  for (; offset + kBlockHeaderBytes <= bytes.size(); ++offset) {
    const void* found = std::memchr(bytes.data() + offset, static_cast<int>(kBlockMagic & 0xff), bytes.size() - offset);
    if (!found) break;
    offset = static_cast<std::uint64_t>(static_cast<const std::byte*>(found) - bytes.data());
    if (!is_whole(offset, header_at(offset))) continue;
    position = offset;
    damage.push_back({begin, offset - begin, is_block ? "checksum mismatch" : "no block header"});
    return;
  }
  position = bytes.size();
  damage.push_back({begin, bytes.size() - begin, "torn or damaged up to the end"});
}

TraceReader::TraceReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

Result<TraceReader> TraceReader::open(const std::string& path) {
  // O_NONBLOCK: a pipe is refused below, not waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail(unreadable(std::string("cannot read: ") + std::strerror(errno), path));
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return fail(unreadable("not a regular file", path, "store a stream in a file first"));
  }
  auto state = std::make_unique<State>();
  state->name = path;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > 0) {
    void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
      const int error = errno;
      close(fd);
      return fail(unreadable(std::string("cannot read: ") + std::strerror(error), path));
    }
    madvise(memory, size, MADV_SEQUENTIAL);
    state->mapping = Mapping(memory, size);
  }
  close(fd);
  state->bytes = state->mapping.bytes();
  SOCKLOCK_TRY(state->check_file_header());
  return TraceReader(std::move(state));
}

Result<TraceReader> TraceReader::over(std::span<const std::byte> bytes, const std::string& name) {
  auto state = std::make_unique<State>();
  state->name = name;
  state->bytes = bytes;
  SOCKLOCK_TRY(state->check_file_header());
  return TraceReader(std::move(state));
}

std::optional<Block> TraceReader::next() {
  State& s = *state_;
  while (s.position < s.bytes.size() && !s.is_trailer(s.position)) {
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
    const bool only_rows = s.only_rows && header->kind == static_cast<std::uint16_t>(BlockKind::kEvents);
    if (s.unpack(offset, *header))
      if (auto message = only_rows ? parse_rows(s.raw) : parse_kind(header->kind, s.raw, s.spare))
        return Block{offset, *std::move(message)};
    s.damage.push_back({offset, s.position - offset, "malformed block"});
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

void TraceReader::seek(std::uint64_t offset_bytes) {
  state_->start_pass(std::clamp<std::uint64_t>(offset_bytes, kFileHeaderBytes, state_->bytes.size()));
}

std::optional<v1::Footer> TraceReader::footer() {
  State& s = *state_;
  if (s.bytes.size() < kFileHeaderBytes + kTrailerBytes || !s.is_trailer(s.bytes.size() - kTrailerBytes))
    return std::nullopt;
  const auto offset = load_le<std::uint64_t>(s.bytes.data() + s.bytes.size() - kTrailerBytes);
  const auto header = s.header_at(offset);
  if (!header || header->kind != static_cast<std::uint16_t>(BlockKind::kFooter) || !s.checksum_holds(offset, *header) ||
      !s.unpack(offset, *header))
    return std::nullopt;
  auto message = parse_kind(header->kind, s.raw, s.spare);
  if (!message) return std::nullopt;
  return std::get<v1::Footer>(*std::move(message));
}

const std::vector<Damage>& TraceReader::damage() const { return state_->damage; }
std::uint64_t TraceReader::unknown_blocks() const { return state_->unknown; }
std::uint64_t TraceReader::size_bytes() const { return state_->bytes.size(); }
std::uint64_t TraceReader::position_bytes() const { return state_->position; }
const std::string& TraceReader::name() const { return state_->name; }
std::uint16_t TraceReader::minor_version() const { return state_->minor; }

}  // namespace socklock::trace
