#include "wire/dns/numbers.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/ascii.h"

namespace headgate::wire::dns {
namespace {

constexpr std::array<std::pair<Type, std::string_view>, 22> kTypes = {{
    {Type::kA, "A"},           {Type::kNs, "NS"},     {Type::kCname, "CNAME"},
    {Type::kSoa, "SOA"},       {Type::kPtr, "PTR"},   {Type::kHinfo, "HINFO"},
    {Type::kMx, "MX"},         {Type::kTxt, "TXT"},   {Type::kAaaa, "AAAA"},
    {Type::kSrv, "SRV"},       {Type::kOpt, "OPT"},   {Type::kDs, "DS"},
    {Type::kRrsig, "RRSIG"},   {Type::kNsec, "NSEC"}, {Type::kDnskey, "DNSKEY"},
    {Type::kIxfr, "IXFR"},     {Type::kAxfr, "AXFR"}, {Type::kAny, "ANY"},
    {Type::kCaa, "CAA"},       {Type::kCds, "CDS"},   {Type::kCdnskey, "CDNSKEY"},
    {Type::kNxname, "NXNAME"},
}};

constexpr std::string_view kUnnamed = "TYPE";

}  // namespace

std::string type_text(Type type) {
  for (const auto& [known, text] : kTypes) {
    if (known == type) return std::string(text);
  }
  return fmt::format("{}{}", kUnnamed, static_cast<std::uint16_t>(type));
}

std::optional<Type> type_of(std::string_view text) {
  for (const auto& [known, name] : kTypes) {
    if (base::equals_ignoring_case(name, text)) return known;
  }
  if (text.size() <= kUnnamed.size() || !base::equals_ignoring_case(text.substr(0, kUnnamed.size()), kUnnamed)) {
    return std::nullopt;
  }
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data() + kUnnamed.size(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return static_cast<Type>(number);
}

std::string_view to_string(Rcode rcode) {
  switch (rcode) {
    case Rcode::kNoError:
      return "NOERROR";
    case Rcode::kFormErr:
      return "FORMERR";
    case Rcode::kServFail:
      return "SERVFAIL";
    case Rcode::kNxDomain:
      return "NXDOMAIN";
    case Rcode::kNotImp:
      return "NOTIMP";
    case Rcode::kRefused:
      return "REFUSED";
    case Rcode::kBadVers:
      return "BADVERS";
    case Rcode::kBadCookie:
      return "BADCOOKIE";
  }
  return "unknown";
}

}  // namespace headgate::wire::dns
