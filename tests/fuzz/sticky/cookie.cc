// Cookie fields with cookies of headgate's own: those are taken out and the others stay, in their order; only one that
// was sealed holds; whether it holds does not depend on where it stands.
#include "base/ascii.h"
#include "proxy/sticky/cookies.h"
#include "tests/fuzz/wire_fuzz.h"

namespace {

using namespace headgate;
using fuzz::require;
namespace sticky = proxy::sticky;

constexpr std::uint32_t kNow = 1'800'000'000;
constexpr std::string_view kName = "hg";

std::vector<std::string_view> pairs_of(std::string_view field) {
  std::vector<std::string_view> out;
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = base::trimmed(field.substr(0, end));
    if (!pair.empty()) out.push_back(pair);
    field = end == field.npos ? std::string_view() : field.substr(end + 1);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static sticky::Cookies cookies(config::StickyCookie{.name = std::string(kName), .max_age = std::chrono::hours(1)},
                                 "app",
                                 std::make_shared<sticky::Keyring>(config::StickyKeys{config::StickyKey{1, 2, 3}}));
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  const std::string_view input(copy.data(), copy.size());
  wire::http::Fields fields;
  fields.add(wire::http::FieldId::kCookie, input);
  base::Arena arena;
  const sticky::Shown looked = cookies.look(fields, kNow);
  const sticky::Shown taken = cookies.take(fields, arena, kNow);
  require(looked.kind == taken.kind && looked.session == taken.session, "to look is to take without taking");
  std::vector<std::string_view> others;
  bool has_ours = false;
  for (const std::string_view pair : pairs_of(input)) {
    const bool is_ours = pair.starts_with(std::string(kName) + "=");
    has_ours = has_ours || is_ours;
    if (!is_ours) others.push_back(pair);
  }
  require(has_ours == (taken.kind != sticky::Shown::Kind::kNone), "what has its name is seen");
  require(pairs_of(fields.value_of(wire::http::FieldId::kCookie)) == others, "others stay, in their order");
  require(fields.has(wire::http::FieldId::kCookie) || others.empty(), "a field goes when nothing is left in it");
  // The corpus holds one that was sealed for this backend; nobody finds another.
  const bool holds = taken.kind == sticky::Shown::Kind::kGood || taken.kind == sticky::Shown::Kind::kOld;
  require(!holds || taken.session.backend == 42, "nothing holds that was not sealed");
  return 0;
}
