#include "team/invitations.h"

#include <utility>

#include "audit/audit.h"
#include "base/logging.h"
#include "base/text.h"
#include "crypto/random.h"
#include "sql/team.h"

namespace hk::team {
namespace sql = hk::sql::team;

/// What a link leads to.
struct Invitations::Open {
  InvitationId id;
  TeamId team;
  std::optional<SiteKey> site;
  std::optional<SiteId> site_id;
  std::string email;
  std::string role;
  std::string team_name;
  std::string domain;
  bool has_account = false;
};

namespace {

/// Nobody's mailbox is filled from here.
constexpr auth::Attempts::Rule kMails{.free = 3, .longest = std::chrono::minutes(10), .forget = std::chrono::hours(1)};
constexpr std::size_t kTokenBytes = 32;

std::unexpected<Error> no_such_link() {
  return fail(Code::invalid, "Invalid or expired invitation; it works once, for a week. Ask for a new one", "token");
}

db::SqlValue value_of(std::optional<SiteKey> site) {
  return site ? db::SqlValue(static_cast<std::int64_t>(*site)) : db::SqlValue();
}
/// As the index of addresses has it.
std::int64_t number_of(std::optional<SiteKey> site) {
  return site ? static_cast<std::int64_t>(*site) : 0;
}

audit::Note entry(audit::Action action, const Into& into, const InvitationId& id, std::string_view email,
                  std::string_view role) {
  audit::Note out{.action = action,
                  .team = into.team,
                  .site = into.site_id,
                  .target = audit::Target::invitation,
                  .target_id = id.str(),
                  .target_label = std::string(email)};
  out.changes.add("role", std::nullopt, std::string(role));
  return out;
}

Invitation invitation_of(const db::SqlRow& row) {
  return {.id = {row.uuid(0)},
          .team = {row.uuid(1)},
          .email = std::string(row.text(2)),
          .role = std::string(row.text(3)),
          .created_by = row.is_null(4) ? std::nullopt : std::optional(UserId{row.uuid(4)}),
          .created_at = from_ms(row.i64(5)),
          .expires_at = from_ms(row.i64(6))};
}

Result<Invitation> find(db::Sqlite& db, const Into& into, const InvitationId& id) {
  std::optional<Invitation> found;
  const auto read = db.rows(sql::invitation_by_id, {id.uuid, into.team.uuid, number_of(into.site)},
                            [&](const db::SqlRow& row) { found = invitation_of(row); });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::not_found, "Invite not found");
  return std::move(*found);
}

/// Called on the thread that applied the change.
void mail_link(const auth::Post& post, const Invited& invited, const std::string& language, const std::string& host) {
  const auto failed = [](std::string_view why) {
    logging::error("an invitation could not be mailed", {{"error", std::string(why)}});
  };
  auto mail = post.templates.fill(
      "invitation", language,
      {{"link", invited.link}, {"host", host}, {"days", std::to_string(kInvitationLifetime.count())}});
  if (!mail) return failed(mail.error().message);
  mail->to = invited.invitation.email;
  if (!post.send(std::move(*mail))) failed("too many mails wait");
}

Result<std::int64_t> number(db::Sqlite& db, std::string_view statement, const std::vector<db::SqlValue>& values) {
  std::int64_t found = 0;
  const auto read = db.rows(statement, values, [&](const db::SqlRow& row) { found = row.i64(0); });
  if (!read) return std::unexpected(read.error());
  return found;
}

}  // namespace

Invitations::Invitations(const auth::Settings& settings, control::Control& control, auth::Accounts& accounts,
                         auth::Post post, const Clock& clock)
    : settings_(settings),
      control_(control),
      accounts_(accounts),
      post_(std::make_shared<const auth::Post>(std::move(post))),
      clock_(clock),
      mails_(kMails, clock) {
  crypto::random_bytes(key_);
}

std::string Invitations::link_of(std::string_view token) const {
  // In the fragment, which browsers neither send nor pass on as a referrer.
  return settings_.page(concat({"accept-invite#token=", token}));
}

Result<void> Invitations::may_mail(std::string_view email, const Delivery& delivery) {
  if (!sends(delivery)) return {};
  const auto time = mails_.begin(crypto::siphash24(key_, ascii_lower(email)));
  if (!time) return {};
  return std::unexpected(
      Error{.code = Code::limited,
            .message = "Too many mails for this address; try again in " + std::to_string(time->count()) + " s",
            .field = {},
            .retry_after = *time});
}

