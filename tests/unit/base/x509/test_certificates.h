#pragma once
#include <string>
#include <vector>

namespace headgate::testing {

struct Issued {
  std::string cert_pem;
  std::string key_pem;
};

/// What a certificate of a test says; made on the spot, signed by itself or by `by`.
struct Wanted {
  std::string common_name = "test";
  std::vector<std::string> dns = {};
  std::vector<std::string> ip = {};
  bool rsa = false;  ///< 2048 bits; otherwise P-256
  int rsa_bits = 2048;
  int days_before = 1;  ///< valid since
  int days_after = 30;  ///< valid until; negative: expired
  bool is_ca = false;
  std::string ocsp_url = {};  ///< empty: it names no responder
  const Issued* by = nullptr;
};
Issued issue(const Wanted& wanted);

}  // namespace headgate::testing
