#include "auth/accounts.h"

#include <algorithm>
#include <utility>

#include "audit/audit.h"
#include "auth/locale.h"
#include "auth/password_rules.h"
#include "base/logging.h"
#include "base/text.h"
#include "control/counter.h"
#include "crypto/random.h"
#include "json/shape.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

constexpr std::string_view kSetUpDone = "Setup has already been completed.";
constexpr std::string_view kWrongPassword = "Invalid email or password";

constexpr std::string_view kSessionGone = "Session unavailable: it was ended; sign in again";

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

struct Password {
  std::string hash;
  std::string email;           // of its account
  bool second_factor = false;  // which has one
};

/// Code::unauthenticated when the account is gone.
Result<Password> password_of(db::Sqlite& db, const UserId& user) {
  std::optional<Password> found;
  const auto read = db.rows(sql::password_of, {user.uuid}, [&](const db::SqlRow& row) {
    found =
        Password{.hash = std::string(row.text(0)), .email = std::string(row.text(1)), .second_factor = row.i64(2) != 0};
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::unauthenticated, std::string(kSessionGone));
  return *found;
}

/// Notes what a person does to his own account.
Result<void> note(db::Sqlite& db, audit::Action action, const access::SignedIn& who, TimeMs now) {
  return audit::record(db, who, now, {.action = action, .target = audit::Target::person, .target_id = who.user.str()});
}

std::unexpected<Error> challenge_over() {
  return fail(Code::conflict, "This sign-in is over; begin again", "challenge_token");
}

/// A challenge becomes one session only.
Result<void> once(Result<void> inserted) {
  if (!inserted && inserted.error().code == Code::conflict) return challenge_over();
  return inserted;
}

/// Read by nobody.
std::unexpected<Error> nobody_waits() {
  return fail(Code::conflict, "The client has left");
}

}  // namespace

Result<void> require_proof(const Identities& identities, const access::Principal& who, TimeMs now) {
  if (std::holds_alternative<access::System>(who)) return {};
  const auto* person = std::get_if<access::SignedIn>(&who);
  const Session* session = person ? identities.session(person->session) : nullptr;
  if (session && now < session->proved_at + kProofLasts) return {};
  return fail(Code::forbidden,
              "Give your password, a code or a passkey first (POST /api/auth/confirm); that lasts for ten minutes",
              "proof");
}

Result<void> set_password(db::Sqlite& db, const UserId& user, const std::string& hash, TimeMs now) {
  auto changed = db.run(sql::set_password, {user.uuid, hash});
  if (changed) changed = db.run(sql::delete_sessions_of_user, {user.uuid});
  if (changed) changed = db.run(sql::delete_resets_of, {user.uuid, to_ms(now)});
  if (!changed) return std::unexpected(changed.error());
  return {};
}

Result<std::int64_t> end_sessions_of(db::Sqlite& db, const UserId& user) {
  return db.run(sql::delete_sessions_of_user, {user.uuid});
}

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
  if (email.empty()) return refuse("is required");
  if (utf8_length(email) > kMaxEmailCharacters) {
    return refuse("must have at most " + std::to_string(kMaxEmailCharacters) + " characters");
  }
  const std::size_t at = email.find('@');
  const bool one_at = at != std::string_view::npos && email.find('@', at + 1) == std::string_view::npos;
  const bool clean = text_is_plain(email) && std::ranges::none_of(email, [](char c) {
                       const auto byte = static_cast<unsigned char>(c);
                       return byte <= ' ' || byte == 0x7F || std::string_view("<>,;:\"()[]\\").contains(c);
                     });
  if (!one_at || !clean || at == 0 || at + 1 == email.size()) {
    return refuse("must be an address like name@example.com");
  }
  return std::string(email);
}

