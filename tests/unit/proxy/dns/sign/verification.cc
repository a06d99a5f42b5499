#include "tests/unit/proxy/dns/sign/verification.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <cctype>
#include <tuple>

namespace headgate::proxy::dns::sign::testing {
namespace {

using wire::dns::Type;

unsigned u8(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes.at(at));
}
unsigned u16(std::string_view bytes, std::size_t at) {
  return u8(bytes, at) << 8 | u8(bytes, at + 1);
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{u16(bytes, at)} << 16 | u16(bytes, at + 2);
}
std::string text_of_u16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

/// A name, its pointers followed.
std::string name_at(std::string_view bytes, std::size_t& at) {
  std::string out;
  std::size_t here = at;
  bool has_jumped = false;
  while (true) {
    const unsigned length = u8(bytes, here);
    if (length >= 0xc0) {
      if (!has_jumped) at = here + 2;
      has_jumped = true;
      here = u16(bytes, here) & 0x3fff;
      continue;
    }
    out += static_cast<char>(length);
    if (length == 0) break;
    for (const char c : bytes.substr(here + 1, length)) out += static_cast<char>(std::tolower(c & 0xff));
    here += 1 + length;
  }
  if (!has_jumped) at = here + 1;
  return out;
}

std::string data_at(std::string_view bytes, std::size_t at, std::size_t length, Type type) {
  const std::size_t end = at + length;
  std::string out;
  std::size_t names = 0;
  if (type == Type::kNs || type == Type::kCname || type == Type::kPtr) names = 1;
  if (type == Type::kSoa) names = 2;
  while (names-- > 0) out += name_at(bytes, at);
  return out.append(bytes.substr(at, end - at));
}

EVP_PKEY* key_of(std::string_view public_key) {
  const std::string point = '\4' + std::string(public_key);
  OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  return key;
}

using SetKey = std::tuple<int, std::string, Type>;

/// RFC 4034 section 3.1.8.1, RFC 4035 section 5.3.
std::string problem_of_set(const std::vector<Record>& set, const Record& signature, const std::string& zone,
                           const std::map<unsigned, std::string>& keys, std::int64_t now) {
  const std::string& data = signature.data;
  const std::string head = data.substr(0, 18 + zone.size());
  if (head.substr(18) != zone) return "another signer";
  if (u8(data, 2) != 13) return "another algorithm";
  unsigned count = 0;
  for (std::size_t at = 0; set[0].owner[at] != '\0'; at += 1 + u8(set[0].owner, at)) ++count;
  if (set[0].owner.starts_with("\1*")) --count;
  if (u8(data, 3) != count) return "another number of labels";
  if (u32(data, 4) != set[0].ttl || signature.ttl != set[0].ttl) return "another TTL";
  if (now > u32(data, 8)) return "expired";
  if (now < u32(data, 12)) return "not yet good";
  const auto key = keys.find(u16(data, 16));
  if (key == keys.end()) return "of an unknown key";
  std::vector<std::string> all;
  for (const Record& record : set) {
    if (record.ttl != set[0].ttl) return "TTLs of a set differ";
    all.push_back(record.data);
  }
  std::sort(all.begin(), all.end(), [](const std::string& a, const std::string& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
    });
  });
  all.erase(std::unique(all.begin(), all.end()), all.end());  // a loop of aliases repeats them
  std::string text = head;
  for (const std::string& each : all) {
    text += set[0].owner + text_of_u16(static_cast<unsigned>(set[0].type)) + text_of_u16(1) + data.substr(4, 4) +
            text_of_u16(static_cast<unsigned>(each.size())) + each;
  }
  return verifies(key->second, text, data.substr(head.size())) ? "" : "bad signature";
}

}  // namespace

std::vector<Record> Message::of(int section, Type type) const {
  std::vector<Record> out;
  std::copy_if(records.begin(), records.end(), std::back_inserter(out),
               [&](const Record& each) { return each.section == section && each.type == type; });
  return out;
}

