#include "json/reader.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "json/writer.h"

namespace hk::json {
namespace {

namespace bj = boost::json;

/// The first piece of memory of a document is part of it: a small body costs one allocation.
constexpr std::size_t kInlineBytes = 2'048;

struct Document {
  std::array<unsigned char, kInlineBytes> memory;
  bj::monotonic_resource resource{memory.data(), memory.size()};
  bj::value root = bj::value(bj::storage_ptr(&resource));
};

const bj::value& node_of(const void* node) {
  return *static_cast<const bj::value*>(node);
}

std::string_view view(bj::string_view text) {
  return {text.data(), text.size()};
}

std::string join(std::string_view path, std::string_view name) {
  std::string out(path);
  if (!out.empty()) out += '.';
  out += name;
  return out;
}

/// The path of the first string or key with U+0000; nullopt if there is none. Depth is bounded by kMaxDepth.
std::optional<std::string> find_nul(const bj::value& node, const std::string& path) {
  if (const auto* text = node.if_string()) {
    if (text->find('\0') != bj::string::npos) return path;
  } else if (const auto* list = node.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto found = find_nul((*list)[i], join(path, std::to_string(i)))) return found;
    }
  } else if (const auto* object = node.if_object()) {
    for (const auto& field : *object) {
      if (field.key().find('\0') != bj::string_view::npos) return path;
      if (auto found = find_nul(field.value(), join(path, view(field.key())))) return found;
    }
  }
  return std::nullopt;
}

/// What the problem means to somebody who looks at the body he sent.
std::string explain(const bj::error_code& error, std::string_view text, std::size_t at) {
  const std::string where = " at byte " + std::to_string(at);
  if (error == bj::error::too_deep) {
    return "the JSON is nested too deeply; at most " + std::to_string(kMaxDepth) + " levels are allowed";
  }
  if (error == bj::error::incomplete) return "the JSON ends too early";
  if (error == bj::error::extra_data) return "there is more behind the JSON value" + where;
  if (!valid_utf8(text) || error == bj::error::illegal_leading_surrogate ||
      error == bj::error::illegal_trailing_surrogate) {
    return "the JSON holds text that is not valid UTF-8" + where;
  }
  return "the body is not valid JSON" + where + ": " + error.message();
}

void write_node(Writer& out, const bj::value& node) {
  switch (node.kind()) {
    case bj::kind::null:
      out.value(nullptr);
      return;
    case bj::kind::bool_:
      out.value(node.get_bool());
      return;
    case bj::kind::int64:
      out.value(node.get_int64());
      return;
    case bj::kind::uint64:
      out.value(node.get_uint64());
      return;
    case bj::kind::double_:
      out.value(node.get_double());
      return;
    case bj::kind::string:
      out.value(view(node.get_string()));
      return;
    case bj::kind::array:
      out.begin_array();
      for (const auto& element : node.get_array()) write_node(out, element);
      out.end_array();
      return;
    case bj::kind::object:
      out.begin_object();
      for (const auto& field : node.get_object()) {
        out.key(view(field.key()));
        write_node(out, field.value());
      }
      out.end_object();
      return;
  }
}

/// Whole numbers, also written as 3.0 or 3e2; those up to 14 digits, because Boost.JSON rounds a longer text with a
/// point to a double beside the right one.
std::optional<std::int64_t> whole_number(const bj::value& node) {
  if (const auto* i = node.if_int64()) return *i;
  if (const auto* d = node.if_double()) {
    constexpr double exact = 99'999'999'999'999.0;
    if (std::trunc(*d) == *d && std::fabs(*d) <= exact) return static_cast<std::int64_t>(*d);
  }
  return std::nullopt;
}

std::string number_text(double value) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

}  // namespace

Value::Kind Value::kind() const {
  switch (node_of(node_).kind()) {
    case bj::kind::null:
      return Kind::null;
    case bj::kind::bool_:
      return Kind::boolean;
    case bj::kind::int64:
    case bj::kind::uint64:
    case bj::kind::double_:
      return Kind::number;
    case bj::kind::string:
      return Kind::string;
    case bj::kind::array:
      return Kind::array;
    case bj::kind::object:
      return Kind::object;
  }
  return Kind::null;
}

