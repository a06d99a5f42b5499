#pragma once
#include <memory>

#include "base/result.h"
#include "base/x509/credential.h"
#include "config/config.h"

namespace headgate::config::certificates {

/// A certificate with its key, from its files as they are now. Errors name the files.
base::Result<std::shared_ptr<const base::x509::Credential>> read_credential(const TlsCertificate& certificate);

}  // namespace headgate::config::certificates