Message take_apart(std::string_view bytes) {
  Message out;
  out.rcode = u8(bytes, 3) & 15;
  out.is_authoritative = (u8(bytes, 2) & 4) != 0;
  out.is_truncated = (u8(bytes, 2) & 2) != 0;
  std::size_t at = 12;
  name_at(bytes, at);
  at += 4;
  for (int section = 0; section < 3; ++section) {
    for (unsigned i = 0; i < u16(bytes, 6 + 2 * static_cast<std::size_t>(section)); ++i) {
      Record record;
      record.section = section;
      record.owner = name_at(bytes, at);
      record.type = static_cast<Type>(u16(bytes, at));
      record.ttl = u32(bytes, at + 4);
      const std::size_t length = u16(bytes, at + 8);
      if (record.type == Type::kOpt) {
        out.edns_flags = u16(bytes, at + 6);
      } else {
        record.data = data_at(bytes, at + 10, length, record.type);
        out.records.push_back(record);
      }
      at += 10 + length;
    }
  }
  return out;
}

std::string wire_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view label = text.substr(0, text.find('.'));
    out += static_cast<char>(label.size());
    out.append(label);
    text.remove_prefix(std::min(text.size(), label.size() + 1));
  }
  return out + '\0';
}

bool verifies(std::string_view public_key, std::string_view text, std::string_view signature) {
  if (signature.size() != 64) return false;
  ECDSA_SIG* const numbers = ECDSA_SIG_new();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG_set0(numbers, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int der_bytes = i2d_ECDSA_SIG(numbers, &der);
  ECDSA_SIG_free(numbers);
  EVP_PKEY* const key = key_of(public_key);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool is_good = key != nullptr && EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                       EVP_DigestVerify(context, der, static_cast<std::size_t>(der_bytes),
                                        reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  OPENSSL_free(der);
  return is_good;
}

std::string problem_of(const Message& message, const std::string& zone, const std::map<unsigned, std::string>& keys,
                       std::int64_t now) {
  std::map<SetKey, std::vector<Record>> sets;
  std::map<SetKey, std::vector<Record>> signatures;
  for (const Record& record : message.records) {
    if (record.section == 2) {
      if (record.type == Type::kRrsig) return "glue is signed";
      continue;
    }
    if (record.type != Type::kRrsig) {
      sets[{record.section, record.owner, record.type}].push_back(record);
      continue;
    }
    signatures[{record.section, record.owner, static_cast<Type>(u16(record.data, 0))}].push_back(record);
  }
  for (const auto& [which, set] : sets) {
    const auto& [section, owner, type] = which;
    const auto found = signatures.find(which);
    const bool is_delegation = type == Type::kNs && section == 1;
    if (is_delegation != (found == signatures.end())) {
      return "type " + std::to_string(static_cast<unsigned>(type)) + (is_delegation ? " is signed" : " is not signed");
    }
    if (is_delegation) continue;
    for (const Record& signature : found->second) {
      const std::string problem = problem_of_set(set, signature, zone, keys, now);
      if (!problem.empty()) return "type " + std::to_string(static_cast<unsigned>(type)) + ": " + problem;
    }
    signatures.erase(found);
  }
  return signatures.empty() ? "" : "a signature is of nothing";
}

Nsec nsec_of(const Record& record) {
  Nsec out;
  std::size_t at = 0;
  out.next = name_at(record.data, at);
  while (at < record.data.size()) {
    const unsigned window = u8(record.data, at);
    const unsigned bytes = u8(record.data, at + 1);
    for (unsigned i = 0; i < bytes * 8; ++i) {
      if ((u8(record.data, at + 2 + i / 8) & (0x80U >> i % 8)) != 0) out.types.insert(window * 256 + i);
    }
    at += 2 + bytes;
  }
  return out;
}

}  // namespace headgate::proxy::dns::sign::testing
