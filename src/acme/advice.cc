#include "acme/advice.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hk::acme {
namespace {

struct Known {
  std::string_view type;
  std::string_view what;  // {{name}}, {{port}}, {{setting}}
};

/// RFC 8555, 6.7: what an operator can do something about.
constexpr std::array kKnown = std::to_array<Known>({
    {"connection",
     "the authority could not reach {{name}} on port {{port}}: it must be open to the internet and lead to {{setting}} "
     "(firewall, forwarded port, and the AAAA record, if there is one)"},
    {"dns", "the authority did not find {{name}} in the DNS: give it an A or AAAA record with this machine's address"},
    {"unauthorized",
     "at {{name}}, port {{port}}, the authority met another program than this one: let the DNS point to this machine, "
     "and port {{port}} lead to {{setting}}"},
    {"incorrectResponse",
     "at {{name}}, port {{port}}, the authority met another program than this one: let the DNS point to this machine, "
     "and port {{port}} lead to {{setting}}"},
    {"tls",
     "the authority could not speak TLS with {{name}} on port {{port}}: nothing may take TLS apart between it and "
     "{{setting}}"},
    {"caa", "the DNS of {{name}} forbids this authority (CAA record): allow it there, or set HITKEEP_ACME_DIRECTORY"},
    {"rateLimited", "the authority has given enough certificates for {{name}} for now, and says when to come again"},
    {"rejectedIdentifier", "the authority gives no certificate for {{name}}: look at HITKEEP_TLS_DOMAIN"},
    {"unsupportedIdentifier", "the authority gives no certificate for {{name}}: look at HITKEEP_TLS_DOMAIN"},
    {"invalidContact", "the authority does not take HITKEEP_ACME_EMAIL"},
    {"unsupportedContact", "the authority does not take HITKEEP_ACME_EMAIL"},
    {"externalAccountRequired",
     "the authority wants an account that it made itself, which HitKeep does not do: set another "
     "HITKEEP_ACME_DIRECTORY"},
    {"userActionRequired", "the authority wants its account's owner to do something first"},
});

}  // namespace

std::string advice(const Problem& problem, std::string_view name, std::string_view challenge) {
  const auto known = std::ranges::find(kKnown, problem.type, &Known::type);
  std::string out;
  if (known == kKnown.end()) {
    out = concat({"the authority refused what was asked for ", name});
    if (text_is_plain(problem.type) && !problem.type.empty() && problem.type.size() <= 60)
      out += concat({" (", problem.type, ")"});
  } else {
    const bool tls = challenge == kTlsAlpn01;
    out = fill(known->what, {{"name", std::string(name)},
                             {"port", tls ? "443" : "80"},
                             {"setting", tls ? "HITKEEP_TLS_ADDR" : "HITKEEP_HTTP_ADDR"}});
  }
  return problem.detail.empty() ? out : concat({out, "; it says: ", problem.detail});
}

}  // namespace hk::acme