Accounts::Accounts(const Settings& settings, control::Control& control, const Directory& directory,
                   const Tokens& tokens, crypto::Passwords& passwords, const SecondFactors& factors,
                   const Passkeys& passkeys, metrics::Registry& metrics, const Clock& clock)
    : settings_(settings),
      control_(control),
      directory_(directory),
      tokens_(tokens),
      passwords_(passwords),
      factors_(factors),
      passkeys_(passkeys),
      clock_(clock),
      codes_(kPerClient, clock),
      sign_ins_by_client_(kPerClient, clock),
      sign_ins_(kAltogether, clock),
      changes_(kPerClient, clock),
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
  const std::uint64_t key = key_of("code", network_of(std::string(client)));
  if (const auto time = codes_.begin(key)) return wait(*time);
  const std::string& right = settings_.setup_code.reveal();
  if (right.empty() || !crypto::equal_in_constant_time(trim(code), right)) {
    return fail(Code::forbidden,
                "The setup code is wrong; it is printed in the log when HitKeep starts, or set by HITKEEP_SETUP_CODE",
                "setup_code");
  }
  codes_.succeed(key);
  return {};
}

TimeMs Accounts::remember_until(TimeMs created_at) const {
  return std::min<TimeMs>(clock_.now() + settings_.remember, created_at + settings_.longest_session());
}

SessionId Accounts::new_id() const {
  return {crypto::uuid_v7(clock_.now())};
}

Accounts::NewSession Accounts::make_session(const UserId& user, const SessionId& id, TimeMs created_at, bool remember,
                                            std::string_view account) const {
  const TimeMs now = clock_.now();
  NewSession session{.user = user,
                     .id = id,
                     .created_at = created_at,
                     .remember_at = std::nullopt,
                     .how = std::nullopt,
                     .proved_at = {},
                     .from = {},
                     .now = {}};
  session.now.token = tokens_.issue(user, session.id);
  session.now.device = tokens_.device(account);
  if (remember) {
    session.remember_at = now;
    session.now.remember = Secret(tokens_.remember({.session = session.id, .issued_at = now}));
    session.now.remember_expires_at = remember_until(created_at);
  }
  return session;
}

Accounts::NewSession Accounts::begin_session(const UserId& user, const SessionId& id, How how, bool remember,
                                             std::string_view account, const CalledFrom& from) const {
  NewSession session = make_session(user, id, clock_.now(), remember, account);
  session.how = how;
  session.proved_at = session.created_at;
  session.from = from;
  return session;
}

Result<void> Accounts::insert_session(db::Sqlite& db, const NewSession& session) const {
  const TimeMs present = clock_.now();
  const auto or_null = [](std::optional<TimeMs> time) { return time ? db::SqlValue(to_ms(*time)) : db::SqlValue(); };
  auto changed = db.run(sql::delete_over_sessions, {to_ms(present), to_ms(present - settings_.longest_session())});
  if (changed) {
    changed =
        db.run(sql::insert_session,
               {session.id.uuid, session.user.uuid, to_ms(session.created_at), to_ms(session.now.token.expires_at),
                or_null(session.remember_at), or_null(session.now.remember_expires_at),
                session.how ? db::SqlValue(std::string(json::name_of(*session.how))) : db::SqlValue(),
                to_ms(session.proved_at), session.from.country, session.from.browser, session.from.os,
                session.factor ? db::SqlValue(std::string(json::name_of(*session.factor))) : db::SqlValue()});
  }
  if (changed) changed = db.run(sql::delete_surplus_sessions, {session.user.uuid, kMaxSessionsPerUser});
  if (!changed) return std::unexpected(changed.error());
  return {};
}

