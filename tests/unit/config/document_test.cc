#include "config/yaml/document.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace headgate::config::yaml {
namespace {

/// The tree as flow YAML, keys and texts bare.
std::string shown(const Node& node) {
  if (node.kind == NodeKind::kNothing) return "~";
  if (node.kind == NodeKind::kScalar) return node.text;
  std::string out;
  for (const Child& child : node.children) {
    if (!out.empty()) out += ",";
    if (node.kind == NodeKind::kMap) out += child.key + ":";
    out += shown(*child.node);
  }
  return node.kind == NodeKind::kMap ? "{" + out + "}" : "[" + out + "]";
}

std::string problems_of(const Document& document) {
  std::string out;
  for (const Problem& problem : document.problems) out += to_text("f", problem) + "\n";
  return out;
}

/// The tree, or the problems.
std::string parsed(std::string_view text) {
  const Document document = parse_document(text);
  if (!document.problems.empty()) return problems_of(document);
  return document.root.node == nullptr ? "no document" : shown(*document.root.node);
}

TEST(Document, ListsMapsScalarsAndNothing) {
  EXPECT_EQ(parsed("a: 1\nb: [x, 'y: z', ~, null, '']\nc:\n  d:\n  e: \"\\u00e9\"\n"),
            "{a:1,b:[x,y: z,~,~,],c:{d:~,e:\xc3\xa9}}");
  EXPECT_EQ(parsed("just text"), "just text");
  EXPECT_EQ(parsed(""), "no document");
  EXPECT_EQ(parsed("# a comment\n"), "no document");
  EXPECT_EQ(parsed("---\n"), "~");
  EXPECT_EQ(parsed("\xef\xbb\xbf"
                   "a: 1"),
            "{a:1}");
}

TEST(Document, PlacesCountFromOne) {
  const Document document = parse_document("a: 1\nbc:\n  - x\n  -  y\nnone:\nlast: 2\n");
  const Node& root = *document.root.node;
  EXPECT_EQ(document.root.place, (Place{1, 1}));
  EXPECT_EQ(root.children[0].key_place, (Place{1, 1}));
  EXPECT_EQ(root.children[0].place, (Place{1, 4}));
  EXPECT_EQ(root.children[1].node->children[0].place, (Place{3, 5}));
  EXPECT_EQ(root.children[1].node->children[1].place, (Place{4, 6}));
  EXPECT_EQ(root.children[2].place, (Place{5, 1})) << "of its key, where there is no value";
}

TEST(Document, AliasesShareAndHaveTheirOwnPlace) {
  const Document document = parse_document("a: &x {k: v}\nb: *x\nc: [*x, *x]\n");
  const Node& root = *document.root.node;
  EXPECT_EQ(shown(root), "{a:{k:v},b:{k:v},c:[{k:v},{k:v}]}");
  EXPECT_EQ(root.children[0].node, root.children[1].node);
  EXPECT_EQ(root.children[1].place, (Place{2, 4}));
}

TEST(Document, MergeKeys) {
  EXPECT_EQ(parsed("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"), "{a:{x:1,y:2},b:{y:3,x:1}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], w: 0}\n"),
            "{a:{x:1},b:{x:2,z:2},c:{w:0,x:1,z:2}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n"), "{a:{x:1},b:{y:2,x:1},c:{y:2,x:1}}");
  EXPECT_EQ(parsed("a: {<<: {x: 1}}"), "{a:{x:1}}");
  EXPECT_EQ(parsed("a: {'<<': 1}"), "{a:{<<:1}}") << "in quotes it is a key like any other";
}

TEST(Document, ProblemsThatLeaveTheRestReadable) {
  EXPECT_EQ(parsed("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\n"),
            "f:2:17: b.c: is given twice, first in line 2\nf:3:1: a: is given twice, first in line 1\n");
  EXPECT_EQ(parsed("a: [{<<: 1}, {<<: [2]}]"),
            "f:1:10: a[0].<<: takes an alias of a map, or a list of them\n"
            "f:1:20: a[1].<<: takes an alias of a map, or a list of them\n");
  EXPECT_EQ(parsed("a: &a {}\nb: {<<: *a, <<: *a}"),
            "f:2:13: b.<<: is given twice; to merge several maps, give it a list\n");
  EXPECT_EQ(parsed("a: !secret x"), "f:1:4: a: the tag '!secret' means nothing here\n");
  EXPECT_EQ(parsed("? [a]\n: b\n"), "f:1:3: a key must be a text\n");
}