Result<std::optional<Invited>> Invitations::write(const Makes& makes, const Delivery& delivery,
                                                  control::Control::Done done) {
  const auto made = std::make_shared<std::optional<Invited>>();  // also of `done`, which may outlive this call
  auto then = [made, post = post_, host = settings_.public_host, language = delivery.language, mails = sends(delivery),
               done = std::move(done)](Result<void> kept) mutable {
    if (kept && mails && *made) mail_link(*post, **made, language, host);
    done(std::move(kept));
  };
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        auto outcome = makes(change.sql());
        if (!outcome) return std::unexpected(outcome.error());
        *made = std::move(*outcome);
        return {};
      },
      std::move(then));
  if (!written) return std::unexpected(written.error());
  std::optional<Invited> out = *made;
  if (out && sends(delivery)) out->link.clear();
  return out;
}

Result<Invited> Invitations::make(db::Sqlite& db, const access::Principal& who, const Into& into, const Invite& invite,
                                  const Delivery& delivery) {
  const TimeMs now = clock_.now();
  if (auto ran = db.run(sql::delete_over_invitations, {to_ms(now)}); !ran) return std::unexpected(ran.error());
  const auto open = number(db, sql::count_invitations, {into.team.uuid});
  const auto same =
      number(db, sql::invitation_by_address, {into.team.uuid, number_of(into.site), ascii_lower(invite.email)});
  if (!open || !same) return std::unexpected((open ? same : open).error());
  if (*same > 0) return fail(Code::conflict, "Invite already pending", "email");
  if (*open >= kMaxInvitations)
    return fail(Code::conflict, "This team has " + std::to_string(kMaxInvitations) +
                                    " open invitations, as many as there may be; revoke some first");
  if (auto may = may_mail(invite.email, delivery); !may) return std::unexpected(may.error());
  const std::string token = crypto::random_hex(kTokenBytes);
  Invited out{.invitation = {.id = {crypto::uuid_v7(now)},
                             .team = into.team,
                             .email = invite.email,
                             .role = invite.role,
                             .created_by = access::user_of(who),
                             .created_at = now,
                             .expires_at = now + kInvitationLifetime},
              .link = link_of(token)};
  const Invitation& made = out.invitation;
  const auto by = made.created_by ? db::SqlValue(made.created_by->uuid) : db::SqlValue();
  const auto ran =
      db.run(sql::insert_invitation, {made.id.uuid, into.team.uuid, value_of(into.site), made.email, made.role,
                                      crypto::sha256_hex(token), by, to_ms(now), to_ms(made.expires_at)});
  if (!ran) return std::unexpected(ran.error());
  auto noted = audit::record(db, who, now, entry(audit::Action::member_invited, into, made.id, made.email, made.role));
  if (!noted) return std::unexpected(noted.error());
  return out;
}

Result<std::vector<Invitation>> Invitations::list(const Into& into) {
  std::vector<Invitation> out;
  const auto read = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::list_invitations, {into.team.uuid, number_of(into.site), to_ms(clock_.now())},
                   [&](const db::SqlRow& row) { out.push_back(invitation_of(row)); });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::vector<GuestInvitation>> Invitations::of_guests(const TeamId& team) {
  std::vector<GuestInvitation> out;
  const auto read = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::list_guest_invitations, {team.uuid, to_ms(clock_.now())}, [&](const db::SqlRow& row) {
      out.push_back({.invitation = invitation_of(row), .site = {row.uuid(7)}, .domain = std::string(row.text(8))});
    });
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<Invited> Invitations::renew(const access::Principal& who, const Into& into, const InvitationId& id,
                                   const Delivery& delivery, control::Control::Done done) {
  const TimeMs now = clock_.now();
  const auto renewed = write(
      [&](db::Sqlite& db) -> Result<std::optional<Invited>> {
        auto invitation = find(db, into, id);
        if (!invitation) return std::unexpected(invitation.error());
        if (auto may = may_mail(invitation->email, delivery); !may) return std::unexpected(may.error());
        const std::string token = crypto::random_hex(kTokenBytes);
        invitation->expires_at = now + kInvitationLifetime;
        const auto ran =
            db.run(sql::renew_invitation, {id.uuid, crypto::sha256_hex(token), to_ms(invitation->expires_at)});
        if (!ran) return std::unexpected(ran.error());
        const auto noted = audit::record(
            db, who, now, entry(audit::Action::member_invite_resent, into, id, invitation->email, invitation->role));
        if (!noted) return std::unexpected(noted.error());
        return Invited{.invitation = std::move(*invitation), .link = link_of(token)};
      },
      delivery, std::move(done));
  if (!renewed) return std::unexpected(renewed.error());
  return renewed->value_or(Invited{});
}

