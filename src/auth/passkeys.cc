#include "auth/passkeys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/audit.h"
#include "auth/bootstrap.h"
#include "auth/second_factors.h"
#include "base/text.h"
#include "crypto/cose.h"
#include "crypto/encoding.h"
#include "crypto/random.h"
#include "sql/auth.h"

namespace hk::auth {
namespace sql = hk::sql::auth;
namespace {

constexpr std::size_t kChallengeBytes = 32;
constexpr std::string_view kPartyName = "HitKeep";

Result<void> ran(const Result<std::int64_t>& outcome) {
  if (!outcome) return std::unexpected(outcome.error());
  return {};
}

Result<void> note(db::Sqlite& db, audit::Action action, const access::SignedIn& who, TimeMs now,
                  const std::optional<std::string>& before, const std::optional<std::string>& after) {
  audit::Note noted{.action = action, .target = audit::Target::person, .target_id = who.user.str()};
  noted.changes.add("passkey", before, after);
  return audit::record(db, who, now, noted);
}

/// How a browser can reach it: names with commas between. What is no name of that kind is left out.
std::string joined(const std::vector<std::string>& transports) {
  std::string out;
  for (const std::string& one : transports) {
    const bool name = std::ranges::all_of(one, [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
    if (one.empty() || one.size() > kMaxTransport || !name) continue;
    if (!out.empty()) out += ',';
    out += one;
  }
  return out;
}

std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> out;
  while (!joined.empty()) {
    const auto end = std::min(joined.find(','), joined.size());
    out.emplace_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return out;
}

Result<std::vector<CredentialName>> names_of(db::Sqlite& db, const UserId& user) {
  std::vector<CredentialName> out;
  const auto read = db.rows(sql::passkeys_of, {user.uuid}, [&](const db::SqlRow& row) {
    out.push_back({.id = std::string(row.text(2)), .transports = split(row.text(3))});
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

/// Of an account, by which devices sort what they hold: 16 bytes.
std::string handle_of(const UserId& user) {
  return crypto::base64url(user.uuid.bytes);
}

Result<std::string> name_of(db::Sqlite& db, const UserId& user, const PasskeyId& id) {
  std::optional<std::string> name;
  const auto read = db.rows(sql::passkeys_of, {user.uuid}, [&](const db::SqlRow& row) {
    if (PasskeyId{row.uuid(0)} == id) name = row.text(1);
  });
  if (!read) return std::unexpected(read.error());
  if (!name) return fail(Code::not_found, "Passkey not found");
  return *name;
}

struct Setup {
  SessionId session;
  std::string challenge;
  std::string name;
  TimeMs until{};
};
/// Who began one, and what waits to be signed. Code::conflict, Code::forbidden, Code::conflict.
Result<Setup> setup_of(db::Sqlite& db, const access::SignedIn& who, TimeMs now) {
  std::optional<Setup> setup;
  const auto read = db.rows(sql::passkey_setup_of, {who.user.uuid}, [&](const db::SqlRow& row) {
    setup = Setup{.session = {row.uuid(0)},
                  .challenge = std::string(row.text(1)),
                  .name = std::string(row.text(2)),
                  .until = from_ms(row.i64(3))};
  });
  if (!read) return std::unexpected(read.error());
  if (!setup) return fail(Code::conflict, "No passkey registration is pending; begin again");
  if (setup->session != who.session)
    return fail(Code::forbidden, "Another session has begun this passkey; begin again here");
  if (now >= setup->until) return fail(Code::conflict, "Passkey registration challenge expired; begin again");
  return *setup;
}

}  // namespace

Result<std::vector<Passkey>> passkeys_of(db::Sqlite& db, const UserId& user) {
  std::vector<Passkey> out;
  const auto read = db.rows(sql::passkeys_of, {user.uuid}, [&](const db::SqlRow& row) {
    out.push_back({.id = {row.uuid(0)},
                   .name = std::string(row.text(1)),
                   .backup_eligible = row.i64(4) != 0,
                   .backed_up = row.i64(5) != 0,
                   .created_at = from_ms(row.i64(6)),
                   .updated_at = from_ms(row.i64(7)),
                   .last_used_at = row.is_null(8) ? std::nullopt : std::optional(from_ms(row.i64(8)))});
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Passkeys::Passkeys(const Settings& settings, control::Control& control, const Tokens& tokens, const Clock& clock)
    : settings_(settings), control_(control), tokens_(tokens), clock_(clock) {}

Result<void> Passkeys::usable() const {
  const auto party = relying_party(settings_);
  if (!party) return std::unexpected(party.error());
  return {};
}

Result<PasskeyCreation> Passkeys::begin(const access::SignedIn& who, const User& user, std::string_view name,
                                        control::Control::Done done) {
  const auto party = relying_party(settings_);
  if (!party) return std::unexpected(party.error());
  std::array<std::uint8_t, kChallengeBytes> random;
  crypto::random_bytes(random);
  PasskeyCreation wanted{
      .party = {.id = party->id, .name = std::string(kPartyName)},
      .holder = {.id = handle_of(user.id), .name = user.email, .display_name = profile_of(user).display_name},
      .challenge = crypto::base64url(random)};
  for (const auto algorithm : crypto::kCoseAlgorithms)
    wanted.algorithms.push_back({.number = static_cast<std::int64_t>(algorithm)});
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        auto there = names_of(change.sql(), who.user);
        if (!there) return std::unexpected(there.error());
        if (there->size() >= kMaxPasskeys)
          return fail(Code::conflict, concat({"There are ", std::to_string(kMaxPasskeys),
                                              " passkeys already, as many as can be; remove one first"}));
        wanted.exclude = std::move(*there);
        return ran(change.sql().run(sql::put_passkey_setup, {who.user.uuid, who.session.uuid, wanted.challenge,
                                                             std::string(name), to_ms(clock_.now() + kPasskeyTime)}));
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return wanted;
}

Result<FactorState> Passkeys::finish(const access::SignedIn& who, const AttestedCredential& made,
                                     control::Control::Done done) {
  const auto party = relying_party(settings_);
  if (!party) return std::unexpected(party.error());
  FactorState after;
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const TimeMs now = clock_.now();
        const auto setup = setup_of(db, who, now);
        if (!setup) return std::unexpected(setup.error());
        const auto credential = check_attested(*party, setup->challenge, made);
        // It is somebody who is signed in that sends what is wrong.
        if (!credential) return fail(Code::invalid, credential.error().message, "credential");
        const auto inserted =
            db.run(sql::insert_passkey,
                   {crypto::uuid_v7(now), who.user.uuid, made.id, credential->public_key, setup->name,
                    joined(made.response.transports.value_or(std::vector<std::string>())), credential->state.sign_count,
                    static_cast<std::int64_t>(credential->state.backup_eligible),
                    static_cast<std::int64_t>(credential->state.backed_up), to_ms(now)});
        if (!inserted && inserted.error().code == Code::conflict)
          return fail(Code::conflict, "This passkey is registered already", "credential");
        if (!inserted) return std::unexpected(inserted.error());
        if (auto gone = ran(db.run(sql::delete_passkey_setup, {who.user.uuid})); !gone) return gone;
        auto state = factors_of(db, who.user, now);
        if (!state) return std::unexpected(state.error());
        after = std::move(*state);
        return note(db, audit::Action::passkey_added, who, now, std::nullopt, setup->name);
      },
      std::move(done));
  if (!written) return std::unexpected(written.error());
  return after;
}

Result<void> Passkeys::rename(const access::SignedIn& who, const PasskeyId& id, const std::string& name,
                              control::Control::Done done) {
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto before = name_of(db, who.user, id);
        if (!before) return std::unexpected(before.error());
        if (*before == name) return {};
        const TimeMs now = clock_.now();
        if (auto done = ran(db.run(sql::rename_passkey, {who.user.uuid, id.uuid, name, to_ms(now)})); !done)
          return done;
        return note(db, audit::Action::passkey_renamed, who, now, *before, name);
      },
      std::move(done));
}

Result<void> Passkeys::remove(const access::SignedIn& who, const PasskeyId& id, control::Control::Done done) {
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto name = name_of(db, who.user, id);
        if (!name) return std::unexpected(name.error());
        const TimeMs now = clock_.now();
        if (auto gone = ran(db.run(sql::delete_passkey, {who.user.uuid, id.uuid})); !gone) return gone;
        const auto left = factors_of(db, who.user, now);
        if (!left) return std::unexpected(left.error());
        if (!left->any())
          if (auto gone = remove_factors(db, who.user); !gone) return gone;
        return note(db, audit::Action::passkey_removed, who, now, *name, std::nullopt);
      },
      std::move(done));
}

Result<PasskeyRequest> Passkeys::request(std::string_view token, Verification verification,
                                         const std::optional<UserId>& of) const {
  const auto party = relying_party(settings_);
  if (!party) return std::unexpected(party.error());
  PasskeyRequest wanted{.challenge = tokens_.to_sign(token), .party_id = party->id};
  if (verification == Verification::preferred) wanted.user_verification = "preferred";
  if (!of) return wanted;
  const auto read = control_.read([&](db::Sqlite& db) -> Result<void> {
    auto names = names_of(db, *of);
    if (!names) return std::unexpected(names.error());
    wanted.allow = std::move(*names);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return wanted;
}

Result<UserId> Passkeys::take(db::Sqlite& db, const Shown& shown) const {
  const auto party = relying_party(settings_);
  if (!party) return std::unexpected(party.error());
  struct Row {
    PasskeyId id;
    UserId user;
    KnownCredential known;
  };
  std::optional<Row> found;
  const auto read = db.rows(sql::passkey_by_credential, {shown.credential.id}, [&](const db::SqlRow& row) {
    found = Row{
        .id = {row.uuid(0)},
        .user = {row.uuid(1)},
        .known = {.public_key = std::string(row.text(2)), .sign_count = row.i64(3), .backup_eligible = row.i64(4) != 0},
    };
  });
  if (!read) return std::unexpected(read.error());
  const std::string& handle = shown.credential.response.user_handle;
  const bool says_whose = !shown.of || !handle.empty();
  if (!found || (shown.of && found->user != *shown.of) || (says_whose && handle != handle_of(found->user)))
    return fail(Code::unauthenticated, "This passkey is not known here; it may have been removed from the account",
                "credential");
  const auto state =
      check_asserted(*party, tokens_.to_sign(shown.token), found->known, shown.credential, shown.verification);
  if (!state) return std::unexpected(state.error());
  const auto used =
      db.run(sql::use_passkey, {found->id.uuid, state->sign_count, static_cast<std::int64_t>(state->backed_up),
                                to_ms(clock_.now()), to_ms(shown.issued_at)});
  if (!used) return std::unexpected(used.error());
  if (*used == 0) return fail(Code::conflict, "This sign-in was used already; begin again", "challenge_token");
  return found->user;
}

}  // namespace hk::auth
