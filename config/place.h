#pragma once

namespace headgate::config {

/// Where something stands in the file; both count from 1.
struct Place {
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace headgate::config
