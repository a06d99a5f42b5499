#include "wire/coding/accept_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::wire::coding {
namespace {

using http::FieldId;
using http::Fields;

constexpr Coding kAll[] = {Coding::kZstd, Coding::kBrotli, Coding::kGzip};

Coding chosen(std::vector<std::string_view> lines, std::span<const Coding> offered = kAll) {
  Fields fields;
  for (const std::string_view line : lines) fields.add(FieldId::kAcceptEncoding, line);
  return choose_coding(fields, offered);
}

struct Case {
  std::string_view written;
  Coding wanted;
};

// RFC 9110 section 12.5.3, and what real clients send.
TEST(AcceptEncoding, Table) {
  const Case cases[] = {
      {"", Coding::kIdentity},
      {"gzip", Coding::kGzip},
      {"GZIP", Coding::kGzip},
      {"x-gzip", Coding::kGzip},
      {"X-GZip;q=1", Coding::kGzip},
      {"br", Coding::kBrotli},
      {"zstd", Coding::kZstd},
      {"gzip, deflate", Coding::kGzip},
      {"gzip, deflate, br", Coding::kBrotli},      // the server's order breaks ties
      {"gzip, deflate, br, zstd", Coding::kZstd},  // a browser
      {"gzip;q=1.0, br;q=0.9, *;q=0.1", Coding::kGzip},
      {"br;q=0.5, gzip;q=0.5", Coding::kBrotli},
      {"gzip;q=0.001", Coding::kGzip},
      {"gzip;q=0", Coding::kIdentity},
      {"gzip;q=0.0", Coding::kIdentity},
      {"gzip;q=0.000", Coding::kIdentity},
      {"*", Coding::kZstd},
      {"*;q=0.1", Coding::kZstd},
      {"*;q=0", Coding::kIdentity},
      {"zstd;q=0, *", Coding::kBrotli},
      {"*, zstd;q=0, br;q=0", Coding::kGzip},
      {"gzip, *;q=0", Coding::kGzip},
      {"identity", Coding::kIdentity},
      {"identity, gzip;q=0.5", Coding::kIdentity},  // it says that it likes identity better
      {"identity;q=0.5, gzip", Coding::kGzip},
      {"identity;q=0.5, gzip;q=0.5", Coding::kGzip},  // alike: what is smaller
      {"identity;q=0", Coding::kIdentity},            // nothing else fits, and an answer is better than none
      {"identity;q=0, gzip", Coding::kGzip},
      {"identity;q=0, *", Coding::kZstd},
      {"deflate, compress, exi", Coding::kIdentity},
      {"gzip ; q=0.5 , br ; q=0.4", Coding::kGzip},
      {"gzip\t;\tQ=0.5", Coding::kGzip},
      {"gzip;q=0.5, gzip;q=0", Coding::kGzip},  // named twice: the first
      {", ,gzip,,", Coding::kGzip},
      // No qvalues: as if the member were not there.
      {"gzip;q=2", Coding::kIdentity},
      {"gzip;q=1.001", Coding::kIdentity},
      {"gzip;q=0.1234", Coding::kIdentity},
      {"gzip;q=.5", Coding::kIdentity},
      {"gzip;q=-1", Coding::kIdentity},
      {"gzip;q=", Coding::kIdentity},
      {"gzip;q", Coding::kIdentity},
      {"gzip;level=9", Coding::kIdentity},
      {"gzip q=1", Coding::kIdentity},
      {"gzip;q=0.5x, br", Coding::kBrotli},
      {"gzip;q=1.", Coding::kGzip},  // the grammar allows no digits behind the point
      {"\"gzip\"", Coding::kIdentity},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(to_string(chosen({each.written})), to_string(each.wanted)) << '"' << each.written << '"';
  }
}

TEST(AcceptEncoding, WithoutTheFieldNothingIsChosen) {
  EXPECT_EQ(choose_coding(Fields(), kAll), Coding::kIdentity);
}

TEST(AcceptEncoding, LinesAreOneList) {
  EXPECT_EQ(chosen({"zstd;q=0", "br;q=0, *"}), Coding::kGzip);
}

TEST(AcceptEncoding, OnlyWhatIsOffered) {
  constexpr Coding kGzipOnly[] = {Coding::kGzip};
  EXPECT_EQ(chosen({"zstd, br"}, kGzipOnly), Coding::kIdentity);
  EXPECT_EQ(chosen({"*"}, kGzipOnly), Coding::kGzip);
  constexpr Coding kGzipFirst[] = {Coding::kGzip, Coding::kZstd};
  EXPECT_EQ(chosen({"zstd, gzip"}, kGzipFirst), Coding::kGzip);
}

}  // namespace
}  // namespace headgate::wire::coding
