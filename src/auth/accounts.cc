#include "auth/accounts.h"

#include <algorithm>

#include "auth/locale.h"
#include "base/logging.h"
#include "base/text.h"
#include "control/counter.h"
#include "crypto/random.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

constexpr std::string_view kSetUpDone = "Setup has already been completed.";
constexpr std::string_view kWrongPassword = "Invalid email or password";

/// One client guesses a handful of times a minute; all clients together somewhat more, so that one of them cannot keep
/// the owner out.
constexpr Attempts::Rule kPerClient{.free = 5, .longest = std::chrono::seconds(60)};
constexpr Attempts::Rule kAltogether{.free = 50, .longest = std::chrono::seconds(10)};

std::unexpected<Error> wait(std::chrono::seconds time) {
  return std::unexpected(Error{.code = Code::limited,
                               .message = "Too many wrong tries; try again in " + std::to_string(time.count()) + " s",
                               .field = {},
                               .retry_after = time});
}

}  // namespace

std::string make_setup_code() {
  constexpr std::string_view alphabet = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";  // 32 symbols, none that looks like another
  static_assert(alphabet.size() == 32);
  std::array<std::uint8_t, 16> bytes;
  crypto::random_bytes(bytes);
  std::string code;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += alphabet[bytes[i] & 31];
  }
  return code;
}

Result<std::string> check_email(std::string_view typed) {
  const std::string_view email = trim(typed);
  const auto refuse = [](std::string message) { return fail(Code::invalid, std::move(message), "email"); };
  if (email.empty()) return refuse("Email required");
  if (utf8_length(email) > kMaxEmailCharacters) {
    return refuse("Email must be " + std::to_string(kMaxEmailCharacters) + " characters or fewer");
  }
  const std::size_t at = email.find('@');
  const bool one_at = at != std::string_view::npos && email.find('@', at + 1) == std::string_view::npos;
  const bool clean = std::ranges::none_of(email, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || std::string_view("<>,;:\"()[]\\").contains(c);
  });
  if (!one_at || !clean || at == 0 || at + 1 == email.size()) {
    return refuse("Invalid email address; it must look like name@example.com");
  }
  return std::string(email);
}

Accounts::Accounts(const Settings& settings, control::Control& control, const Directory& directory,
                   const Tokens& tokens, crypto::Passwords& passwords, metrics::Registry& metrics, const Clock& clock)
    : settings_(settings),
      control_(control),
      directory_(directory),
      tokens_(tokens),
      passwords_(passwords),
      clock_(clock),
      codes_by_client_(kPerClient, clock),
      codes_(kAltogether, clock),
      sign_ins_by_client_(kPerClient, clock),
      sign_ins_(kAltogether, clock),
      signed_in_(metrics.counter("hitkeep_sign_ins_total", "Sign-ins by result", {{"result", "ok"}})),
      wrong_(metrics.counter("hitkeep_sign_ins_total", "Sign-ins by result", {{"result", "wrong"}})),
      limited_(metrics.counter("hitkeep_sign_ins_total", "Sign-ins by result", {{"result", "limited"}})),
      stolen_(metrics.counter("hitkeep_sessions_stolen_total", "Sessions ended because their cookie had two holders")) {
  crypto::random_bytes(key_);
}

std::uint64_t Accounts::key_of(std::string_view a, std::string_view b) const {
  std::string text(a);
  text += '\0';
  text += b;
  return crypto::siphash24(key_, text);
}

Result<void> Accounts::check_setup_code(std::string_view code, std::string_view client) {
  if (!needs_setup()) return fail(Code::forbidden, std::string(kSetUpDone));
  const std::uint64_t by_client = key_of("client", client);
  const std::uint64_t all = key_of("all", "");
  if (const auto time = codes_by_client_.begin(by_client)) return wait(*time);
  if (const auto time = codes_.begin(all)) {
    codes_by_client_.forgive(by_client);
    return wait(*time);
  }
  const std::string& right = settings_.setup_code.reveal();
  if (right.empty() || !crypto::equal_in_constant_time(trim(code), right)) {
    return fail(Code::forbidden,
                "The setup code is wrong; it is printed in the log when HitKeep starts, or set by HITKEEP_SETUP_CODE",
                "setup_code");
  }
  codes_by_client_.forgive(by_client);
  codes_.forgive(all);
  return {};
}

SignedInNow Accounts::make_session(const UserId& user, const SessionId& session, bool remember) const {
  return {.token = tokens_.issue(user, session),
          .remember = remember ? Secret<std::string>(crypto::random_hex(32)) : Secret<std::string>()};
}

Result<void> Accounts::insert_session(db::Sqlite& db, const UserId& user, const SessionId& session,
                                      const SignedInNow& now) {
  const std::int64_t present = to_ms(clock_.now());
  db::SqlValue hash, rotated, expires;
  if (!now.remember.empty()) {
    hash = crypto::sha256_hex(now.remember.reveal());
    rotated = present;
    expires = present + std::chrono::milliseconds(settings_.remember).count();
  }
  auto changed = db.run(sql::delete_over_sessions, {present});
  if (changed) {
    changed = db.run(sql::insert_session,
                     {session.uuid, user.uuid, present, to_ms(now.token.expires_at), hash, rotated, expires});
  }
  if (changed) changed = db.run(sql::delete_surplus_sessions, {user.uuid, kMaxSessionsPerUser});
  if (!changed) return std::unexpected(changed.error());
  return {};
}

