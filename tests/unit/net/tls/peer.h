#pragma once
#include <openssl/ssl.h>

#include <functional>
#include <string>
#include <thread>

#include "base/x509/credential.h"
#include "net/tls/openssl.h"
#include "tests/unit/base/x509/test_certificates.h"

namespace headgate::net::tls::testing {

/// The other end: OpenSSL itself on a blocking descriptor, driven by a thread of the test.
class Peer {
 public:
  /// A client that wants this name; `set_up` may change its context first.
  static Peer client(int fd, const std::string& server_name, const std::function<void(SSL_CTX*)>& set_up = {});
  static Peer server(int fd, const headgate::testing::Issued& shown, const std::function<void(SSL_CTX*)>& set_up = {});

  /// True once the handshake is done.
  bool shake_hands() { return SSL_do_handshake(ssl.get()) == 1; }
  bool write(const std::string& text) { return SSL_write(ssl.get(), text.data(), static_cast<int>(text.size())) > 0; }
  /// Up to the end, or at least this much.
  std::string read(std::size_t bytes);
  /// "" after a close_notify.
  std::string read_to_end(bool& announced);

  OwnedContext context;
  OwnedSsl ssl;
};

}  // namespace headgate::net::tls::testing
