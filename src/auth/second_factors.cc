#include "auth/second_factors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "audit/audit.h"
#include "auth/attempts.h"
#include "crypto/random.h"
#include "crypto/totp.h"
#include "json/shape.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

/// Who guesses knows the password already, so the waits are long: a code is right by chance once in 333,333.
constexpr Attempts::Rule kGuesses{.free = 5, .longest = std::chrono::minutes(15), .forget = std::chrono::days(1)};

constexpr std::string_view kNotOn = "TOTP is not enabled";

struct Tries {
  unsigned failures = 0;
  TimeMs last{};
};

Result<Tries> tries_of(db::Sqlite& db, const UserId& user, FactorDoor door, TimeMs now) {
  Tries tries;
  const auto read =
      db.rows(sql::factor_tries_of, {user.uuid, std::string(json::name_of(door))}, [&](const db::SqlRow& row) {
        tries = {.failures = static_cast<unsigned>(row.i64(0)), .last = from_ms(row.i64(1))};
      });
  if (!read) return std::unexpected(read.error());
  if (now - tries.last >= kGuesses.forget) return Tries{};
  return tries;
}

Result<void> ran(const Result<std::int64_t>& outcome) {
  if (!outcome) return std::unexpected(outcome.error());
  return {};
}

Result<void> note(db::Sqlite& db, audit::Action action, const access::SignedIn& who, TimeMs now) {
  return audit::record(db, who, now, {.action = action, .target = audit::Target::person, .target_id = who.user.str()});
}

/// 50 random bits, ten signs of which none looks like another, in two groups. Guesses are slow, and the hashes are
/// worth nothing without the key.
std::string make_recovery_code() {
  constexpr std::string_view kAlphabet = "abcdefghjkmnpqrstvwxyz0123456789";
  static_assert(kAlphabet.size() == 32);
  std::array<std::uint8_t, 10> bytes;
  crypto::random_bytes(bytes);
  std::string code;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == bytes.size() / 2) code += '-';
    code += kAlphabet[bytes[i] & 31];
  }
  return code;
}

/// Upper case and hyphens are as people like.
std::string plain_code(std::string_view code) {
  return ascii_lower(crypto::typed_code(code));
}

}  // namespace

Factor factor_of(std::string_view code) {
  const std::string typed = crypto::typed_code(code);
  const bool digits = std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; });
  return digits && typed.size() == crypto::kTotpDigits ? Factor::totp : Factor::recovery_code;
}

Result<FactorState> factors_of(db::Sqlite& db, const UserId& user, TimeMs now) {
  FactorState state;
  auto read = db.rows(sql::totp_of, {user.uuid}, [&](const db::SqlRow& row) {
    state.on = row.is_null(1);
    state.pending = !state.on && now < from_ms(row.i64(1));
  });
  if (read)
    read = db.rows(sql::count_recovery_codes, {user.uuid}, [&](const db::SqlRow& row) {
      state.codes = row.i64(0);
      state.codes_left = row.i64(1);
    });
  if (!read) return std::unexpected(read.error());
  auto passkeys = passkeys_of(db, user);
  if (!passkeys) return std::unexpected(passkeys.error());
  state.passkeys = std::move(*passkeys);
  return state;
}

Result<void> remove_factors(db::Sqlite& db, const UserId& user) {
  auto done = ran(db.run(sql::delete_totp, {user.uuid}));
  if (done) done = ran(db.run(sql::delete_passkeys_of, {user.uuid}));
  if (done) done = ran(db.run(sql::delete_recovery_codes, {user.uuid}));
  if (done) done = ran(db.run(sql::delete_factor_tries_of, {user.uuid}));
  return done;
}

SecondFactors::SecondFactors(const Settings& settings, control::Control& control, const Clock& clock)
    : settings_(settings), control_(control), clock_(clock), cipher_(settings.data_key, "second factor") {}

Result<FactorState> SecondFactors::state(const UserId& user) const {
  FactorState state;
  const auto read = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto found = factors_of(db, user, clock_.now());
    if (!found) return std::unexpected(found.error());
    state = *found;
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return state;
}