std::string_view Value::text() const {
  const auto* text = node_of(node_).if_string();
  return text ? std::string_view(text->data(), text->size()) : std::string_view{};
}

std::string Value::str() const {
  Writer out;
  write_node(out, node_of(node_));
  return out.take();
}

Result<Value> parse(std::string_view text) {
  const auto document = std::make_shared<Document>();
  std::array<unsigned char, 1'024> scratch;
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::parser parser(&document->resource, options, scratch.data(), scratch.size());
  bj::error_code error;
  const std::size_t consumed = parser.write_some(text.data(), text.size(), error);
  if (!error && consumed < text.size()) error = bj::error::extra_data;
  if (error) return fail(Code::invalid, explain(error, text, consumed));
  document->root = parser.release();
  // Only an escape can bring a NUL in (the parser refuses raw control characters), so most bodies skip the walk.
  if (text.find("\\u0000") != std::string_view::npos) {
    if (auto path = find_nul(document->root, "")) {
      return fail(Code::invalid, "text must not contain the character U+0000", std::move(*path));
    }
  }
  const void* root = &document->root;
  return Value(document, root);
}

Object::Object(Value value) : Object(std::move(value), "", std::make_shared<std::vector<FieldError>>()) {}

Object::Object(Value value, std::string path, std::shared_ptr<std::vector<FieldError>> errors)
    : value_(std::move(value)), path_(std::move(path)), errors_(std::move(errors)) {
  if (value_.kind() != Value::Kind::object) errors_->push_back({path_, "must be a JSON object"});
}

std::string Object::path_of(std::string_view name) const {
  return join(path_, name);
}

/// The field's node, or null when absent or JSON null.
const void* Object::find(std::string_view name, bool required) {
  const auto* object = node_of(value_.node_).if_object();
  if (!object) return nullptr;
  const auto* field = object->find(bj::string_view(name.data(), name.size()));
  if (field != object->end()) {
    seen_.resize(object->size());
    seen_[static_cast<std::size_t>(field - object->begin())] = true;
    if (!field->value().is_null()) return &field->value();
  }
  if (required) refuse(name, "is required");
  return nullptr;
}

bool Object::has(std::string_view name) const {
  const auto* object = node_of(value_.node_).if_object();
  const auto* node = object ? object->if_contains(bj::string_view(name.data(), name.size())) : nullptr;
  return node && !node->is_null();
}

std::optional<std::string> Object::check_text(std::string_view text, std::string path, const StrRule& rule) {
  if (rule.trim) text = trim(text);
  const std::size_t length = utf8_length(text);
  if (rule.required && text.empty()) {
    errors_->push_back({std::move(path), "must not be empty"});
  } else if (length < rule.min) {
    errors_->push_back({std::move(path), "must have at least " + std::to_string(rule.min) + " characters"});
  } else if (length > rule.max) {
    errors_->push_back({std::move(path), "must have at most " + std::to_string(rule.max) + " characters"});
  } else {
    return std::string(text);
  }
  return std::nullopt;
}

std::optional<std::string> Object::opt_str(std::string_view name, StrRule rule) {
  const void* node = find(name, rule.required);
  if (!node) return std::nullopt;
  const auto* text = node_of(node).if_string();
  if (!text) {
    refuse(name, "must be a string");
    return std::nullopt;
  }
  return check_text({text->data(), text->size()}, path_of(name), rule);
}

std::string Object::str(std::string_view name, StrRule rule) {
  return opt_str(name, rule).value_or("");
}

std::optional<std::int64_t> Object::opt_int(std::string_view name, IntRule rule) {
  const void* node = find(name, rule.required);
  if (!node) return std::nullopt;
  const auto number = whole_number(node_of(node));
  if (!number) {
    refuse(name, "must be a whole number");
  } else if (*number < rule.min || *number > rule.max) {
    constexpr IntRule any;
    if (rule.max == any.max) {
      refuse(name, "must be at least " + std::to_string(rule.min));
    } else if (rule.min == any.min) {
      refuse(name, "must be at most " + std::to_string(rule.max));
    } else {
      refuse(name, "must be from " + std::to_string(rule.min) + " to " + std::to_string(rule.max));
    }
  } else {
    return number;
  }
  return std::nullopt;
}

