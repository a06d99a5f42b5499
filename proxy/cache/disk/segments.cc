#include "proxy/cache/disk/segments.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "proxy/cache/disk/file_io.h"

namespace headgate::proxy::cache::disk {
namespace {

constexpr std::string_view kPrefix = "segment-";
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kSegmentsMax = 65535;

/// The number in a name that path_of() made; nothing for other files.
std::optional<std::uint32_t> number_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + 5) return std::nullopt;
  std::uint32_t number = 0;
  for (const char digit : name.substr(kPrefix.size())) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return number;
}

std::vector<std::filesystem::path> segment_files(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  std::error_code failed;
  for (const auto& each : std::filesystem::directory_iterator(folder, failed)) {
    if (number_of(each.path().filename().string())) out.push_back(each.path());
  }
  return out;
}

}  // namespace

Geometry Geometry::of(std::uint64_t size, std::uint64_t max_object) {
  const std::uint64_t wanted =
      std::max(size / kSegmentsAimedAt, kHeaderBytes + object_bytes(kRecordBytesMax, max_object));
  Geometry out;
  out.segment_bytes = std::clamp(wanted, kSegmentBytesMin, kSegmentBytesMax);
  out.segment_bytes = std::min(out.segment_bytes, size / kSegmentsMin) / kPageBytes * kPageBytes;
  out.segments = static_cast<std::uint32_t>(std::min(size / out.segment_bytes, kSegmentsMax));
  return out;
}

std::uint64_t Geometry::body_bytes_max() const {
  const std::uint64_t room = segment_bytes - std::min(segment_bytes, kHeaderBytes + object_bytes(kRecordBytesMax, 0) +
                                                                         kAlignment + sizeof(std::uint64_t));
  return room - room / (kPieceBytes / sizeof(std::uint64_t));
}

Segments::Pin::~Pin() {
  if (segment_ != nullptr) of_->unpin(*segment_);
}

base::Result<std::shared_ptr<Segments>> Segments::open(const std::string& folder, Geometry geometry) {
  std::shared_ptr<Segments> out(new Segments(folder, geometry));
  for (std::uint32_t i = 0; i < geometry.segments; ++i) {
    out->segments_.push_back(std::make_unique<Segment>());
    out->segments_.back()->header = {i, 0, geometry.segment_bytes};
  }
  for (const std::filesystem::path& path : segment_files(folder)) {
    const std::uint32_t number = *number_of(path.filename().string());
    base::OwnedFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return base::system_error(errno, "open " + path.string());
    char first[kHeaderBytes];
    const base::Result<std::size_t> got = read_at(file.get(), first, sizeof first, 0);
    if (!got) return got.error();
    const std::optional<SegmentHeader> header = read_segment_header({first, *got});
    struct stat about{};
    const bool is_ours = header && header->number == number && number < geometry.segments &&
                         header->segment_bytes == geometry.segment_bytes && fstat(file.get(), &about) == 0;
    if (!is_ours) {
      if (::unlink(path.c_str()) != 0) return base::system_error(errno, "remove " + path.string());
      continue;
    }
    Segment& segment = *out->segments_[number];
    segment.header = *header;
    segment.file = std::move(file);
    segment.end = std::min(static_cast<std::uint64_t>(about.st_size), geometry.segment_bytes);
    segment.is_walked = false;
    segment.state = Segment::State::kSealed;
    out->newest_ = std::max(out->newest_, header->generation);
  }
  return out;
}

std::string Segments::path_of(std::uint32_t number) const {
  return fmt::format("{}/{}{:05}", folder_, kPrefix, number);
}

Segments::Pin Segments::pin(std::uint32_t number) {
  if (number >= segments_.size()) return {};
  Segment& segment = *segments_[number];
  const std::lock_guard lock(mutex_);
  if (segment.state == Segment::State::kUnused || segment.state == Segment::State::kGoing) return {};
  ++segment.pins;
  return {shared_from_this(), &segment};
}

void Segments::unpin(Segment& segment) {
  const std::lock_guard lock(mutex_);
  --segment.pins;
}

std::vector<std::uint32_t> Segments::by_age() {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint32_t> out;
  for (const std::unique_ptr<Segment>& each : segments_) {
    if (each->header.generation != 0) out.push_back(each->header.number);
  }
  std::ranges::sort(out, {}, [&](std::uint32_t number) { return segments_[number]->header.generation; });
  return out;
}

Segment* Segments::take(std::uint64_t room) {
  const std::lock_guard lock(mutex_);
  Segment* unused = nullptr;
  Segment* oldest = nullptr;
  for (const std::unique_ptr<Segment>& each : segments_) {
    if (each->state == Segment::State::kUnused && unused == nullptr) unused = each.get();
    if (each->state != Segment::State::kSealed) continue;
    // What is not walked yet has no end that is known.
    if (each->is_walked && geometry_.segment_bytes - each->end >= room) {
      each->state = Segment::State::kTaken;
      return each.get();
    }
    if (each->pins != 0) continue;
    if (oldest == nullptr || each->header.generation < oldest->header.generation) oldest = each.get();
  }
  Segment* taken = unused != nullptr ? unused : oldest;
  if (taken != nullptr) taken->state = Segment::State::kGoing;
  return taken;
}

base::Result<void> Segments::begin_anew(Segment& segment) {
  const std::string path = path_of(segment.header.number);
  if (!segment.file) {
    segment.file = base::OwnedFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!segment.file) return base::system_error(errno, "make " + path);
  }
  if (ftruncate(segment.file.get(), 0) != 0) return base::system_error(errno, "empty " + path);
  // A disk that is full says so here, and not in the middle of an object.
  const auto bytes = static_cast<off_t>(geometry_.segment_bytes);
  if (fallocate(segment.file.get(), FALLOC_FL_KEEP_SIZE, 0, bytes) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    return base::system_error(errno, fmt::format("reserve {} bytes for {}", geometry_.segment_bytes, path));
  }
  SegmentHeader header = segment.header;
  {
    const std::lock_guard lock(mutex_);
    header.generation = ++newest_;
  }
  char bytes_of_it[kHeaderBytes];
  write_header(header, bytes_of_it);
  const base::Result<void> written = write_at(segment.file.get(), {bytes_of_it, sizeof bytes_of_it}, 0);
  if (!written) return written.error();
  const std::lock_guard lock(mutex_);
  segment.header = header;
  segment.end = kHeaderBytes;
  segment.objects.clear();
  segment.is_walked = true;
  segment.state = Segment::State::kTaken;
  return {};
}

void Segments::seal(Segment& segment) {
  const std::lock_guard lock(mutex_);
  segment.state = Segment::State::kSealed;
}

void Segments::become_walked(Segment& segment) {
  const std::lock_guard lock(mutex_);
  segment.is_walked = true;
}

std::uint64_t Segments::used_bytes() const {
  std::uint64_t sum = 0;
  for (const std::unique_ptr<Segment>& each : segments_) sum += each->end.load(std::memory_order_relaxed);
  return sum;
}

void Segments::remove_all(const std::string& folder) {
  for (const std::filesystem::path& path : segment_files(folder)) ::unlink(path.c_str());
}

}  // namespace headgate::proxy::cache::disk