TEST(Document, SyntaxErrorsHaveAPlace) {
  EXPECT_EQ(parsed("a: [1, 2\nb: 3"), "f:2:2: not YAML: end of sequence flow not found\n");
  EXPECT_EQ(parsed("a: 'x"), "f:1:6: not YAML: illegal EOF in scalar\n");
  EXPECT_EQ(parsed("a: *none"), "f:1:4: not YAML: the referenced anchor is not defined\n");
  EXPECT_EQ(parsed("a: 1\n  b: 2"), "f:2:4: not YAML: illegal map value\n");
  EXPECT_EQ(parsed("a: 1\n---\nb: 2"), "f:2:1: a second document begins here; a file holds one\n");
  EXPECT_EQ(parsed("a: \"\\q\""), "f:1:7: not YAML: unknown escape character: q\n");
}

TEST(Document, BytesThatAreNoText) {
  EXPECT_EQ(parsed(std::string_view("a: 1\nb: \0", 9)), "f:2:4: byte 0x00 is not allowed in a UTF-8 text file\n");
  EXPECT_EQ(parsed("a: \xff"), "f:1:4: byte 0xff is not allowed in a UTF-8 text file\n");
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(DocumentBounds, Levels) {
  EXPECT_EQ(parsed(nested(kLevelsMax)), nested(kLevelsMax));
  EXPECT_EQ(parsed(nested(kLevelsMax + 1)).substr(0, 7), "f:1:65:");
  EXPECT_EQ(problems_of(parse_document(nested(100'000))).find("more than 64 levels deep") == std::string::npos, false);
  std::string block;
  for (std::size_t i = 0; i <= kLevelsMax; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_NE(parsed(block).find("more than 64 levels deep"), std::string::npos);
}

TEST(DocumentBounds, LevelsCountThroughAliases) {
  const std::string inner = "[&a " + nested(kLevelsMax - 2) + ", ";
  EXPECT_TRUE(parse_document(inner + "*a]").is_complete);
  EXPECT_TRUE(parse_document(inner + "[*a]]").is_complete);
  EXPECT_FALSE(parse_document(inner + "[[*a]]]").is_complete);
}

TEST(DocumentBounds, AnAliasInsideWhatItNames) {
  EXPECT_EQ(parsed("a: &a [1, *a]"), "f:1:11: a[1]: an alias stands inside what it names\n");
  EXPECT_EQ(parsed("a: &a {b: {<<: *a}}"), "f:1:16: a.b.<<: an alias stands inside what it names\n");
}

/// A list whose anchored first item holds `leaves` scalars and which repeats it `times` times.
std::string repeated(std::size_t leaves, std::size_t times) {
  std::string out = "- &a [";
  for (std::size_t i = 0; i < leaves; ++i) out += "x,";
  out += "]\n";
  for (std::size_t i = 0; i < times; ++i) out += "- *a\n";
  return out;
}

TEST(DocumentBounds, Nodes) {
  // The outer list, 1000 times a list of 998 leaves, and 999 leaves more.
  std::string edge = repeated(998, 999);
  for (std::size_t i = 0; i < 999; ++i) edge += "- x\n";
  EXPECT_TRUE(parse_document(edge).is_complete);
  const Document above = parse_document(edge + "- x\n");
  EXPECT_FALSE(above.is_complete);
  EXPECT_EQ(problems_of(above), "f:2000:3: [1999]: more than 1000000 values, aliases counted as often as used\n");
}

TEST(DocumentBounds, ABillionLaughsStopsAtOnce) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + below + "], k: [" + below + "," + below +
            "]}\n";
  }
  const Document document = parse_document(bomb);
  EXPECT_FALSE(document.is_complete);
  EXPECT_LT(document.nodes.size(), 1000u);
}

TEST(DocumentBounds, TextAfterAliases) {
  const std::size_t mebibyte = 1u << 20;
  std::string text = "- &a " + std::string(mebibyte, 'x') + "\n";
  for (int i = 1; i < 64; ++i) text += "- *a\n";
  EXPECT_TRUE(parse_document(text).is_complete);
  const Document above = parse_document(text + "- y\n");
  EXPECT_EQ(problems_of(above), "f:65:3: [64]: more than 64 MiB of text, aliases counted as often as used\n");
}

TEST(DocumentBounds, SizeOfTheFile) {
  // A forbidden byte in front ends the reading of the largest file before yaml-cpp would take seconds for it.
  std::string text(kTextBytesMax, ' ');
  text[0] = '\0';
  EXPECT_EQ(parsed(text), "f:1:1: byte 0x00 is not allowed in a UTF-8 text file\n");
  EXPECT_EQ(parsed(text + " "), "f: is larger than 64 MiB\n");
}

}  // namespace
}  // namespace headgate::config::yaml