Result<SignedInNow> Accounts::set_up(const NewOwner& owner, control::Control::Done done) {
  if (!needs_setup()) return fail(Code::forbidden, std::string(kSetUpDone));
  if (auto fit = check_new_password(owner.password.reveal(), owner.email, settings_.public_host); !fit)
    return std::unexpected(fit.error());
  const auto hash = passwords_.hash(owner.password.reveal());
  if (!hash) return std::unexpected(hash.error());

  const TimeMs now = clock_.now();
  const UserId user{crypto::uuid_v7(now)};
  const TeamId team{crypto::uuid_v7(now)};
  const NewSession session = begin_session(user, new_id(), How::set_up, false, ascii_lower(owner.email), owner.from);

  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    // The row that two racing calls cannot both insert.
    auto changed = db.run(sql::insert_instance, {to_ms(now), user.uuid});
    if (!changed && changed.error().code == Code::conflict) return fail(Code::forbidden, std::string(kSetUpDone));
    if (changed) {
      changed =
          db.run(sql::insert_user, {user.uuid, owner.email, *hash, owner.given_name, owner.last_name,
                                    std::string(name_of(access::InstanceRole::owner)), owner.language, to_ms(now)});
    }
    if (!changed) return std::unexpected(changed.error());
    const auto lane = control::next_number(db, "lane");
    if (!lane) return std::unexpected(lane.error());
    changed = db.run(sql::insert_team, {team.uuid, team_name(owner.language, owner.given_name),
                                        static_cast<std::int64_t>(*lane), std::int64_t{1}, to_ms(now)});
    if (changed) {
      changed =
          db.run(sql::insert_member, {team.uuid, user.uuid, std::string(name_of(access::TeamRole::owner)), to_ms(now)});
    }
    if (!changed) return std::unexpected(changed.error());
    const access::SignedIn who{.user = user, .session = session.id, .token = {}, .country = owner.from.country};
    if (auto noted = audit::record(db, who, now, {.action = audit::Action::instance_set_up}); !noted) return noted;
    return insert_session(db, session);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  signed_in_.add();
  return session.now;
}

Result<SignedInNow> Accounts::join(const NewAccount& account, const Joins& joins, control::Control::Done done) {
  if (auto fit = check_new_password(account.password.reveal(), account.email, settings_.public_host); !fit)
    return std::unexpected(fit.error());
  if (account.gone.stop_requested()) return nobody_waits();
  const auto hash = passwords_.hash(account.password.reveal());
  if (!hash) return std::unexpected(hash.error());
  const TimeMs now = clock_.now();
  const UserId user{crypto::uuid_v7(now)};
  const NewSession session =
      begin_session(user, new_id(), How::invitation, false, ascii_lower(account.email), account.from);
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto inserted =
        db.run(sql::insert_user, {user.uuid, account.email, *hash, account.given_name, account.last_name,
                                  std::string(name_of(access::InstanceRole::user)), account.language, to_ms(now)});
    if (!inserted && inserted.error().code == Code::conflict)
      return fail(Code::conflict, "There is an account with this address already: sign in", "email");
    if (!inserted) return std::unexpected(inserted.error());
    const access::SignedIn who{.user = user, .session = session.id, .token = {}, .country = account.from.country};
    if (auto noted = note(db, audit::Action::account_created, who, now); !noted) return noted;
    if (auto joined = joins(change, who); !joined) return joined;
    return insert_session(db, session);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  signed_in_.add();
  return session.now;
}

std::optional<std::uint64_t> Accounts::known_device(const SignIn& typed, std::string_view account) const {
  for (const std::string_view cookie : typed.devices)
    if (const auto device = tokens_.read_device(cookie, account)) return key_of(account, "device " + *device);
  return std::nullopt;
}

Result<Accounts::Tries> Accounts::begin_sign_in(const SignIn& typed, std::string_view account) {
  const auto device = known_device(typed, account);
  Tries tries{.own = device ? *device : key_of(account, network_of(typed.client)), .all = std::nullopt};
  if (const auto time = sign_ins_by_client_.begin(tries.own)) {
    limited_.add();
    return wait(*time);
  }
  if (device) return tries;
  tries.all = key_of(account, "");
  if (const auto time = sign_ins_.begin(*tries.all)) {
    sign_ins_by_client_.forgive(tries.own);
    limited_.add();
    return wait(*time);
  }
  return tries;
}

