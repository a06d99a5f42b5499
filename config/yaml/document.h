#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

// YAML text -> a tree that knows where everything stands. The only part of headgate that sees yaml-cpp.
namespace headgate::config::yaml {

inline constexpr std::size_t kTextBytesMax = 64u << 20;
inline constexpr std::size_t kLevelsMax = 64;
inline constexpr std::size_t kNodesMax = 1'000'000;

enum class NodeKind : std::uint8_t { kNothing, kScalar, kList, kMap };

struct Node;

/// An item of a list (no key) or an entry of a map. An alias has its own place and shares the node.
struct Child {
  std::string key;
  Place key_place;
  Place place;
  const Node* node = nullptr;
};

struct Node {
  NodeKind kind = NodeKind::kNothing;
  std::string text;             ///< of a scalar, quotes and escapes resolved
  std::vector<Child> children;  ///< of a list or map, in the order of the file; keys of a map are unique
};

/// A parsed file. Aliases share nodes, so this is a graph without cycles; merge keys (`<<`) are applied: a map's own
/// keys win over merged ones, earlier merged maps over later ones.
struct Document {
  std::deque<Node> nodes;
  Child root;
  std::vector<Problem> problems;  ///< what is wrong but leaves the rest readable: duplicate keys, bad merges, tags
  bool is_complete = false;       ///< false: the last problem stopped the reading (bad syntax or a bound), no root
};

/// Never throws. Bounds: kTextBytesMax bytes of text, and as much again in scalars after aliases; kLevelsMax levels of
/// nesting and kNodesMax nodes, both after aliases. Time is linear in the text, whatever the aliases say.
Document parse_document(std::string_view text);

}  // namespace headgate::config::yaml