Result<std::optional<SecondFactors::Totp>> SecondFactors::totp_of(db::Sqlite& db, const UserId& user) const {
  std::optional<Totp> found;
  std::string seed;
  const auto read = db.rows(sql::totp_of, {user.uuid}, [&](const db::SqlRow& row) {
    seed = row.text(0);
    found.emplace(Totp{.seed = {},
                       .setup_until = row.is_null(1) ? std::nullopt : std::optional(from_ms(row.i64(1))),
                       .last_step = row.i64(2)});
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return std::nullopt;
  auto plain = cipher_.decrypt(seed, user.str());
  if (!plain)
    return fail(
        Code::unavailable,
        "The key of the authenticator app cannot be read: HITKEEP_DATA_KEY, or the file data-key, is another one "
        "than when it was set up; whoever runs this server can remove it (hitkeep recover disable-2fa)");
  found->seed = std::move(*plain);
  return found;
}

Result<TotpSetup> SecondFactors::set_up(const access::SignedIn& who, std::string_view email,
                                        control::Control::Done done) {
  const Secret<std::string> seed = crypto::make_totp_seed();
  const TimeMs now = clock_.now();
  TotpSetup setup{.secret = Secret(crypto::totp_secret(seed.reveal())),
                  .uri = crypto::totp_uri(seed.reveal(), settings_.public_host, email),
                  .until = now + kTotpSetup};
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto state = factors_of(change.sql(), who.user, now);
        if (!state) return std::unexpected(state.error());
        if (state->on) return fail(Code::conflict, "An authenticator app is set up already; switch it off first");
        return ran(change.sql().run(sql::put_totp,
                                    {who.user.uuid, cipher_.encrypt(seed, who.user.str()), to_ms(setup.until)}));
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return setup;
}

Result<FactorState> SecondFactors::confirm(const access::SignedIn& who, std::string_view code,
                                           control::Control::Done done) {
  FactorState state;
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const TimeMs now = clock_.now();
        const auto totp = totp_of(db, who.user);
        if (!totp) return std::unexpected(totp.error());
        if (!*totp || !(*totp)->setup_until) return fail(Code::conflict, "No TOTP setup is pending");
        if (now >= *(*totp)->setup_until) return fail(Code::conflict, "TOTP setup expired; begin again");
        const auto step = crypto::match_totp((*totp)->seed.reveal(), crypto::typed_code(code), now, 0);
        if (!step) return fail(Code::invalid, "Invalid TOTP code; is the clock of the device right?", "code");
        if (auto on = ran(db.run(sql::use_totp, {who.user.uuid, *step})); !on) return on;
        if (auto noted = note(db, audit::Action::totp_enabled, who, now); !noted) return noted;
        auto after = factors_of(db, who.user, now);
        if (!after) return std::unexpected(after.error());
        state = *after;
        return {};
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return state;
}

Result<FactorState> SecondFactors::switch_off(const access::SignedIn& who, std::string_view code,
                                              control::Control::Done done) {
  bool right = false;
  FactorState left;
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const TimeMs now = clock_.now();
        const auto state = factors_of(db, who.user, now);
        if (!state) return std::unexpected(state.error());
        if (!state->on) return fail(Code::not_found, std::string(kNotOn));
        const auto taken = take(db, who.user, {.code = code, .factor = factor_of(code), .door = FactorDoor::session});
        if (!taken) return std::unexpected(taken.error());
        right = *taken;
        if (!right) return {};
        const auto removed =
            state->passkeys.empty() ? remove_factors(db, who.user) : ran(db.run(sql::delete_totp, {who.user.uuid}));
        if (!removed) return removed;
        auto after = factors_of(db, who.user, now);
        if (!after) return std::unexpected(after.error());
        left = std::move(*after);
        return note(db, audit::Action::totp_disabled, who, now);
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  if (!right) return fail(Code::invalid, "Invalid code", "code");
  return left;
}

Result<std::vector<std::string>> SecondFactors::renew_codes(const access::SignedIn& who, control::Control::Done done) {
  std::vector<std::string> codes(kRecoveryCodes);
  std::ranges::generate(codes, make_recovery_code);
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto state = factors_of(db, who.user, clock_.now());
        if (!state) return std::unexpected(state.error());
        if (!state->any())
          return fail(Code::conflict, "Enable TOTP or register a passkey before generating recovery codes");
        if (auto gone = ran(db.run(sql::delete_recovery_codes, {who.user.uuid})); !gone) return gone;
        for (const std::string& code : codes) {
          const std::string hash = cipher_.digest(plain_code(code), who.user.str());
          if (auto kept = ran(db.run(sql::insert_recovery_code, {who.user.uuid, hash})); !kept) return kept;
        }
        return note(db, audit::Action::recovery_codes_generated, who, clock_.now());
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return codes;
}

Result<bool> SecondFactors::check(db::Sqlite& db, const UserId& user, const Typed& typed) const {
  const TimeMs now = clock_.now();
  if (typed.factor == Factor::recovery_code) {
    // By the hash, which nobody can aim without the key.
    const auto used =
        db.run(sql::use_recovery_code, {user.uuid, cipher_.digest(plain_code(typed.code), user.str()), to_ms(now)});
    if (!used) return std::unexpected(used.error());
    return *used == 1;
  }
  const auto totp = totp_of(db, user);
  if (!totp) return std::unexpected(totp.error());
  if (!*totp || (*totp)->setup_until) return fail(Code::conflict, std::string(kNotOn));
  const auto step = crypto::match_totp((*totp)->seed.reveal(), crypto::typed_code(typed.code), now, (*totp)->last_step);
  if (!step) return false;
  if (auto used = ran(db.run(sql::use_totp, {user.uuid, *step})); !used) return std::unexpected(used.error());
  return true;
}

Result<bool> SecondFactors::take(db::Sqlite& db, const UserId& user, const Typed& typed) const {
  const TimeMs now = clock_.now();
  const auto tries = tries_of(db, user, typed.door, now);
  if (!tries) return std::unexpected(tries.error());
  const auto pause = pause_after(kGuesses, tries->failures);
  if (pause.count() > 0 && now < tries->last + pause) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(tries->last + pause - now);
    return std::unexpected(Error{.code = Code::limited,
                                 .message = "Too many wrong codes; try again in " + std::to_string(wait.count()) + " s",
                                 .field = {},
                                 .retry_after = wait});
  }
  const auto right = check(db, user, typed);
  if (!right) return right;
  const std::string door(json::name_of(typed.door));
  const auto counted = *right ? db.run(sql::delete_factor_tries, {user.uuid, door})
                              : db.run(sql::put_factor_tries,
                                       {user.uuid, door, static_cast<std::int64_t>(tries->failures + 1), to_ms(now)});
  if (!counted) return std::unexpected(counted.error());
  return right;
}

}  // namespace hk::auth
