// gRPC: framed messages, the answer of a health check, timeouts: bounds hold, and the pieces make no difference.
#include <algorithm>

#include "tests/fuzz/wire_fuzz.h"
#include "wire/grpc/framing.h"
#include "wire/grpc/health.h"
#include "wire/grpc/status.h"
#include "wire/grpc/timeout.h"

namespace {

using namespace headgate;
using fuzz::require;
using wire::grpc::MessageReader;

constexpr std::size_t kMessageBytesMax = 1000;

struct Read {
  std::vector<std::string> messages;
  MessageReader::State state = MessageReader::State::kNeedsMore;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view input, const std::vector<std::size_t>& arrivals) {
  MessageReader reader(kMessageBytesMax);
  Read out;
  std::size_t before = 0;
  for (const std::size_t size : arrivals) {
    reader.feed(input.substr(before, size - before));
    before = size;
    while ((out.state = reader.next()) == MessageReader::State::kMessage) {
      require(reader.message().size() <= kMessageBytesMax, "a message is within the bound");
      out.messages.emplace_back(reader.message());
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Read whole = read(input, {input.size()});
  require(whole == read(input, fuzz::arrivals_of(input)), "the pieces make no difference");
  for (const std::string& message : whole.messages) {
    if (const auto status = wire::grpc::parse_health_response(message)) {
      require(!wire::grpc::to_string(*status).empty(), "a status has a name");
    }
  }
  static_cast<void>(wire::grpc::parse_health_response(input));
  static_cast<void>(wire::grpc::parse_status(input));
  if (const auto timeout = wire::grpc::parse_timeout(input)) {
    require(*timeout <= wire::grpc::kTimeoutMax, "a timeout is within the bound");
    const auto again = wire::grpc::parse_timeout(wire::grpc::timeout_text(*timeout));
    require(again && *again <= *timeout, "what is written is no longer than what was meant");
  }
  const std::string encoded = wire::grpc::encoded_message(input);
  require(std::all_of(encoded.begin(), encoded.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }),
          "a message is printable");
  return 0;
}
