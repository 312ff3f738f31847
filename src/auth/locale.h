#pragma once
// The languages of the dashboard, and the few words that the server itself writes in them.

#include <optional>
#include <string>
#include <string_view>

namespace hk::auth {

/// The first language of an Accept-Language header that the dashboard speaks (en, de, es, fr, it, nl, pt), by its base
/// tag; "en" if there is none. Preference weights are ignored: browsers send the list in order.
std::string preferred_language(std::string_view accept_language);

/// "de" of "de-AT", if the dashboard speaks it.
std::optional<std::string> spoken_language(std::string_view tag);

/// How the first team of somebody with this given name is called; without a name "My Team".
std::string team_name(std::string_view language, std::string_view given_name);

}  // namespace hk::auth
