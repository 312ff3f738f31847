#pragma once
// What a new password must be.

#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace hk::auth {

inline constexpr std::size_t kMinPasswordCharacters = 10;

/// Code::invalid with field "password" unless it has 10 characters at least (and kMaxPasswordBytes at most), and is
/// neither one of the 10,000 commonest nor the account's address, a part of it or this instance's host: in whatever
/// case, and whatever digits and signs stand before or behind. Rules about kinds of characters there are none: they
/// make people write "Password1!".
Result<void> check_new_password(std::string_view password, std::string_view email, std::string_view host);

}  // namespace hk::auth
