#pragma once
// The words of every mail, in every language: made by web/mail, packed into the program.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "mail/message.h"

namespace hk::mail {

/// What the build of web/mail left, as brotli (RFC 7932); empty when the program was built without it.
std::string_view embedded_templates();

/// Immutable once made, so threads may share it.
class Templates {
 public:
  using Variables = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `packed`: brotli of the JSON {mails: [{name, language, subject, text, html}]}. Code::internal if it is none.
  static Result<Templates> unpack(std::string_view packed);

  /// The mail of that name; in English where the language is unknown. {{x}} becomes the value of x, escaped where it
  /// stands in HTML. Code::internal for an unknown mail and for a variable that nobody gave: a mistake of the build.
  Result<Mail> fill(std::string_view name, std::string_view language, Variables variables) const;

 private:
  std::map<std::pair<std::string, std::string>, Mail> mails_;  // by name and language
};

}  // namespace hk::mail