Result<Accounts::Known> Accounts::check_password(const SignIn& typed, std::string_view account) {
  Known known;
  if (typed.gone.stop_requested()) return nobody_waits();
  const auto read = control_.read([&](db::Sqlite& db) {
    return db.rows(sql::user_for_sign_in, {std::string(account)}, [&](const db::SqlRow& row) {
      known.user = UserId{row.uuid(0)};
      known.hash = row.text(1);
      const bool app = row.i64(2) != 0, codes = row.i64(3) != 0, passkeys = row.i64(4) != 0;
      if (app) known.factors.push_back(Factor::totp);
      if (codes && (app || passkeys)) known.factors.push_back(Factor::recovery_code);
      if (passkeys) known.factors.push_back(Factor::passkey);
    });
  });
  if (!read) return std::unexpected(read.error());
  if (typed.gone.stop_requested()) return nobody_waits();
  const auto right = known.user ? passwords_.verify(typed.password.reveal(), known.hash)
                                : passwords_.verify_nothing(typed.password.reveal());
  if (!right) return std::unexpected(right.error());
  if (!*right) known.user = std::nullopt;
  return known;
}

Result<Accounts::SignInOutcome> Accounts::sign_in(const SignIn& typed, control::Control::Done done) {
  if (auto fit = crypto::Passwords::check_length(typed.password.reveal()); !fit) return std::unexpected(fit.error());
  const std::string account = ascii_lower(trim(typed.email));
  const auto tries = begin_sign_in(typed, account);
  if (!tries) return std::unexpected(tries.error());
  // Whatever ends below without an answer about the password must not count as a wrong one.
  const auto give_up = [&](const Error& error) {
    sign_ins_by_client_.forgive(tries->own);
    if (tries->all) sign_ins_.forgive(*tries->all);
    return std::unexpected(error);
  };
  const auto known = check_password(typed, account);
  if (!known) return give_up(known.error());
  if (!known->user) {
    wrong_.add();
    return fail(Code::unauthenticated, std::string(kWrongPassword));
  }
  if (typed.gone.stop_requested()) return give_up(nobody_waits().error());

  if (!known->factors.empty()) {
    sign_ins_by_client_.succeed(tries->own);
    if (tries->all) sign_ins_.succeed(*tries->all);
    auto next = pending(typed, *known, !tries->all);
    if (!next) return std::unexpected(next.error());
    done({});  // nothing changes before the second step
    return *next;
  }

  const NewSession session = begin_session(*known->user, new_id(), How::password, typed.remember, account, typed.from);
  const auto write = [&](control::Change& change) -> Result<void> {
    // It may have been changed while argon2id was at work, and whoever has the old one is out.
    const auto present = password_of(change.sql(), *known->user);
    if (!present) return std::unexpected(present.error());
    if (present->hash != known->hash || present->second_factor)
      return fail(Code::unauthenticated, std::string(kWrongPassword));
    const access::SignedIn who{.user = *known->user, .session = session.id, .token = {}, .country = typed.from.country};
    if (auto noted = note(change.sql(), audit::Action::signed_in, who, clock_.now()); !noted) return noted;
    return insert_session(change.sql(), session);
  };
  if (const auto written = control_.write(write, std::move(done)); !written) {
    if (written.error().code != Code::unauthenticated) return give_up(written.error());
    wrong_.add();
    return std::unexpected(written.error());
  }
  sign_ins_by_client_.succeed(tries->own);
  if (tries->all) sign_ins_.succeed(*tries->all);
  signed_in_.add();
  return session.now;
}

Result<PendingSignIn> Accounts::pending(const SignIn& typed, const Known& known, bool known_device) const {
  PendingSignIn next{.challenge = tokens_.challenge({.session = new_id(),
                                                     .user = *known.user,
                                                     .remember = typed.remember,
                                                     .known_device = known_device,
                                                     .password = digest_of(known.hash)}),
                     .factors = known.factors,
                     .passkey = {}};
  if (std::ranges::find(next.factors, Factor::passkey) == next.factors.end()) return next;
  auto request = passkeys_.request(next.challenge, Verification::preferred, known.user);
  if (request) {
    next.passkey = std::move(*request);
    return next;
  }
  // At this address they cannot be used; whoever has something else goes on with that.
  std::erase(next.factors, Factor::passkey);
  if (request.error().code != Code::unavailable || next.factors.empty()) return std::unexpected(request.error());
  return next;
}

