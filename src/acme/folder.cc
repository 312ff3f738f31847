#include "acme/folder.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/secret_file.h"
#include "json/reader.h"
#include "json/writer.h"

namespace hk::acme {
namespace {

constexpr const char* kAccount = "account-key.pem";
constexpr const char* kNextKey = "next-key.pem";
constexpr const char* kCertificate = "certificate.pem";  // key and chain in one file, so that they fit
constexpr const char* kProgress = "progress.json";
/// Where the chain begins in it.
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::size_t kMaxTries = 10;

TimeMs time_in(json::Object& object, std::string_view name) {
  return from_ms(object.integer(name));
}

}  // namespace

Result<void> Folder::open() {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
  if (error) return fail(Code::internal, concat({"cannot make the folder ", folder_.string(), ": ", error.message()}));
  return {};
}

Result<crypto::EcKey> Folder::key_in(const std::string& name) {
  const auto text = crypto::read_secret_file(folder_ / name);
  if (!text) return std::unexpected(text.error());
  if (const auto& pem = *text) {
    auto key = crypto::EcKey::read(*pem);
    if (!key) return fail(key.error().code, concat({(folder_ / name).string(), ": ", key.error().message}));
    return key;
  }
  auto key = crypto::EcKey::make();
  if (auto kept = crypto::replace_secret_file(folder_ / name, key.pem()); !kept) return std::unexpected(kept.error());
  return key;
}

Result<crypto::EcKey> Folder::account() {
  return key_in(kAccount);
}

Result<crypto::EcKey> Folder::next_key() {
  return key_in(kNextKey);
}

void Folder::forget_next_key() {
  std::error_code ignored;
  std::filesystem::remove(folder_ / kNextKey, ignored);
}

Result<std::optional<KeptPair>> Folder::certificate() const {
  const auto text = crypto::read_secret_file(folder_ / kCertificate);
  if (!text) return std::unexpected(text.error());
  const std::optional<Secret<std::string>>& there = *text;
  if (!there) return std::nullopt;
  const std::string& pem = there->reveal();
  const auto begin = pem.find(kBegin);
  if (begin == std::string::npos)
    return fail(Code::invalid, (folder_ / kCertificate).string() + " holds no certificate");
  return KeptPair{.chain = pem.substr(begin), .key = Secret(pem.substr(0, begin))};
}

Result<void> Folder::keep(const std::string& chain, const crypto::EcKey& key) {
  return crypto::replace_secret_file(folder_ / kCertificate, Secret(key.pem().reveal() + chain));
}

/// What cannot be read counts as nothing: then it begins anew.
OrderState Folder::progress() const {
  const auto text = crypto::read_secret_file(folder_ / kProgress);
  const std::optional<Secret<std::string>> there = text ? *text : std::nullopt;
  if (!there) return {};
  const auto document = json::parse(there->reveal());
  if (!document) return {};
  json::Object object(*document);
  OrderState out{.directory = object.str("directory"),
                 .names = object.strings("names"),
                 .order = object.str("order"),
                 .resumed = object.boolean("resumed"),
                 .failures = object.integer("failures", {.min = 0, .max = 1'000'000}),
                 .next = time_in(object, "next"),
                 .barred = time_in(object, "barred"),
                 .tries = {}};
  for (auto& each : object.objects("tries", {.max = kMaxTries})) out.tries.push_back(time_in(each, "at"));
  if (!object.finish()) return {};
  return out;
}

Result<void> Folder::keep(const OrderState& progress) {
  json::Writer out;
  out.begin_object().field("directory", progress.directory).key("names").begin_array();
  for (const auto& name : progress.names) out.value(name);
  out.end_array()
      .field("order", progress.order)
      .field("resumed", progress.resumed)
      .field("failures", progress.failures)
      .field("next", to_ms(progress.next))
      .field("barred", to_ms(progress.barred))
      .key("tries")
      .begin_array();
  const std::size_t first = progress.tries.size() - std::min(progress.tries.size(), kMaxTries);
  for (std::size_t i = first; i < progress.tries.size(); ++i)
    out.begin_object().field("at", to_ms(progress.tries[i])).end_object();
  out.end_array().end_object();
  return crypto::replace_secret_file(folder_ / kProgress, Secret(out.take()));
}

}  // namespace hk::acme