Result<void> Invitations::revoke(const access::Principal& who, const Into& into, const InvitationId& id,
                                 control::Control::Done done) {
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto found = find(change.sql(), into, id);
        if (!found) return std::unexpected(found.error());
        if (auto ran = change.sql().run(sql::delete_invitation, {id.uuid}); !ran) return std::unexpected(ran.error());
        return audit::record(change.sql(), who, clock_.now(),
                             entry(audit::Action::member_invite_revoked, into, id, found->email, found->role));
      },
      std::move(done));
}

Result<Invitations::Open> Invitations::open_by(db::Sqlite& db, const std::string& token_hash) const {
  std::optional<Open> open;
  const auto read = db.rows(sql::invitation_by_token, {token_hash, to_ms(clock_.now())}, [&](const db::SqlRow& row) {
    open = Open{.id = {row.uuid(0)},
                .team = {row.uuid(1)},
                .site = {},
                .site_id = {},
                .email = std::string(row.text(3)),
                .role = std::string(row.text(4)),
                .team_name = std::string(row.text(5)),
                .domain = row.is_null(6) ? std::string() : std::string(row.text(6)),
                .has_account = row.i64(8) != 0};
    if (row.is_null(2)) return;
    open->site = SiteKey{static_cast<std::uint32_t>(row.i64(2))};
    open->site_id = SiteId{row.uuid(7)};
  });
  if (!read) return std::unexpected(read.error());
  if (!open) return no_such_link();
  return std::move(*open);
}

/// The membership in the place of the invitation.
Result<void> Invitations::join(db::Sqlite& db, const Open& open, const access::SignedIn& who) const {
  const TimeMs now = clock_.now();
  const auto put = open.site ? db.run(sql::put_site_member,
                                      {static_cast<std::int64_t>(*open.site), who.user.uuid, open.role, to_ms(now)})
                             : db.run(sql::put_member, {open.team.uuid, who.user.uuid, open.role, to_ms(now)});
  if (!put) return std::unexpected(put.error());
  if (auto ran = db.run(sql::delete_invitation, {open.id.uuid}); !ran) return std::unexpected(ran.error());
  const Into into{.team = open.team, .site = open.site, .site_id = open.site_id};
  return audit::record(db, who, now,
                       entry(audit::Action::member_invite_accepted, into, open.id, open.email, open.role));
}

Result<std::optional<auth::SignedInNow>> Invitations::accept(const access::Principal& who,
                                                             const auth::Identities& identities, const Accept& typed,
                                                             control::Control::Done done) {
  const std::string hash = crypto::sha256_hex(typed.token.reveal());
  Open open;
  const auto known = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto found = open_by(db, hash);
    if (!found) return std::unexpected(found.error());
    open = std::move(*found);
    return {};
  });
  if (!known) return std::unexpected(known.error());

  if (const auto* person = std::get_if<access::SignedIn>(&who)) {
    const auth::User* user = identities.user(person->user);
    if (!user || ascii_lower(user->email) != ascii_lower(open.email))
      return fail(Code::forbidden, "This invitation is for another address than that of your account");
    const auto written = control_.write(
        [&](control::Change& change) -> Result<void> {
          const auto still = open_by(change.sql(), hash);
          return still ? join(change.sql(), *still, *person) : std::unexpected(still.error());
        },
        std::move(done));
    if (!written) return std::unexpected(written.error());
    return std::nullopt;
  }
  if (open.has_account)
    return fail(Code::unauthenticated, "There is an account with this address: sign in, then open the link again");
  auto made = accounts_.join(
      {.email = open.email,
       .password = typed.password,
       .given_name = typed.given_name,
       .last_name = typed.last_name,
       .language = typed.language,
       .from = typed.from,
       .gone = typed.gone},
      [&](control::Change& change, const access::SignedIn& joined) -> Result<void> {
        const auto still = open_by(change.sql(), hash);  // of two that race, one
        return still ? join(change.sql(), *still, joined) : std::unexpected(still.error());
      },
      std::move(done));
  if (!made) return std::unexpected(made.error());
  return std::move(*made);
}

}  // namespace hk::team
