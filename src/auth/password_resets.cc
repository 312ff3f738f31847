#include "auth/password_resets.h"

#include <optional>
#include <utility>

#include "audit/audit.h"
#include "auth/accounts.h"
#include "auth/password_rules.h"
#include "base/logging.h"
#include "base/text.h"
#include "crypto/random.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

/// Nobody's mailbox is filled from here.
constexpr Attempts::Rule kRequests{.free = 3, .longest = std::chrono::minutes(10), .forget = std::chrono::hours(1)};

std::unexpected<Error> no_such_link() {
  return fail(Code::invalid, "Invalid or expired link; it works once, for an hour. Ask for a new one", "token");
}

void say_failed(const Error& error) {
  logging::error("a link for a new password could not be sent", {{"error", error.message}});
}

}  // namespace

PasswordResets::PasswordResets(const Settings& settings, control::Control& control, crypto::Passwords& passwords,
                               Post post, Later later, const Clock& clock)
    : settings_(settings),
      control_(control),
      passwords_(passwords),
      post_(std::move(post)),
      later_(std::move(later)),
      clock_(clock),
      requests_(kRequests, clock) {
  crypto::random_bytes(key_);
}

Result<void> PasswordResets::request(std::string_view email) {
  if (!post_.send)
    return fail(Code::unavailable,
                "This server sends no mail; whoever runs it can set HITKEEP_MAIL_HOST (for example mail.example.com)");
  std::string account = ascii_lower(trim(email));
  const std::uint64_t key = crypto::siphash24(key_, account);
  if (const auto time = requests_.begin(key))
    return std::unexpected(
        Error{.code = Code::limited,
              .message = "Too many mails for this address; try again in " + std::to_string(time->count()) + " s",
              .field = {},
              .retry_after = *time});
  if (!later_([this, account = std::move(account)] { send_link(account); })) {
    requests_.forgive(key);
    return fail(Code::busy, "Too much to do at the moment; try again in some seconds");
  }
  return {};
}

void PasswordResets::send_link(const std::string& account) {
  std::optional<UserId> user;
  std::string address, language;
  const auto read = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::user_for_reset, {account}, [&](const db::SqlRow& row) {
      user = UserId{row.uuid(0)};
      address = row.text(1);
      language = row.text(2);
    });
  });
  if (!read) return say_failed(read.error());

  const std::string token = crypto::random_hex(32);
  // In the fragment, which browsers neither send nor pass on as a referrer.
  const std::string link = settings_.page("reset-password#token=" + token);
  auto mail = post_.templates.fill(
      "password_reset", language,
      {{"link", link}, {"host", settings_.public_host}, {"minutes", std::to_string(kResetLifetime.count())}});
  if (!mail) return say_failed(mail.error());
  mail->to = address;  // the account's own, whatever was typed

  const std::int64_t now = to_ms(clock_.now());
  const db::SqlValue owner = user ? db::SqlValue(user->uuid) : db::SqlValue();
  const Uuid slot = user ? user->uuid : Uuid{};
  const auto write = [&](control::Change& change) -> Result<void> {
    auto changed = change.sql().run(sql::delete_resets_of, {slot, now});
    if (changed)
      changed = change.sql().run(sql::insert_reset, {slot, owner, crypto::sha256_hex(token),
                                                     now + std::chrono::milliseconds(kResetLifetime).count()});
    if (!changed) return std::unexpected(changed.error());
    return {};
  };
  // Only a link that works is sent.
  const auto written = control_.write(write, [send = post_.send, mail = std::move(*mail)](Result<void> kept) mutable {
    if (!kept) return say_failed(kept.error());
    if (mail.to.empty()) return;
    if (!send(std::move(mail))) say_failed({Code::busy, "too many mails wait", {}});
  });
  if (!written) say_failed(written.error());
}

Result<std::string> PasswordResets::reset(const Reset& wanted, control::Control::Done done) {
  if (auto fit = crypto::Passwords::check_length(wanted.password.reveal()); !fit) return std::unexpected(fit.error());
  struct Owner {
    UserId user;
    std::string email;
  };
  const auto owner_of_link = [this, hash = crypto::sha256_hex(wanted.token.reveal())](db::Sqlite& db) -> Result<Owner> {
    std::optional<Owner> owner;
    const auto read = db.rows(sql::reset_by_token, {hash, to_ms(clock_.now())}, [&](const db::SqlRow& row) {
      owner = Owner{.user = UserId{row.uuid(0)}, .email = std::string(row.text(1))};
    });
    if (!read) return std::unexpected(read.error());
    if (!owner) return no_such_link();
    return *owner;
  };
  // First without argon2id, so that made-up links cost nothing.
  std::string email;
  const auto known = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto owner = owner_of_link(db);
    if (!owner) return std::unexpected(owner.error());
    email = std::move(owner->email);
    return {};
  });
  if (!known) return std::unexpected(known.error());
  if (auto fit = check_new_password(wanted.password.reveal(), email, settings_.public_host); !fit)
    return std::unexpected(fit.error());
  if (wanted.gone.stop_requested()) return fail(Code::conflict, "The client has left");
  const auto password_hash = passwords_.hash(wanted.password.reveal());
  if (!password_hash) return std::unexpected(password_hash.error());
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto owner = owner_of_link(change.sql());  // of two calls that race, one
        if (!owner) return std::unexpected(owner.error());
        const access::SignedIn who{.user = owner->user, .session = {}, .token = {}, .country = wanted.country};
        auto noted = audit::record(
            change.sql(), who, clock_.now(),
            {.action = audit::Action::password_reset, .target = audit::Target::person, .target_id = owner->user.str()});
        if (!noted) return noted;
        return set_password(change.sql(), owner->user, *password_hash, clock_.now());
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return ascii_lower(email);
}

}  // namespace hk::auth
