#include "base/x509/ocsp.h"

#include <gmock/gmock.h>
#include <openssl/ocsp.h>

#include <memory>

#include "tests/unit/base/x509/test_certificates.h"

namespace headgate::base::x509 {
namespace {

using namespace std::chrono_literals;
using headgate::testing::issue;
using headgate::testing::Issued;
using ::testing::HasSubstr;

/// A responder: answers the question about one certificate.
struct Answering {
  Issued signer;
  int status = V_OCSP_CERTSTATUS_GOOD;
  long since = -3600;  // seconds from now
  long until = 3600;
};

std::string answer(const Credential& about, const Answering& how) {
  const OwnedCertificate signer = std::move(read_certificates(how.signer.cert_pem)->front());
  const OwnedKey key = std::move(*read_key(how.signer.key_pem));
  const std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
  const std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>> id(
      OCSP_cert_to_id(nullptr, about.certificate(), about.intermediates().front().get()));
  const std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>> since(X509_gmtime_adj(nullptr, how.since));
  const std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>> until(X509_gmtime_adj(nullptr, how.until));
  OCSP_basic_add1_status(basic.get(), id.get(), how.status, OCSP_REVOKED_STATUS_NOSTATUS, since.get(), since.get(),
                         until.get());
  OCSP_basic_sign(basic.get(), signer.get(), key.get(), EVP_sha256(), nullptr, 0);
  const std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* der = nullptr;
  const int bytes = i2d_OCSP_RESPONSE(response.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(bytes));
  OPENSSL_free(der);
  return out;
}

class Ocsp : public ::testing::Test {
 protected:
  std::shared_ptr<const Credential> credential_of(const Issued& issued, const std::string& behind = {}) {
    return *Credential::parse(issued.cert_pem + behind, issued.key_pem);
  }
  std::string why_not(const std::string& der) {
    const Result<OcspResponse> read = verify_ocsp(der, *shop_, wall_now());
    return read ? "" : read.error().message;
  }

  const Issued root_ = issue({.common_name = "root", .is_ca = true});
  const std::shared_ptr<const Credential> shop_ = credential_of(
      issue({.dns = {"shop"}, .ocsp_url = "http://ocsp.example:8080/shop", .by = &root_}), root_.cert_pem);
};

TEST_F(Ocsp, FindsWhomToAsk) {
  const Result<OcspResponder> responder = ocsp_responder_of(*shop_);
  ASSERT_TRUE(responder);
  EXPECT_EQ(responder->host, "ocsp.example");
  EXPECT_EQ(responder->port, 8080);
  EXPECT_EQ(responder->path, "/shop");
  EXPECT_EQ(responder->text(), "http://ocsp.example:8080/shop");
  const auto at = [this](const std::string& url) {
    const Result<OcspResponder> found = ocsp_responder_of(*credential_of(issue({.ocsp_url = url})));
    return found ? found->text() : found.error().message;
  };
  EXPECT_EQ(at("http://[2001:db8::1]/"), "http://[2001:db8::1]/");
  EXPECT_EQ(at("http://ocsp.example"), "http://ocsp.example/");
  EXPECT_THAT(at("https://ocsp.example/"), HasSubstr("names no OCSP responder"));
  EXPECT_THAT(at(""), HasSubstr("names no OCSP responder"));
}

TEST_F(Ocsp, AsksOnlyWithTheIssuerAtHand) {
  EXPECT_TRUE(ocsp_question(*shop_));
  const Result<std::string> question = ocsp_question(*credential_of(issue({.by = &root_})));
  ASSERT_FALSE(question);
  EXPECT_THAT(question.error().message, HasSubstr("lacks the certificate of its issuer"));
}

TEST_F(Ocsp, BelievesTheIssuer) {
  const Result<OcspResponse> good = verify_ocsp(answer(*shop_, {.signer = root_}), *shop_, wall_now());
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_TRUE(good->is_good);
  const Result<OcspResponse> revoked =
      verify_ocsp(answer(*shop_, {.signer = root_, .status = V_OCSP_CERTSTATUS_REVOKED}), *shop_, wall_now());
  ASSERT_TRUE(revoked) << revoked.error().message;
  EXPECT_FALSE(revoked->is_good);
}

TEST_F(Ocsp, BelievesNobodyElse) {
  EXPECT_THAT(why_not(answer(*shop_, {.signer = issue({.common_name = "root", .is_ca = true})})),
              HasSubstr("not signed by the certificate's authority"));
  EXPECT_THAT(why_not(answer(*shop_, {.signer = issue({.common_name = "no responder", .by = &root_})})),
              HasSubstr("not signed by the certificate's authority"))
      << "the issuer has not appointed everybody whom it signed";
}

TEST_F(Ocsp, BelievesOnlyInTime) {
  EXPECT_THAT(why_not(answer(*shop_, {.signer = root_, .since = -7200, .until = -1})), HasSubstr("out of date"));
  EXPECT_THAT(why_not(answer(*shop_, {.signer = root_, .since = 3600, .until = 7200})), HasSubstr("not valid yet"));
  EXPECT_EQ(why_not(answer(*shop_, {.signer = root_, .since = 60, .until = 7200})), "") << "clocks differ";
}

TEST_F(Ocsp, AnAnswerAboutAnotherCertificateIsNone) {
  const auto other = credential_of(issue({.dns = {"other"}, .by = &root_}), root_.cert_pem);
  EXPECT_THAT(why_not(answer(*other, {.signer = root_})), HasSubstr("about another certificate"));
  EXPECT_THAT(why_not("no DER"), HasSubstr("no OCSP response"));
  EXPECT_THAT(why_not(""), HasSubstr("no OCSP response"));
}

}  // namespace
}  // namespace headgate::base::x509
