#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/x509/pem.h"

// Owners of OpenSSL's TLS objects.
namespace headgate::net::tls {

using base::x509::Freer;
using OwnedSsl = std::unique_ptr<SSL, Freer<SSL_free>>;
using OwnedContext = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;

}  // namespace headgate::net::tls