Result<SignedInNow> Accounts::set_up(const NewOwner& owner, control::Control::Done done) {
  if (!needs_setup()) return fail(Code::forbidden, std::string(kSetUpDone));
  const auto hash = passwords_.hash(owner.password.reveal());
  if (!hash) return std::unexpected(hash.error());

  const TimeMs now = clock_.now();
  const UserId user{crypto::uuid_v7(now)};
  const TeamId team{crypto::uuid_v7(now)};
  const SessionId session{crypto::uuid_v7(now)};
  SignedInNow signed_in = make_session(user, session, false);

  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    // The row that two racing calls cannot both insert.
    auto changed = db.run(sql::insert_instance, {to_ms(now), user.uuid});
    if (!changed && changed.error().code == Code::conflict) return fail(Code::forbidden, std::string(kSetUpDone));
    if (changed) {
      changed = db.run(sql::insert_user, {user.uuid, owner.email, *hash, owner.given_name, owner.last_name,
                                          std::string(name_of(InstanceRole::owner)), owner.language, to_ms(now)});
    }
    if (!changed) return std::unexpected(changed.error());
    const auto lane = control::next_number(db, "lane");
    if (!lane) return std::unexpected(lane.error());
    changed = db.run(sql::insert_team, {team.uuid, team_name(owner.language, owner.given_name),
                                        static_cast<std::int64_t>(*lane), std::int64_t{1}, to_ms(now)});
    if (changed) {
      changed = db.run(sql::insert_member, {team.uuid, user.uuid, std::string(name_of(TeamRole::owner)), to_ms(now)});
    }
    if (!changed) return std::unexpected(changed.error());
    return insert_session(db, user, session, signed_in);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  signed_in_.add();
  return signed_in;
}

Result<SignedInNow> Accounts::sign_in(std::string_view email, const Secret<std::string>& password, bool remember,
                                      std::string_view client, control::Control::Done done) {
  const std::string account = ascii_lower(trim(email));
  const std::uint64_t by_client = key_of(account, client);
  const std::uint64_t by_account = key_of(account, "");
  if (const auto time = sign_ins_by_client_.begin(by_client)) {
    limited_.add();
    return wait(*time);
  }
  if (const auto time = sign_ins_.begin(by_account)) {
    sign_ins_by_client_.forgive(by_client);
    limited_.add();
    return wait(*time);
  }
  // Whatever ends below without an answer about the password must not count as a wrong one.
  const auto give_up = [&](const Error& error) {
    sign_ins_by_client_.forgive(by_client);
    sign_ins_.forgive(by_account);
    return std::unexpected(error);
  };

  std::optional<UserId> user;
  std::string hash;
  const auto read = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::user_for_sign_in, {account}, [&](const db::SqlRow& row) {
      user = UserId{row.uuid(0)};
      hash = row.text(1);
    });
  });
  if (!read) return give_up(read.error());
  const auto right = user ? passwords_.verify(password.reveal(), hash) : passwords_.verify_nothing(password.reveal());
  if (!right) return give_up(right.error());
  if (!user || !*right) {
    wrong_.add();
    return fail(Code::unauthenticated, std::string(kWrongPassword));
  }

  const SessionId session{crypto::uuid_v7(clock_.now())};
  SignedInNow signed_in = make_session(*user, session, remember);
  const auto write = [&](control::Change& change) -> Result<void> {
    // It may have been changed while argon2id was at work, and whoever has the old one is out.
    bool still = false;
    const auto looked =
        change.sql().rows(sql::password_is, {user->uuid, hash}, [&](const db::SqlRow&) { still = true; });
    if (!looked) return looked;
    if (!still) return fail(Code::unauthenticated, std::string(kWrongPassword));
    return insert_session(change.sql(), *user, session, signed_in);
  };
  if (const auto written = control_.write(write, std::move(done)); !written) {
    if (written.error().code != Code::unauthenticated) return give_up(written.error());
    wrong_.add();
    return std::unexpected(written.error());
  }
  sign_ins_by_client_.succeed(by_client);
  sign_ins_.succeed(by_account);
  signed_in_.add();
  return signed_in;
}

Result<void> Accounts::sign_out(const SessionId& session, control::Control::Done done) {
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto changed = change.sql().run(sql::delete_session, {session.uuid});
        if (!changed) return std::unexpected(changed.error());
        return {};
      },
      std::move(done));
}

Result<SignedInNow> Accounts::renew(const http::SignedIn& who, std::string_view remember, control::Control::Done done) {
  SignedInNow renewed = make_session(who.user, who.session, !remember.empty());
  const std::int64_t now = to_ms(clock_.now());
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    auto changed = db.run(sql::extend_session, {who.session.uuid, to_ms(renewed.token.expires_at)});
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 0) return fail(Code::unauthenticated, "Session unavailable: it was ended; sign in again");
    if (renewed.remember.empty()) return {};
    changed = db.run(sql::rotate_remember,
                     {who.session.uuid, crypto::sha256_hex(remember), crypto::sha256_hex(renewed.remember.reveal()),
                      now, now + std::chrono::milliseconds(settings_.remember).count()});
    if (!changed) return std::unexpected(changed.error());
    // Another tab was faster, or it is somebody else's cookie: this client keeps what it has.
    if (*changed == 0) renewed.remember = {};
    return {};
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return renewed;
}

void Accounts::end_stolen(const SessionId& session) {
  stolen_.add();
  logging::warn("a session was ended: an old remember-me cookie came back", {{"session", session.str()}});
  const auto done = sign_out(session, [](Result<void> outcome) {
    if (!outcome) logging::error("a stolen session could not be ended", {{"error", outcome.error().message}});
  });
  if (!done) logging::error("a stolen session could not be ended", {{"error", done.error().message}});
}

}  // namespace hk::auth
