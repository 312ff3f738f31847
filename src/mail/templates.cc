#include "mail/templates.h"

#include <brotli/decode.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "json/reader.h"

namespace hk::mail {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;  // of all mails, unpacked; seven languages of one take 60 kB

Result<std::string> unbrotli(std::string_view packed) {
  std::string text(kMaxBytes, '\0');
  std::size_t size = text.size();
  if (BrotliDecoderDecompress(packed.size(), reinterpret_cast<const std::uint8_t*>(packed.data()), &size,
                              reinterpret_cast<std::uint8_t*>(text.data())) != BROTLI_DECODER_RESULT_SUCCESS)
    return fail(Code::internal, "the mail templates cannot be unpacked");
  text.resize(size);
  return text;
}

Result<std::string> put_in(std::string_view text, Templates::Variables variables, bool html) {
  std::string out;
  while (true) {
    const std::size_t open = text.find("{{");
    out.append(text.substr(0, open));
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find("}}", open);
    const std::string_view name =
        close == std::string_view::npos ? text.substr(open) : trim(text.substr(open + 2, close - open - 2));
    const auto variable = std::ranges::find(variables, name, &std::pair<std::string_view, std::string_view>::first);
    if (variable == variables.end()) return fail(Code::internal, concat({"a mail template asks for ", name}));
    if (html) {
      append_html_text(out, variable->second);
    } else {
      out.append(variable->second);
    }
    text.remove_prefix(close + 2);
  }
}

}  // namespace

Result<Templates> Templates::unpack(std::string_view packed) {
  if (packed.empty())
    return fail(Code::internal,
                "this program was built without its mails (make web); without HITKEEP_MAIL_HOST it starts");
  const auto text = unbrotli(packed);
  if (!text) return std::unexpected(text.error());
  const auto document = json::parse(*text);
  if (!document) return fail(Code::internal, "the mail templates are no JSON: " + document.error().message);
  Templates templates;
  json::Object root(*document);
  for (json::Object& entry : root.objects("mails", {.required = true})) {
    const json::StrRule rule{.max = kMaxBytes, .min = 1, .required = true};
    Mail mail{.name = entry.str("name", rule),
              .to = {},
              .subject = entry.str("subject", rule),
              .text = entry.str("text", rule),
              .html = entry.str("html", rule)};
    std::pair key{mail.name, entry.str("language", rule)};
    templates.mails_.emplace(std::move(key), std::move(mail));
  }
  if (auto fine = root.finish(); !fine) return fail(Code::internal, "the mail templates: " + fine.error().message);
  return templates;
}

Result<Mail> Templates::fill(std::string_view name, std::string_view language, Variables variables) const {
  auto at = mails_.find({std::string(name), std::string(language)});
  if (at == mails_.end()) at = mails_.find({std::string(name), "en"});
  if (at == mails_.end()) return fail(Code::internal, concat({"there is no mail template ", name}));
  Mail mail = at->second;
  const auto text = put_in(mail.text, variables, false);
  const auto html = put_in(mail.html, variables, true);
  if (!text) return std::unexpected(text.error());
  if (!html) return std::unexpected(html.error());
  mail.text = *text;
  mail.html = *html;
  return mail;
}

}  // namespace hk::mail