Result<std::optional<Accounts::NewSession>> Accounts::second_step(const FirstStep& first, Factor factor,
                                                                  const CalledFrom& from,
                                                                  const std::function<Result<bool>(db::Sqlite&)>& right,
                                                                  control::Control::Done done) {
  std::optional<NewSession> session;
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto password = password_of(db, first.user);
    if (!password && password.error().code != Code::unauthenticated) return std::unexpected(password.error());
    if (!password || !password->second_factor || digest_of(password->hash) != first.password) return challenge_over();
    const auto fits = right(db);
    if (!fits) return std::unexpected(fits.error());
    if (!*fits) return {};
    session =
        begin_session(first.user, first.session, How::password, first.remember, ascii_lower(password->email), from);
    session->factor = factor;
    const access::SignedIn who{.user = first.user, .session = session->id, .token = {}, .country = from.country};
    audit::Note noted{.action = audit::Action::signed_in, .target = audit::Target::person, .target_id = who.user.str()};
    noted.changes.add("factor", std::nullopt, std::string(json::name_of(factor)));
    if (auto kept = audit::record(db, who, clock_.now(), noted); !kept) return kept;
    return once(insert_session(db, *session));
  };
  if (auto written = control_.write(write, std::move(done)); !written) {
    if (written.error().code == Code::limited) limited_.add();
    if (written.error().code == Code::unauthenticated) wrong_.add();
    return std::unexpected(written.error());
  }
  if (session) {
    signed_in_.add();
  } else {
    wrong_.add();
  }
  return session;
}

Result<SignedInNow> Accounts::finish_sign_in(const SecondStep& typed, control::Control::Done done) {
  const auto first = tokens_.read_challenge(typed.challenge);
  if (!first) return std::unexpected(first.error());
  const auto right = [&](db::Sqlite& db) {
    return factors_.take(db, first->user,
                         {.code = typed.code,
                          .factor = typed.factor,
                          .door = first->known_device ? FactorDoor::device : FactorDoor::stranger});
  };
  const auto session = second_step(*first, typed.factor, typed.from, right, std::move(done));
  if (!session) return std::unexpected(session.error());
  if (!*session)
    return fail(Code::unauthenticated, typed.factor == Factor::totp ? "Invalid TOTP code" : "Invalid recovery code",
                "code");
  return (*session)->now;
}

Result<PendingSignIn> Accounts::ask_for_passkey() const {
  PendingSignIn next{
      .challenge = tokens_.challenge(PasskeyUse::sign_in, new_id()), .factors = {Factor::passkey}, .passkey = {}};
  auto request = passkeys_.request(next.challenge, Verification::required, std::nullopt);
  if (!request) return std::unexpected(request.error());
  next.passkey = std::move(*request);
  return next;
}

Result<SignedInNow> Accounts::sign_in_by_passkey(const PasskeySignIn& shown, control::Control::Done done) {
  const auto first = tokens_.read_challenge(shown.challenge);
  if (!first) {
    const auto alone = tokens_.read_challenge(PasskeyUse::sign_in, shown.challenge);
    if (!alone) return std::unexpected(alone.error());
    return sign_in_without_password(*alone, shown, std::move(done));
  }
  const auto right = [&](db::Sqlite& db) -> Result<bool> {
    const auto user = passkeys_.take(db, {.token = shown.challenge,
                                          .issued_at = first->issued_at,
                                          .credential = shown.credential,
                                          .verification = Verification::preferred,
                                          .of = first->user});
    if (!user) return std::unexpected(user.error());
    return true;
  };
  const auto session = second_step(*first, Factor::passkey, shown.from, right, std::move(done));
  if (!session) return std::unexpected(session.error());
  return (*session)->now;
}

