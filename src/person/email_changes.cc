#include "person/email_changes.h"

#include <optional>
#include <utility>

#include "audit/audit.h"
#include "base/logging.h"
#include "crypto/random.h"
#include "sql/person.h"

namespace hk::person {
namespace sql = hk::sql::person;
namespace {

/// Nobody's mailbox is filled from here.
constexpr auth::Attempts::Rule kRequests{
    .free = 3, .longest = std::chrono::minutes(10), .forget = std::chrono::hours(1)};
constexpr std::size_t kTokenBytes = 32;

struct Asked {
  UserId user;
  std::string next;
  std::string present;
};

Result<Asked> find(db::Sqlite& db, const std::string& token_hash, TimeMs now) {
  std::optional<Asked> found;
  const auto read = db.rows(sql::email_change_by_token, {token_hash, to_ms(now)}, [&](const db::SqlRow& row) {
    found = Asked{.user = {row.uuid(0)}, .next = std::string(row.text(1)), .present = std::string(row.text(2))};
  });
  if (!read) return std::unexpected(read.error());
  if (!found) return fail(Code::invalid, "Invalid or expired link; it works once, for an hour", "token");
  return std::move(*found);
}

audit::Note about(audit::Action action, const UserId& user, const std::string& before, const std::string& after) {
  audit::Note out{.action = action, .target = audit::Target::person, .target_id = user.str(), .target_label = before};
  out.changes.add("email", before, after);
  return out;
}

/// Called on the thread that applied the change.
void mail_link(const auth::Post& post, const std::string& to, const std::string& language, const std::string& link,
               const std::string& host) {
  const auto failed = [](const std::string& why) {
    logging::error("a link for another address could not be mailed", {{"error", why}});
  };
  auto mail =
      post.templates.fill("email_change", language,
                          {{"link", link}, {"host", host}, {"minutes", std::to_string(kEmailChangeLifetime.count())}});
  if (!mail) return failed(mail.error().message);
  mail->to = to;
  if (!post.send(std::move(*mail))) failed("too many mails wait");
}

}  // namespace

EmailChanges::EmailChanges(const auth::Settings& settings, control::Control& control, auth::Post post,
                           const Clock& clock)
    : settings_(settings),
      control_(control),
      post_(std::make_shared<const auth::Post>(std::move(post))),
      clock_(clock),
      requests_(kRequests, clock) {
  crypto::random_bytes(key_);
}

Result<std::string> EmailChanges::ask(const auth::User& user, const access::SignedIn& who, const std::string& email,
                                      control::Control::Done done) {
  if (const auto time = requests_.begin(crypto::siphash24(key_, user.id.str())))
    return std::unexpected(
        Error{.code = Code::limited,
              .message = "Too many changes of the address; try again in " + std::to_string(time->count()) + " s",
              .field = {},
              .retry_after = *time});
  const std::string token = crypto::random_hex(kTokenBytes);
  // In the fragment, which browsers neither send nor pass on as a referrer.
  std::string link = settings_.page("confirm-email#token=" + token);
  const bool mails = static_cast<bool>(post_->send);
  auto then = [post = post_, email, language = user.locale, link, host = settings_.public_host, mails,
               done = std::move(done)](Result<void> kept) mutable {
    if (kept && mails) mail_link(*post, email, language, link, host);
    done(std::move(kept));
  };
  const TimeMs now = clock_.now();
  const auto written = control_.write(
      [&](control::Change& change) -> Result<void> {
        const auto ran = change.sql().run(
            sql::put_email_change, {user.id.uuid, email, crypto::sha256_hex(token), to_ms(now + kEmailChangeLifetime)});
        if (!ran) return std::unexpected(ran.error());
        return audit::record(change.sql(), who, now,
                             about(audit::Action::email_change_asked, user.id, user.email, email));
      },
      std::move(then));
  if (!written) return std::unexpected(written.error());
  return mails ? std::string() : std::move(link);
}

Result<void> EmailChanges::confirm(const Secret<std::string>& token, const std::string& country,
                                   control::Control::Done done) {
  const TimeMs now = clock_.now();
  return control_.write(
      [&](control::Change& change) -> Result<void> {
        db::Sqlite& db = change.sql();
        const auto asked = find(db, crypto::sha256_hex(token.reveal()), now);
        if (!asked) return std::unexpected(asked.error());
        auto ran = db.run(sql::set_email, {asked->user.uuid, asked->next});
        if (!ran && ran.error().code == Code::conflict)
          return fail(Code::conflict, "Another account has this address", "email");
        // Links that were mailed to the address before are worth nothing any more.
        if (ran) ran = db.run(sql::delete_resets_of, {asked->user.uuid});
        if (ran) ran = db.run(sql::delete_email_change, {asked->user.uuid});
        if (!ran) return std::unexpected(ran.error());
        const access::SignedIn who{.user = asked->user, .session = {}, .token = {}, .country = country};
        return audit::record(db, who, now,
                             about(audit::Action::email_changed, asked->user, asked->present, asked->next));
      },
      std::move(done));
}

}  // namespace hk::person
