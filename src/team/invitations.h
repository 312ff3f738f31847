#pragma once
// Invitations into a team, or to a single site of it: by mail or as a link to copy, bound to an address, once.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "access/granted.h"
#include "access/principal.h"
#include "auth/accounts.h"
#include "auth/attempts.h"
#include "auth/directory.h"
#include "auth/password_resets.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "control/control.h"
#include "crypto/hash.h"
#include "team/members.h"

namespace hk::team {

using InvitationId = Id<struct InvitationTag>;

/// How long an invitation can be accepted.
inline constexpr std::chrono::days kInvitationLifetime{7};
/// Of one team and its sites, at a time. Above: 409.
inline constexpr std::int64_t kMaxInvitations = 200;
inline constexpr std::size_t kMaxInvitationToken = 200;  // characters

/// Into what: a team, or one site of it.
struct Into {
  TeamId team;
  std::optional<SiteKey> site = {};
  std::optional<SiteId> site_id = {};
};

/// One that nobody has accepted yet.
struct Invitation {
  InvitationId id;
  TeamId team;
  std::string email;
  std::string role;
  std::string status = "pending";
  std::optional<UserId> created_by;
  TimeMs created_at{};
  TimeMs expires_at{};
};

/// One that was just made. `link` is empty where a mail carries it.
struct Invited {
  Invitation invitation;
  std::string link;
};

/// One to a single site.
struct GuestInvitation {
  Invitation invitation;
  SiteId site;
  std::string domain;
};

/// How somebody hears of an invitation.
struct Delivery {
  bool mail = true;  // false, or no mail server: the answer has the link
  std::string language = {};
};

/// Whom, and as what.
struct Invite {
  std::string email;
  std::string role;
};

/// What whoever got the link sends.
struct Accept {
  Secret<std::string> token;
  Secret<std::string> password;  // of a new account
  std::string given_name;
  std::string last_name;
  std::string language = {};
  auth::CalledFrom from = {};
  std::stop_token gone = {};
};

/// Thread-safe. Calls block: workers only. `done` as in Control::write.
class Invitations {
 public:
  Invitations(const auth::Settings& settings, control::Control& control, auth::Accounts& accounts, auth::Post post,
              const Clock& clock);

  /// A change that may end in an invitation, which is mailed when the change is kept.
  using Makes = std::function<Result<std::optional<Invited>>(db::Sqlite&)>;
  Result<std::optional<Invited>> write(const Makes& makes, const Delivery& delivery, control::Control::Done done);
  /// Within such a change, of somebody who manages the members of `into`. Code::conflict where the address is invited
  /// already, or kMaxInvitations are open; Code::limited after some mails to one address.
  Result<Invited> make(db::Sqlite& sql, const access::Principal& who, const Into& into, const Invite& invite,
                       const Delivery& delivery);

  Result<std::vector<Invitation>> list(const Into& into);
  /// Those to single sites of a team.
  Result<std::vector<GuestInvitation>> of_guests(const TeamId& team);
  /// Another link and another week; the one before ends. Code::not_found.
  Result<Invited> renew(const access::Principal& who, const Into& into, const InvitationId& id,
                        const Delivery& delivery, control::Control::Done done);
  /// The link is worth nothing from now on.
  Result<void> revoke(const access::Principal& who, const Into& into, const InvitationId& id,
                      control::Control::Done done);

  /// Whoever is signed in joins with his account, which has to have the address that was invited (Code::forbidden);
  /// others get an account with their password and are signed in. Where the address has an account already, its
  /// holder signs in first (Code::unauthenticated). Code::invalid with field "token" for a link that is unknown, used,
  /// revoked or over. The value: a session, for a new account.
  Result<std::optional<auth::SignedInNow>> accept(const access::Principal& who, const auth::Identities& identities,
                                                  const Accept& typed, control::Control::Done done);

 private:
  struct Open;
  bool sends(const Delivery& delivery) const { return delivery.mail && post_->send; }
  Result<void> may_mail(std::string_view email, const Delivery& delivery);
  Result<Open> open_by(db::Sqlite& sql, const std::string& token_hash) const;
  Result<void> join(db::Sqlite& sql, const Open& open, const access::SignedIn& who) const;
  std::string link_of(std::string_view token) const;

  const auth::Settings& settings_;
  control::Control& control_;
  auth::Accounts& accounts_;
  const std::shared_ptr<const auth::Post> post_;
  const Clock& clock_;
  crypto::SipKey key_{};
  auth::Attempts mails_;  // by address
};

}  // namespace hk::team
