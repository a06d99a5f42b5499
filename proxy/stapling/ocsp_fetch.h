#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "base/x509/ocsp.h"
#include "net/loop.h"
#include "net/task.h"

namespace headgate::proxy::stapling {

/// An answer is longer only if it carries certificates that it need not.
inline constexpr std::size_t kAnswerBytesMax = 64 * 1024;
inline constexpr base::Duration kFetchTimeout = std::chrono::seconds(15);  ///< names, connecting, and all of the answer

/// Sends `question` to an authority's responder (RFC 6960 appendix A) and returns the body of its answer, whatever it
/// says. `resolvers` empty: those of the system. Errors say which step failed.
net::Task<base::Result<std::string>> fetch_ocsp(net::Loop& loop, std::vector<base::Endpoint> resolvers,
                                                base::x509::OcspResponder responder, std::string question);

}  // namespace headgate::proxy::stapling