std::int64_t Object::integer(std::string_view name, IntRule rule, std::int64_t fallback) {
  return opt_int(name, rule).value_or(fallback);
}

std::optional<double> Object::opt_number(std::string_view name, NumberRule rule) {
  const void* node = find(name, rule.required);
  if (!node) return std::nullopt;
  if (!node_of(node).is_number()) {
    refuse(name, "must be a number");
    return std::nullopt;
  }
  const auto number = node_of(node).to_number<double>();
  if (number >= rule.min && number <= rule.max) return number;
  refuse(name, "must be from " + number_text(rule.min) + " to " + number_text(rule.max));
  return std::nullopt;
}

std::optional<bool> Object::opt_bool(std::string_view name) {
  const void* node = find(name, false);
  if (!node) return std::nullopt;
  if (const auto* flag = node_of(node).if_bool()) return *flag;
  refuse(name, "must be true or false");
  return std::nullopt;
}

bool Object::boolean(std::string_view name, bool fallback) {
  return opt_bool(name).value_or(fallback);
}

std::optional<Value> Object::opt_value(std::string_view name) {
  const void* node = find(name, false);
  if (!node) return std::nullopt;
  return Value(value_.document_, node);
}

std::optional<Object> Object::object(std::string_view name, bool required) {
  const void* node = find(name, required);
  if (!node) return std::nullopt;
  if (!node_of(node).is_object()) {
    refuse(name, "must be a JSON object");
    return std::nullopt;
  }
  return Object(Value(value_.document_, node), path_of(name), errors_);
}

std::vector<Value> Object::array(std::string_view name, ArrayRule rule) {
  std::vector<Value> out;
  const void* node = find(name, rule.required);
  if (!node) return out;
  const auto* list = node_of(node).if_array();
  if (!list) {
    refuse(name, "must be a list");
  } else if (list->size() > rule.max) {
    refuse(name, "must have at most " + std::to_string(rule.max) + " elements");
  } else {
    for (const auto& element : *list) out.push_back(Value(value_.document_, &element));
  }
  return out;
}

std::vector<Object> Object::objects(std::string_view name, ArrayRule rule) {
  std::vector<Object> out;
  for (Value& element : array(name, rule)) {
    out.push_back(Object(std::move(element), join(path_of(name), std::to_string(out.size())), errors_));
  }
  return out;
}

std::vector<std::string> Object::strings(std::string_view name, ArrayRule rule, StrRule each) {
  std::vector<std::string> out;
  std::size_t index = 0;
  for (const Value& element : array(name, rule)) {
    std::string path = join(path_of(name), std::to_string(index++));
    if (element.kind() != Value::Kind::string) {
      errors_->push_back({std::move(path), "must be a string"});
    } else if (auto text = check_text(element.text(), std::move(path), each)) {
      out.push_back(std::move(*text));
    }
  }
  return out;
}

std::vector<std::string> Object::keys() const {
  std::vector<std::string> out;
  if (const auto* object = node_of(value_.node_).if_object()) {
    for (const auto& field : *object) out.emplace_back(view(field.key()));
  }
  return out;
}

void Object::refuse(std::string_view name, std::string problem) {
  errors_->push_back({path_of(name), std::move(problem)});
}

void Object::refuse_unknown_fields() {
  const std::vector<std::string> names = keys();
  seen_.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!seen_[i]) refuse(names[i], "is not a known field");
  }
}

Result<void> Object::finish() const {
  if (errors_->empty()) return {};
  constexpr std::size_t kMostTold = 10;  // a body of a thousand wrong fields gets a short answer too
  std::string message;
  for (std::size_t i = 0; i < errors_->size() && i < kMostTold; ++i) {
    const FieldError& error = (*errors_)[i];
    if (!message.empty()) message += "; ";
    message += error.field.empty() ? "the body" : std::string(utf8_prefix(error.field, 200));
    message += ' ' + error.problem;
  }
  if (errors_->size() > kMostTold) message += "; and " + std::to_string(errors_->size() - kMostTold) + " more";
  return fail(Code::invalid, std::move(message), errors_->front().field);
}

}  // namespace hk::json
