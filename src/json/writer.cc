#include "json/writer.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace hk::json {
namespace {

template <class N>
void append_number(std::string& out, N number) {
  std::array<char, 32> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

}  // namespace

void Writer::before_value() {
  assert((open_.empty() ? out_.empty() : after_key_ == (open_.back() == '}')) && "a value where none may stand");
  if (comma_ && !after_key_) out_ += ',';
  comma_ = true;
  after_key_ = false;
}

void Writer::begin(char bracket) {
  before_value();
  out_ += bracket;
  open_.push_back(bracket == '{' ? '}' : ']');
  comma_ = false;
}

void Writer::end(char bracket) {
  assert(!open_.empty() && open_.back() == bracket && !after_key_);
  out_ += bracket;
  open_.pop_back();
  comma_ = true;
}

Writer& Writer::begin_object() {
  begin('{');
  return *this;
}

Writer& Writer::end_object() {
  end('}');
  return *this;
}

Writer& Writer::begin_array() {
  begin('[');
  return *this;
}

Writer& Writer::end_array() {
  end(']');
  return *this;
}

Writer& Writer::key(std::string_view name) {
  assert(!open_.empty() && open_.back() == '}' && !after_key_);
  if (comma_) out_ += ',';
  append_json_string(out_, name);
  out_ += ':';
  comma_ = true;
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

Writer& Writer::value(std::nullptr_t) {
  return raw("null");
}

Writer& Writer::value(double number) {
  if (!std::isfinite(number)) return raw("null");
  before_value();
  append_number(out_, number);
  return *this;
}

Writer& Writer::value(TimeMs time) {
  before_value();
  out_ += '"';
  append_rfc3339(out_, time);
  out_ += '"';
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

Writer& Writer::boolean(bool flag) {
  return raw(flag ? "true" : "false");
}

Writer& Writer::integer(std::int64_t number) {
  before_value();
  append_number(out_, number);
  return *this;
}

Writer& Writer::whole(std::uint64_t number) {
  before_value();
  append_number(out_, number);
  return *this;
}

std::string Writer::take() {
  assert(open_.empty() && !after_key_);
  comma_ = false;
  return std::exchange(out_, {});
}

}  // namespace hk::json