Result<SignedInNow> Accounts::sign_in_without_password(const PasskeyChallenge& challenge, const PasskeySignIn& shown,
                                                       control::Control::Done done) {
  std::optional<NewSession> session;
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto user = passkeys_.take(
        db, {.token = shown.challenge, .issued_at = challenge.issued_at, .credential = shown.credential});
    if (!user) return std::unexpected(user.error());
    const auto account = password_of(db, *user);
    if (!account) return std::unexpected(account.error());
    session =
        begin_session(*user, challenge.session, How::passkey, shown.remember, ascii_lower(account->email), shown.from);
    const access::SignedIn who{.user = *user, .session = session->id, .token = {}, .country = shown.from.country};
    if (auto noted = note(db, audit::Action::signed_in, who, clock_.now()); !noted) return noted;
    return once(insert_session(db, *session));
  };
  if (auto written = control_.write(write, std::move(done)); !written) {
    if (written.error().code == Code::unauthenticated) wrong_.add();
    return std::unexpected(written.error());
  }
  signed_in_.add();
  return session->now;
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

Result<std::optional<Accounts::NewSecret>> Accounts::next_remember(db::Sqlite& db, const SessionId& session,
                                                                   std::span<const Remembered> shown,
                                                                   bool& stolen) const {
  std::optional<TimeMs> created, present, next;
  const auto read = db.rows(sql::remember_of_session, {session.uuid}, [&](const db::SqlRow& row) {
    created = from_ms(row.i64(0));
    present = from_ms(row.i64(1));
    if (!row.is_null(2)) next = from_ms(row.i64(2));
  });
  if (!read) return std::unexpected(read.error());
  const auto shows = [&](std::optional<TimeMs> issued) {
    return std::ranges::any_of(shown, [&](const Remembered& one) { return one.issued_at == issued; });
  };
  if (shows(next)) {
    present = std::exchange(next, std::nullopt);
  } else if (!shows(present)) {
    stolen = present.has_value();
    return std::nullopt;
  }
  const TimeMs now = clock_.now();
  if (next && std::chrono::abs(now - *next) <= kRememberOnItsWay) return std::nullopt;
  const NewSecret secret{.issued_at = std::max(now, std::max(*present, next.value_or(*present)) + Millis(1)),
                         .expires_at = remember_until(*created)};
  const auto changed =
      db.run(sql::set_remember, {session.uuid, to_ms(*present), to_ms(secret.issued_at), to_ms(secret.expires_at)});
  if (!changed) return std::unexpected(changed.error());
  return secret;
}

Result<SignedInNow> Accounts::renew(const access::SignedIn& who, std::span<const std::string_view> cookies,
                                    control::Control::Done done) {
  std::vector<Remembered> shown;
  for (const std::string_view cookie : cookies)
    if (const auto ours = tokens_.read_remember(cookie); ours && ours->session == who.session) shown.push_back(*ours);

  SignedInNow renewed;
  renewed.token = tokens_.issue(who.user, who.session);
  bool stolen = false;
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto changed = db.run(sql::extend_session, {who.session.uuid, to_ms(renewed.token.expires_at)});
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 0) return fail(Code::unauthenticated, std::string(kSessionGone));
    if (shown.empty()) return {};
    const auto secret = next_remember(db, who.session, shown, stolen);
    if (!secret) return std::unexpected(secret.error());
    if (stolen) return fail(Code::unauthenticated, std::string(kSessionGone));
    if (!*secret) return {};
    renewed.remember = Secret(tokens_.remember({.session = who.session, .issued_at = (*secret)->issued_at}));
    renewed.remember_expires_at = (*secret)->expires_at;
    return {};
  };
  const auto written = control_.write(write, std::move(done));
  if (stolen) end_stolen(who.session);
  if (!written) return std::unexpected(written.error());
  return renewed;
}

Result<Accounts::NewSession> Accounts::session_instead_of(const access::SignedIn& who) const {
  const auto identities = directory_.now();
  const Session* session = identities->session(who.session);
  const User* user = identities->user(who.user);
  if (!session || !user) return fail(Code::unauthenticated, std::string(kSessionGone));
  NewSession next =
      make_session(user->id, new_id(), session->created_at, session->remember_at.has_value(), ascii_lower(user->email));
  next.how = session->how;
  next.factor = session->factor;
  next.proved_at = session->proved_at;
  next.from = session->from;
  return next;
}

