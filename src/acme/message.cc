#include "acme/message.h"

#include <algorithm>

#include "base/text.h"
#include "json/reader.h"

namespace hk::acme {
namespace {

constexpr std::string_view kErrorPrefix = "urn:ietf:params:acme:error:";
constexpr std::size_t kMaxDetailBytes = 300;

constexpr json::StrRule kUrl{.max = 2'048};
constexpr json::StrRule kNeededUrl{.max = 2'048, .min = 1, .required = true};
constexpr json::StrRule kWord{.max = 40, .min = 1, .required = true};

Problem problem_in(json::Object& object) {
  Problem out{.type = object.str("type", {.max = 200}), .detail = {}};
  if (out.type.starts_with(kErrorPrefix)) out.type.erase(0, kErrorPrefix.size());
  // It goes into a line of the log: what somebody else wrote stays one line of text.
  out.detail = utf8_prefix(object.str("detail"), kMaxDetailBytes);
  if (!text_is_plain(out.detail)) out.detail.clear();
  return out;
}

std::optional<Problem> error_in(json::Object& object) {
  auto error = object.object("error");
  if (!error) return std::nullopt;
  return problem_in(*error);
}

Result<json::Object> object_of(std::string_view body) {
  const auto document = json::parse(body);
  if (!document) return std::unexpected(document.error());
  return json::Object(*document);
}

std::unexpected<Error> not_understood(const Result<void>& read) {
  return fail(Code::invalid, "the authority's answer is not what ACME says: " + read.error().message);
}

}  // namespace

const Challenge* Authorization::offered(std::string_view type) const {
  const auto found = std::ranges::find(challenges, type, &Challenge::type);
  return found == challenges.end() ? nullptr : &*found;
}

Result<Directory> read_directory(std::string_view body) {
  auto object = object_of(body);
  if (!object) return std::unexpected(object.error());
  Directory out{.new_nonce = object->str("newNonce", kNeededUrl),
                .new_account = object->str("newAccount", kNeededUrl),
                .new_order = object->str("newOrder", kNeededUrl)};
  if (auto meta = object->object("meta")) out.needs_external_account = meta->boolean("externalAccountRequired");
  if (auto read = object->finish(); !read) return not_understood(read);
  return out;
}

Result<CertificateOrder> read_order(std::string_view body) {
  auto object = object_of(body);
  if (!object) return std::unexpected(object.error());
  CertificateOrder out{
      .status = object->str("status", kWord),
      .authorizations = object->strings("authorizations", {.max = kMaxParts, .required = true}, kNeededUrl),
      .finalize = object->str("finalize", kNeededUrl),
      .certificate = object->str("certificate", kUrl),
      .error = error_in(*object)};
  if (auto read = object->finish(); !read) return not_understood(read);
  return out;
}

Result<Authorization> read_authorization(std::string_view body) {
  auto object = object_of(body);
  if (!object) return std::unexpected(object.error());
  Authorization out{.status = object->str("status", kWord)};
  if (auto identifier = object->object("identifier", true))
    out.name = identifier->str("value", {.max = 300, .required = true});
  for (auto& challenge : object->objects("challenges", {.max = kMaxParts, .required = true}))
    out.challenges.push_back({.type = challenge.str("type", kWord),
                              .url = challenge.str("url", kNeededUrl),
                              .token = challenge.str("token", {.max = 500}),
                              .error = error_in(challenge)});
  if (auto read = object->finish(); !read) return not_understood(read);
  return out;
}

Problem read_problem(std::string_view body) {
  auto object = object_of(body);
  return object ? problem_in(*object) : Problem{};
}

}  // namespace hk::acme
