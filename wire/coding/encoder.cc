#include "wire/coding/encoder.h"

#include "wire/coding/brotli_encoder.h"
#include "wire/coding/gzip_encoder.h"
#include "wire/coding/zstd_encoder.h"

namespace headgate::wire::coding {

std::unique_ptr<Encoder> make_encoder(Coding coding) {
  switch (coding) {
    case Coding::kZstd:
      return std::make_unique<ZstdEncoder>();
    case Coding::kBrotli:
      return std::make_unique<BrotliEncoder>();
    case Coding::kGzip:
      return std::make_unique<GzipEncoder>();
    case Coding::kIdentity:
      break;
  }
  base::invariant_broken("an encoder for what is not encoded");
}

std::size_t memory_max_of(Coding coding) {
  switch (coding) {
    case Coding::kZstd:
      return ZstdEncoder::kMemoryMax;
    case Coding::kBrotli:
      return BrotliEncoder::kMemoryMax;
    case Coding::kGzip:
      return GzipEncoder::kMemoryMax;
    case Coding::kIdentity:
      break;
  }
  return 0;
}

}  // namespace headgate::wire::coding