Result<SignedInNow> Accounts::change_password(const access::SignedIn& who, const PasswordChange& typed,
                                              control::Control::Done done) {
  if (auto fit = crypto::Passwords::check_length(typed.present.reveal()); !fit)
    return fail(Code::invalid, fit.error().message, "current_password");
  std::optional<Password> password;
  const auto read = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto found = password_of(db, who.user);
    if (!found) return std::unexpected(found.error());
    password = std::move(*found);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  if (auto fit = check_new_password(typed.next.reveal(), password->email, settings_.public_host); !fit)
    return fail(fit.error().code, fit.error().message, "new_password");

  const std::uint64_t key = key_of("change", who.session.str());
  if (const auto time = changes_.begin(key)) return wait(*time);
  const auto give_up = [&](const Error& error) {
    changes_.forgive(key);
    return std::unexpected(error);
  };
  if (typed.gone.stop_requested()) return give_up(nobody_waits().error());
  const auto right = passwords_.verify(typed.present.reveal(), password->hash);
  if (!right) return give_up(right.error());
  if (!*right) return fail(Code::forbidden, "Current password is incorrect", "current_password");
  changes_.succeed(key);
  if (typed.gone.stop_requested()) return nobody_waits();
  const auto hash = passwords_.hash(typed.next.reveal());
  if (!hash) return std::unexpected(hash.error());

  auto session = session_instead_of(who);
  if (!session) return std::unexpected(session.error());
  session->proved_at = clock_.now();
  const auto write = [&](control::Change& change) -> Result<void> {
    db::Sqlite& db = change.sql();
    const auto still = password_of(db, who.user);
    if (!still) return std::unexpected(still.error());
    if (still->hash != password->hash) return fail(Code::conflict, "The password was changed just now; sign in again");
    if (auto set = set_password(db, who.user, *hash, clock_.now()); !set) return set;
    if (auto noted = note(db, audit::Action::password_changed, who, clock_.now()); !noted) return noted;
    return insert_session(db, *session);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return session->now;
}

Result<void> Accounts::prove(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done) {
  if (typed.credential) return prove_passkey(who, typed, std::move(done));
  return typed.code.empty() ? prove_password(who, typed, std::move(done)) : prove_code(who, typed, std::move(done));
}

Result<ProofWays> Accounts::proof_ways(const access::SignedIn& who) const {
  const auto state = factors_.state(who.user);
  if (!state) return std::unexpected(state.error());
  ProofWays ways;
  if (state->on) ways.factors.push_back(Factor::totp);
  if (state->codes_left > 0) ways.factors.push_back(Factor::recovery_code);
  if (state->passkeys.empty()) return ways;
  const std::string challenge = tokens_.challenge(PasskeyUse::proof, who.session);
  auto request = passkeys_.request(challenge, Verification::required, who.user);
  if (!request && request.error().code == Code::unavailable) return ways;
  if (!request) return std::unexpected(request.error());
  ways.factors.push_back(Factor::passkey);
  ways.challenge = challenge;
  ways.passkey = std::move(*request);
  return ways;
}

Result<void> Accounts::prove_passkey(const access::SignedIn& who, const Confirmation& shown,
                                     control::Control::Done done) {
  const auto challenge = tokens_.read_challenge(PasskeyUse::proof, shown.challenge);
  if (!challenge) return std::unexpected(challenge.error());
  if (challenge->session != who.session)
    return fail(Code::conflict, "Another session was asked for this; begin again", "challenge_token");
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto user = passkeys_.take(db, {.token = shown.challenge,
                                              .issued_at = challenge->issued_at,
                                              .credential = *shown.credential,
                                              .of = who.user});
        // He is signed in: what is wrong is the passkey.
        if (!user && user.error().code == Code::unauthenticated)
          return fail(Code::forbidden, user.error().message, user.error().field);
        if (!user) return std::unexpected(user.error());
        if (auto ran = db.run(sql::prove_session, {who.session.uuid, to_ms(clock_.now())}); !ran)
          return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<void> Accounts::prove_code(const access::SignedIn& who, const Confirmation& typed, control::Control::Done done) {
  bool right = false;
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto taken = factors_.take(
            change.sql(), who.user, {.code = typed.code, .factor = factor_of(typed.code), .door = FactorDoor::session});
        if (!taken) return std::unexpected(taken.error());
        right = *taken;
        if (!right) return {};  // which is counted
        if (auto ran = change.sql().run(sql::prove_session, {who.session.uuid, to_ms(clock_.now())}); !ran)
          return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
  if (!written) return written;
  if (!right) return fail(Code::forbidden, "The code is incorrect", "code");
  return {};
}

Result<void> Accounts::prove_password(const access::SignedIn& who, const Confirmation& typed,
                                      control::Control::Done done) {
  Password password;
  const auto read = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto found = password_of(db, who.user);
    if (!found) return std::unexpected(found.error());
    password = std::move(*found);
    return {};
  });
  if (!read) return read;
  const std::uint64_t key = key_of("change", who.session.str());  // the same guesses as when it is changed
  if (const auto time = changes_.begin(key)) return wait(*time);
  const auto right =
      typed.gone.stop_requested() ? nobody_waits() : passwords_.verify(typed.password.reveal(), password.hash);
  if (!right) {
    changes_.forgive(key);
    return std::unexpected(right.error());
  }
  if (!*right) return fail(Code::forbidden, "The password is incorrect", "password");
  changes_.succeed(key);
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto still = password_of(change.sql(), who.user);
        if (!still) return std::unexpected(still.error());
        if (still->hash != password.hash) return fail(Code::conflict, "The password was changed just now");
        if (auto ran = change.sql().run(sql::prove_session, {who.session.uuid, to_ms(clock_.now())}); !ran)
          return std::unexpected(ran.error());
        return {};
      },
      std::move(done));
}

