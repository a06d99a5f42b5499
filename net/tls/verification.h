#pragma once
#include <openssl/types.h>

namespace headgate::net::tls {

/// Has a connection with a Layer note why it does not believe the peer's certificate, while that can still be seen:
/// OpenSSL keeps the number of the error and drops the certificate.
void explain_verification(SSL* ssl);

}  // namespace headgate::net::tls
