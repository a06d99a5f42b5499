#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/random.h"
#include "tests/unit/proxy/cache/disk/tiers.h"

// A process that is killed, with SIGKILL, in the middle of its writes, a thousand times over: the next one reads all
// that it finds, and every body that it gets is the one that its key stands for.
namespace headgate::proxy::cache::disk {
namespace {

constexpr int kRounds = 1000;
constexpr std::uint64_t kSize = 4 * kMiB;
constexpr std::uint32_t kKeys = 160;
constexpr int kWrong = 3;

/// The head says which version of how many bytes a body is.
std::string body_of(std::uint32_t number, std::uint64_t version, std::size_t bytes) {
  return memory::body_of(key_of(number) + "/" + std::to_string(version), bytes);
}

bool put(Rig& rig, std::uint32_t number, std::uint64_t version, std::size_t bytes) {
  memory::Made made(key_of(number), rig.book().sequence());
  const std::string is = std::to_string(version) + " " + std::to_string(bytes);
  made.fields().add("X-Is", is);
  memory::Writer writer = rig.memory().begin(made.parts(), made.hash(), bytes, 0, memory::Visibility::kWhenFinished);
  if (!writer) return false;
  writer.append(body_of(number, version, bytes));
  memory::Reference entry = writer.reference(0);
  if (!writer.finish()) return false;
  rig.tier().keep(std::move(entry));
  return true;
}

/// Reads everything there is; false where a body is not what its head says.
bool is_all_sound(Rig& rig, int& found) {
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    if (!rig.has(key_of(i))) continue;
    if (rig.load(key_of(i)).kind != Loaded::Kind::kInMemory) continue;
    const memory::Reference entry = memory::find(rig.memory(), key_of(i));
    if (!entry) continue;
    unsigned long long version = 0;
    unsigned long long bytes = 0;
    const std::string is(entry.record().field(1).value);
    if (std::sscanf(is.c_str(), "%llu %llu", &version, &bytes) != 2) return false;
    if (memory::text_of(entry.body()) != body_of(i, version, bytes)) return false;
    ++found;
  }
  return true;
}

/// One life: reads, says what it found, and writes until it is killed.
[[noreturn]] void live(const std::string& path, std::uint64_t seed, int report) {
  auto* rig = new Rig(path, kSize, 2 * kMiB, 300'000, 300'000);
  int found = 0;
  if (!rig->comes_on() || !is_all_sound(*rig, found)) _exit(kWrong);
  if (write(report, &found, sizeof found) != sizeof found) _exit(1);
  base::Random random(seed);
  for (std::uint64_t version = seed << 20;; ++version) {
    const std::uint32_t number = random.below(kKeys);
    const std::size_t bytes = random.below(20) == 0 ? random.below(300'000) : random.below(6'000);
    put(*rig, number, version, bytes);
    if (random.below(50) == 0) rig->tier().drop(memory::hash_of(key_of(random.below(kKeys))));
    if (random.below(100) == 0) {
      rig->tier().purge(purge::Purge::of_url(purge::subject_hash(key_of(random.below(kKeys))), false));
    }
  }
}

/// A folder in memory where there is one: what was written is the system's the moment that write() returns, and a
/// process that is killed takes nothing of it along, wherever it lies.
class Place {
 public:
  Place() {
    const bool has_shm = access("/dev/shm", W_OK) == 0;
    std::string pattern = (has_shm ? std::string("/dev/shm") : std::string("/tmp")) + "/headgate-kill.XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Place() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Life {
  pid_t process = 0;
  int report = -1;
};

Life begin_life(const std::string& path, std::uint64_t seed) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) live(path, seed, ends[1]);
  close(ends[1]);
  return {child, ends[0]};
}

/// How many objects it found, all of them sound, before it was killed; -1 where it found one that was not. One that is
/// killed early may not have come to look at all: 0.
int end_life(const Life& life, std::uint32_t after_us, bool is_early) {
  int found = 0;
  if (is_early) usleep(after_us);
  const bool has_told = !is_early && read(life.report, &found, sizeof found) == sizeof found;
  if (has_told) usleep(after_us);
  kill(life.process, SIGKILL);
  close(life.report);
  int status = 0;
  if (waitpid(life.process, &status, 0) != life.process) return -1;
  return (has_told || is_early) && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? found : -1;
}

TEST(DiskKilled, a_thousand_times_in_the_middle_of_its_writes_and_every_read_is_sound) {
  const Place places[2];  // two at a time, each with a folder of its own
  constexpr std::uint64_t kSeedOfChance = 20261126;
  base::Random random(kSeedOfChance);
  std::uint64_t found_in_all = 0;
  int with_something = 0;
  for (int round = 0; round < kRounds; round += 2) {
    const Life lives[2] = {begin_life(places[0].path(), kSeedOfChance + static_cast<std::uint64_t>(round)),
                           begin_life(places[1].path(), kSeedOfChance + static_cast<std::uint64_t>(round) + 1)};
    for (const Life& life : lives) {
      ASSERT_GT(life.process, 0);
      // One in eight while it opens what the one before left.
      const bool is_early = random.below(8) == 0;
      const int found = end_life(life, random.below(8'000), is_early);
      ASSERT_GE(found, 0) << "round " << round << ", seed " << kSeedOfChance;
      found_in_all += static_cast<std::uint64_t>(found);
      with_something += found != 0;
    }
  }
  EXPECT_GT(with_something, kRounds * 3 / 4);
  EXPECT_GT(found_in_all, std::uint64_t{kRounds} * 10);
  std::printf("%d lives, %llu objects read\n", kRounds, static_cast<unsigned long long>(found_in_all));
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
