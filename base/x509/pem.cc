#include "base/x509/pem.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <chrono>
#include <ctime>

namespace headgate::base::x509 {
namespace {

OwnedBio bio_over(std::string_view text) {
  return OwnedBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error unreadable(std::string what) {
  ERR_clear_error();
  return {ErrorKind::kInvalid, Fault::kUser, std::move(what)};
}

std::string hexadecimal(std::string_view bytes, std::string_view digits) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    out += digits[static_cast<unsigned char>(byte) >> 4];
    out += digits[static_cast<unsigned char>(byte) & 15];
  }
  return out;
}

int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(ERR_GET_REASON(code));
}

Result<std::vector<OwnedCertificate>> read_certificates(std::string_view pem) {
  const OwnedBio in = bio_over(pem);
  std::vector<OwnedCertificate> out;
  while (true) {
    OwnedCertificate one(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    out.push_back(std::move(one));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end)
    return unreadable("certificate " + std::to_string(out.size() + 1) + " in it is damaged: " + take_openssl_error());
  ERR_clear_error();
  if (out.empty()) return unreadable("has no certificate (a block that begins with -----BEGIN CERTIFICATE-----)");
  return out;
}

Result<OwnedKey> read_key(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return unreadable("has no private key (a block that begins with -----BEGIN PRIVATE KEY-----)");
  }
  const OwnedBio in = bio_over(pem);
  bool is_encrypted = false;
  OwnedKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, &no_passphrase, &is_encrypted));
  if (key) return key;
  if (is_encrypted) {
    return unreadable(
        "the key is encrypted, and nobody is there to be asked: write it without a passphrase (openssl pkey)");
  }
  return unreadable("the private key is damaged: " + take_openssl_error());
}

WallTime wall_time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::string serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  const std::string_view bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                               static_cast<std::size_t>(ASN1_STRING_length(serial)));
  return hexadecimal(bytes, "0123456789ABCDEF");
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &bytes) != 1) return {};
  return hexadecimal({reinterpret_cast<const char*>(digest), bytes}, "0123456789abcdef");
}

}  // namespace headgate::base::x509
