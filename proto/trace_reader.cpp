// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/trace_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "proto/block_unpacker.h"
#include "proto/byte_order.h"
#include "proto/checksum.h"

namespace socklock::trace {
namespace {

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
                               interval->holders().rows() + interval->owners().rows() + interval->held_locks().rows() +
                               interval->cpu_samples().rows();
    return kBytesPerRow * interval->summary().rows() + kBytesPerCell * interval->summary().cells() +
           kBytesPerLevel2Row * rows + kBytesPerLevel2Cell * interval->holds().cells();
  }
  const auto* const dictionary = std::get_if<v1::Dictionary>(&message);
  if (dictionary == nullptr) return 0;
  int entries = dictionary->functions_size() + dictionary->stacks_size() + dictionary->threads_size() +
                dictionary->host_counters_size() + dictionary->cgroups_size() + dictionary->network_namespaces_size();
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
  // Of the budget, in a pass. can_afford() may be asked while another thread is in take().
  std::atomic<std::uint64_t> memory_left = 0;
  std::uint64_t events_left = 0;
  std::vector<std::byte> small, chunk, whole;  // buffers: of headers, of what is searched, of a block
  Bytes stored;                                // of the last block that is_whole() said is whole
  std::vector<Damage> met;                     // on the way to the next block
  PackedBlock packed;                          // of next()
  BlockUnpacker unpacker;                      // likewise

  Result<void> check_file_header();
  [[nodiscard]] std::optional<BlockHeader> header_of(Bytes at, std::uint64_t offset) const;
  std::optional<BlockHeader> header_at(std::uint64_t offset);
  bool is_whole(std::uint64_t offset, const std::optional<BlockHeader>& header);
  void start_pass(std::uint64_t offset);
  bool is_trailer(std::uint64_t offset);
  void skip_damage();
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

namespace {

// In memory, as long as a run is loaded.
std::uint64_t bytes_kept_of(const PackedBlock& block) {
  switch (block.kind) {
    case BlockKind::kInterval: return block.raw_bytes;
    case BlockKind::kEvents:
      return 0;  // its memory is used again for the next one
    // What is named is shown, by each part in its own words: an interval's bytes are sums.
    default: return kBytesPerNamedByte * block.raw_bytes;
  }
}

std::uint64_t events_in(const std::optional<Message>& message) {
  const auto* const events = message ? std::get_if<v1::Events>(&*message) : nullptr;
  return events == nullptr ? 0 : events->rows();
}

}  // namespace

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
      met.push_back({begin, position - begin, is_block ? "checksum mismatch" : "no block header"});
      return;
    }
    from += starts;
  }
  position = source.size();
  met.push_back({begin, source.size() - begin, "torn or damaged up to the end"});
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

PackedBlock TraceReader::next_packed(PackedBlock spare) {
  State& s = *state_;
  PackedBlock block;
  block.memory = std::move(spare.memory);
  while (s.position < s.source.size() && !s.is_trailer(s.position)) {
    const std::uint64_t offset = s.position;
    const auto header = s.header_at(offset);
    s.whole.swap(block.memory);
    const bool is_whole = s.is_whole(offset, header);
    s.whole.swap(block.memory);
    if (!is_whole) {
      s.skip_damage();
      continue;
    }
    s.position = offset + kBlockHeaderBytes + header->stored_bytes;
    if (!is_known(header->kind)) {
      ++s.unknown;
      continue;
    }
    block.offset_bytes = offset;
    block.kind = static_cast<BlockKind>(header->kind);
    block.raw_bytes = header->raw_bytes;
    block.stored = s.stored;
    block.damage = std::exchange(s.met, {});
    return block;
  }
  block.is_end = true;
  block.damage = std::exchange(s.met, {});
  return block;
}

bool TraceReader::can_afford(const PackedBlock& block) const { return bytes_kept_of(block) <= state_->memory_left; }

bool TraceReader::take(const PackedBlock& block, bool is_parsed, const Message* message, std::uint64_t events) {
  State& s = *state_;
  s.damage.insert(s.damage.end(), block.damage.begin(), block.damage.end());
  if (block.is_end) return false;
  const auto refuse = [&](const char* why) {
    s.damage.push_back({block.offset_bytes, kBlockHeaderBytes + block.stored.size(), why});
    return false;
  };
  constexpr const char* kTooMuch = "more than a trace of this size may unpack to";
  if (!can_afford(block)) return refuse(kTooMuch);
  s.memory_left -= bytes_kept_of(block);
  if (!is_parsed) return refuse("malformed block");
  const std::uint64_t cost = message == nullptr ? 0 : cost_of(*message);
  if (cost > s.memory_left) return refuse(kTooMuch);
  s.memory_left -= cost;
  if (events > s.events_left) return refuse(kTooMuch);
  s.events_left -= events;
  return true;
}

std::optional<Block> TraceReader::next() {
  State& s = *state_;
  for (;;) {
    s.packed = next_packed(std::move(s.packed));
    std::optional<Message> message;
    if (!s.packed.is_end && can_afford(s.packed)) message = s.unpacker.message_of(s.packed);
    const bool is_taken = take(s.packed, message.has_value(), message ? &*message : nullptr, events_in(message));
    if (s.packed.is_end) return std::nullopt;
    if (is_taken) return Block{s.packed.offset_bytes, *std::move(message)};
  }
}

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
  if (!header || header->kind != static_cast<std::uint16_t>(BlockKind::kFooter) || !s.is_whole(offset, header))
    return std::nullopt;
  PackedBlock block;
  block.kind = BlockKind::kFooter;
  block.raw_bytes = header->raw_bytes;
  block.stored = s.stored;
  auto message = s.unpacker.message_of(block);
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
