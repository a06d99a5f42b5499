#include "config/yaml/document.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <unordered_map>
#include <utility>

#include "config/yaml/characters.h"

namespace headgate::config::yaml {
namespace {

/// Thrown through yaml-cpp, which has no other way to be stopped; caught in parse_document.
struct Stop {
  Problem problem;
};

Place place_of(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

/// Builds the tree from yaml-cpp's events. YAML::Load is not used: it loses duplicate keys, needs a look-up by name for
/// every key, and cannot be told a bound.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Document& out) : out_(out) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(place_of(mark), "a second document begins here; a file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(mark, anchor, NodeKind::kNothing, {});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    is_merge_key_ = tag == "?" && value == "<<";
    add_leaf(mark, anchor, NodeKind::kScalar, value);
    is_merge_key_ = false;
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Place place = place_of(mark);
    if (anchor >= anchors_.size() || anchors_[anchor].node == nullptr)
      stop(place, "an alias stands inside what it names");
    const Anchored target = anchors_[anchor];
    count(place, target.nodes, target.bytes);
    if (frames_.size() + target.levels > kLevelsMax) stop_for_depth(place);
    note_levels(target.levels);
    attach(place, *target.node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, NodeKind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, NodeKind::kMap);
  }
  void OnMapEnd() override {
    finish_map();
    close();
  }

 private:
  /// What an alias of a node costs.
  struct Anchored {
    const Node* node = nullptr;
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    std::size_t levels = 0;
  };

  /// A list or map that is still being read.
  struct Frame {
    Node* node = nullptr;
    Place place;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    std::size_t bytes_before = 0;
    std::size_t levels = 1;
    bool has_key = false;
    bool key_is_usable = false;
    bool key_merges = false;
    Child next;  // of a map: the key that waits for its value
    std::vector<Child> merged;
  };

  std::string path() const {
    std::string out;
    for (const Frame& frame : frames_) {
      if (frame.node->kind == NodeKind::kList) {
        out += fmt::format("[{}]", frame.node->children.size());
      } else if (frame.has_key) {
        if (!out.empty()) out += '.';
        out += frame.next.key.size() <= 60 ? frame.next.key : frame.next.key.substr(0, 60) + "...";
      }
    }
    return out;
  }

  void add_problem(Place place, std::string what) {
    constexpr std::size_t kProblemsMax = 1000;  // as many as are shown
    if (out_.problems.size() < kProblemsMax) out_.problems.push_back(Problem{place, path(), std::move(what)});
  }
  [[noreturn]] void stop(Place place, std::string what) { throw Stop{Problem{place, path(), std::move(what)}}; }
  [[noreturn]] void stop_for_depth(Place place) { stop(place, fmt::format("more than {} levels deep", kLevelsMax)); }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    // "?" and "!" are what yaml-cpp reports for plain and quoted values without a tag.
    if (tag.empty() || tag == "?" || tag == "!") return;
    add_problem(place_of(mark), fmt::format("the tag {} means nothing here", in_quotes(tag)));
  }

