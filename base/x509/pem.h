#pragma once
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// PEM texts to OpenSSL's objects.
namespace headgate::base::x509 {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using OwnedBio = std::unique_ptr<BIO, Freer<BIO_free>>;
using OwnedCertificate = std::unique_ptr<X509, Freer<X509_free>>;
using OwnedKey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

/// All certificates of a text, in its order; an Error if there is none or one cannot be read.
Result<std::vector<OwnedCertificate>> read_certificates(std::string_view pem);

/// The private key of a text. One that is encrypted is an Error: nobody is there to be asked for the passphrase.
Result<OwnedKey> read_key(std::string_view pem);

WallTime wall_time_of(const ASN1_TIME* time);

/// In hexadecimal, upper case.
std::string serial_of(const X509* certificate);
/// SHA-256 of the whole certificate: 64 hexadecimal digits, lower case.
std::string fingerprint_of(const X509* certificate);

/// The thread's oldest OpenSSL error in words, and an empty queue.
std::string take_openssl_error();

}  // namespace headgate::base::x509