Result<void> Accounts::end_session(const access::SignedIn& who, const SessionId& id, control::Control::Done done) {
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto ended = change.sql().run(sql::delete_session_of, {id.uuid, who.user.uuid});
        if (!ended) return std::unexpected(ended.error());
        if (*ended == 0) return fail(Code::not_found, "There is no such session");
        return note(change.sql(), audit::Action::session_ended, who, clock_.now());
      },
      std::move(done));
}

Result<SignedInNow> Accounts::end_sessions(const access::SignedIn& who, control::Control::Done done) {
  const auto session = session_instead_of(who);
  if (!session) return std::unexpected(session.error());
  const auto write = [&](control::Change& change) -> Result<void> {
    const auto ended = change.sql().run(sql::delete_sessions_of_user, {who.user.uuid});
    if (!ended) return std::unexpected(ended.error());
    if (auto noted = note(change.sql(), audit::Action::sessions_ended, who, clock_.now()); !noted) return noted;
    return insert_session(change.sql(), *session);
  };
  if (auto written = control_.write(write, std::move(done)); !written) return std::unexpected(written.error());
  return session->now;
}

void Accounts::end_stolen(const SessionId& session) {
  stolen_.add();
  logging::warn("a session was ended: an old remember-me cookie came back", {{"session", session.str()}});
  const auto done = sign_out(session, [](Result<void> outcome) {
    if (!outcome) logging::error("a stolen session could not be ended", {{"error", outcome.error().message}});
  });
  if (!done) logging::error("a stolen session could not be ended", {{"error", done.error().message}});
}

void Accounts::confirm_remember(const Remembered& remembered) {
  const auto failed = [](const Error& error) {
    logging::error("the use of a remember-me cookie could not be noted", {{"error", error.message}});
  };
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto changed =
            change.sql().run(sql::use_remember, {remembered.session.uuid, to_ms(remembered.issued_at)});
        if (!changed) return std::unexpected(changed.error());
        return {};
      },
      [failed](Result<void> outcome) {
        if (!outcome) failed(outcome.error());
      });
  if (!written) failed(written.error());
}

}  // namespace hk::auth