  void count(Place place, std::size_t nodes, std::size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > kNodesMax)
      stop(place, fmt::format("more than {} values, aliases counted as often as used", kNodesMax));
    if (bytes_ > kTextBytesMax) {
      stop(place, fmt::format("more than {} MiB of text, aliases counted as often as used", kTextBytesMax >> 20));
    }
  }

  void note_levels(std::size_t below) {
    if (!frames_.empty() && frames_.back().levels < below + 1) frames_.back().levels = below + 1;
  }

  void remember(YAML::anchor_t anchor, const Anchored& target) {
    if (anchor == 0) return;  // yaml-cpp's "none"
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = target;
  }

  void add_leaf(const YAML::Mark& mark, YAML::anchor_t anchor, NodeKind kind, const std::string& text) {
    Place place = place_of(mark);
    // The mark of a value that is not there is that of the next token, lines later.
    if (kind == NodeKind::kNothing && !frames_.empty() && frames_.back().has_key) place = frames_.back().next.key_place;
    count(place, 1, text.size());
    Node& node = out_.nodes.emplace_back();
    node.kind = kind;
    node.text = text;
    remember(anchor, Anchored{&node, 1, text.size(), 0});
    attach(place, node);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind) {
    const Place place = place_of(mark);
    refuse_tag(mark, tag);
    if (frames_.size() == kLevelsMax) stop_for_depth(place);
    Frame frame;
    frame.nodes_before = nodes_;
    frame.bytes_before = bytes_;
    count(place, 1, 0);
    frame.node = &out_.nodes.emplace_back();
    frame.node->kind = kind;
    frame.place = place;
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    note_levels(frame.levels);
    remember(frame.anchor,
             Anchored{frame.node, nodes_ - frame.nodes_before, bytes_ - frame.bytes_before, frame.levels});
    attach(frame.place, *frame.node);
  }

  void attach(Place place, const Node& node) {
    if (frames_.empty()) {
      out_.root = Child{{}, place, place, &node};
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node->kind == NodeKind::kList) {
      frame.node->children.push_back(Child{{}, place, place, &node});
    } else if (!frame.has_key) {
      take_key(frame, place, node);
    } else {
      frame.next.place = place;
      frame.next.node = &node;
      if (frame.key_is_usable) {
        (frame.key_merges ? frame.merged : frame.node->children).push_back(std::move(frame.next));
      }
      frame.has_key = false;
    }
  }

  void take_key(Frame& frame, Place place, const Node& node) {
    frame.key_is_usable = node.kind == NodeKind::kScalar;
    frame.key_merges = is_merge_key_;
    frame.next = Child{node.text, place, place, nullptr};
    if (!frame.key_is_usable) add_problem(place, "a key must be a text");
    frame.has_key = true;
  }

  /// Drops second entries of one key, then adds what the merge keys bring.
  void finish_map() {
    Frame& frame = frames_.back();
    std::vector<Child> children;
    std::unordered_map<std::string, Place> seen;
    children.swap(frame.node->children);
    for (Child& child : children) {
      const auto [first, is_new] = seen.try_emplace(child.key, child.key_place);
      if (is_new) {
        frame.node->children.push_back(std::move(child));
      } else {
        add_key_problem(child, fmt::format("is given twice, first in line {}", first->second.line));
      }
    }
    if (frame.merged.size() > 1) {
      add_key_problem(frame.merged[1], "is given twice; to merge several maps, give it a list");
    }
    for (const Child& source : frame.merged) {
      if (source.node->kind != NodeKind::kList) {
        merge_from(source, source, seen);
        continue;
      }
      for (const Child& item : source.node->children) merge_from(source, item, seen);
    }
  }

  void merge_from(const Child& key, const Child& from, std::unordered_map<std::string, Place>& seen) {
    if (from.node->kind != NodeKind::kMap) {
      Child at = key;
      at.key_place = from.place;
      add_key_problem(at, "takes an alias of a map, or a list of them");
      return;
    }
    for (const Child& child : from.node->children) {
      if (seen.try_emplace(child.key, child.key_place).second) frames_.back().node->children.push_back(child);
    }
  }

  void add_key_problem(const Child& child, std::string what) {
    Frame& frame = frames_.back();
    frame.has_key = true;
    frame.next = child;
    add_problem(child.key_place, std::move(what));
    frame.has_key = false;
  }

  Document& out_;
  std::vector<Frame> frames_;
  std::vector<Anchored> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  int documents_ = 0;
  bool is_merge_key_ = false;
};

/// The place of the byte at `offset`.
Place place_at(std::string_view text, std::size_t offset) {
  Place out{1, 1};
  for (char c : text.substr(0, offset)) {
    ++out.column;
    if (c == '\n') out = Place{out.line + 1, 1};
  }
  return out;
}

}  // namespace

Document parse_document(std::string_view text) {
  Document out;
  if (text.size() > kTextBytesMax) {
    out.problems.push_back(Problem{{}, {}, fmt::format("is larger than {} MiB", kTextBytesMax >> 20)});
    return out;
  }
  if (const std::optional<std::size_t> offset = first_forbidden_byte(text)) {
    const int byte = static_cast<unsigned char>(text[*offset]);
    out.problems.push_back(
        Problem{place_at(text, *offset), {}, fmt::format("byte 0x{:02x} is not allowed in a UTF-8 text file", byte)});
    return out;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(out);
    while (parser.HandleNextDocument(builder)) {
    }
    out.is_complete = true;
  } catch (const Stop& stop) {
    out.problems.push_back(stop.problem);
  } catch (const YAML::Exception& error) {
    out.problems.push_back(Problem{place_of(error.mark), {}, "not YAML: " + error.msg});
  }
  return out;
}

}  // namespace headgate::config::yaml
