#include "proxy/dns/zone/master_file/tokens.h"

#include <fmt/format.h>

#include <utility>

namespace headgate::proxy::dns::zone::master_file {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

bool ends_word(char c) {
  return is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

void Tokens::end_line() {
  ++at_;
  ++line_;
  line_at_ = at_;
}

void Tokens::skip_line() {
  at_ = std::min(text_.find('\n', at_), text_.size());
  if (!is_at_end()) end_line();
}

/// What stands in the rest of the line is not understood any more.
void Tokens::fail(Spot where, std::string what) {
  problem_ = Problem{where, std::move(what)};
  depth_ = 0;
  skip_line();
}

bool Tokens::next(Entry& entry) {
  problem_.reset();
  entry.tokens.clear();
  entry.begins_with_blank = !is_at_end() && is_blank(text_[at_]);
  while (!is_at_end()) {
    const Step done = step(entry);
    if (problem_ || done == Step::kEntry) return true;
  }
  if (depth_ > 0) {
    depth_ = 0;
    problem_ = Problem{opened_, "this parenthesis is never closed: the record goes on to the end of the file"};
    return true;
  }
  entry.end = spot();
  return !entry.tokens.empty();
}

Tokens::Step Tokens::step(Entry& entry) {
  const char c = text_[at_];
  if (c == '\n') {
    entry.end = spot();
    end_line();
    if (depth_ > 0) return Step::kMore;
    if (!entry.tokens.empty()) return Step::kEntry;
    entry.begins_with_blank = !is_at_end() && is_blank(text_[at_]);
    return Step::kMore;
  }
  if (is_blank(c)) {
    ++at_;
  } else if (c == ';') {
    at_ = std::min(text_.find('\n', at_), text_.size());
  } else if (c == '(') {
    if (depth_++ == 0) opened_ = spot();
    ++at_;
  } else if (c == ')') {
    if (depth_ == 0) {
      fail(spot(), "this parenthesis closes none");
      return Step::kMore;
    }
    --depth_;
    ++at_;
  } else if (entry.tokens.size() == kTokensMax) {
    fail(spot(), fmt::format("a record has more than {} words; is a parenthesis not closed?", kTokensMax));
  } else if (c == '"') {
    take_string(entry);
  } else {
    take_word(entry);
  }
  return Step::kMore;
}

void Tokens::take_word(Entry& entry) {
  const Spot begin = spot();
  const std::size_t begin_at = at_;
  while (!is_at_end() && !ends_word(text_[at_])) {
    if (is_control(text_[at_])) return fail(spot(), "a control character; this is to be a text file");
    const bool is_escape = text_[at_] == '\\';
    if (is_escape && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r')) {
      return fail(spot(),
                  "'\\' stands before a character, or three digits; a record goes on in the next line within "
                  "parentheses");
    }
    at_ += is_escape ? 2 : 1;
  }
  entry.tokens.push_back({text_.substr(begin_at, at_ - begin_at), false, begin});
}

void Tokens::take_string(Entry& entry) {
  const Spot begin = spot();
  const std::size_t begin_at = ++at_;
  while (!is_at_end() && text_[at_] != '"' && text_[at_] != '\n') {
    if (is_control(text_[at_]) && !is_blank(text_[at_])) {
      return fail(spot(), "a control character; write it as its three decimal digits, as \\007");
    }
    const bool is_escape = text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n';
    at_ += is_escape ? 2 : 1;
  }
  if (is_at_end() || text_[at_] == '\n') {
    return fail(begin,
                "this string is not closed in its line; one that is longer goes on as another string within "
                "parentheses");
  }
  entry.tokens.push_back({text_.substr(begin_at, at_ - begin_at), true, begin});
  ++at_;
}

}  // namespace headgate::proxy::dns::zone::master_file
