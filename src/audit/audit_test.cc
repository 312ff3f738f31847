#include "audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "access/testing/door.h"
#include "audit/list.h"
#include "audit/routes.h"
#include "audit/stored.h"
#include "control/testing/live_control.h"
#include "crypto/random.h"
#include "json/reader.h"

namespace hk::audit {
namespace {

using access::Permission;
using access::testing::Door;
using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr TimeMs kNow = TimeMs{Millis{1'732'521'844'000}};

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    add_routes(router_, {.control = control_, .clock = clock_});
    change([&](db::Sqlite& db) {
      return db.run(
          "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) "
          "VALUES (?1, 'ada@example.com', 'x', '', '', 'owner', 'en', 0)",
          {ada_.uuid});
    });
  }
  template <class F>
  void change(F what) {
    const auto written = control_.write_and_wait([&](control::Change& change) -> Result<void> {
      const auto ran = what(change.sql());
      if (!ran) return std::unexpected(ran.error());
      return {};
    });
    EXPECT_TRUE(written) << written.error().message;
  }
  void note(const Note& entry, const std::string& country = "") {
    const access::SignedIn who{.user = ada_, .session = {}, .token = {}, .country = country};
    change([&](db::Sqlite& db) { return record(db, who, clock_.now(), entry); });
  }
  static Note about_site(const std::string& domain, std::optional<TeamId> team = {},
                         Action action = Action::site_created) {
    return {.action = action, .team = team, .target = Target::site, .target_id = domain, .target_label = domain};
  }
  http::Response ask(const std::string& path, const std::string& query = "", std::optional<TeamId> team = {}) {
    const auto match = router_.match(http::Method::get, path);
    EXPECT_NE(match.route, nullptr) << path;
    http::Context context;
    context.request.query = query;
    if (team) {
      context.caller.proof = Door::grant<Permission::team_view_audit>({.team = *team});
    } else {
      context.caller.proof = Door::grant<Permission::instance_view_audit>();
    }
    return match.route->handler(context);
  }
  /// The targets' labels of a page of the instance.
  std::vector<std::string> labels(const std::string& query = "", std::optional<TeamId> team = {}) {
    const auto answer =
        team ? ask("/api/user/teams/" + team->str() + "/audit", query, team) : ask("/api/admin/system/audit", query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto document = json::parse(answer.body);
    json::Object page(*document);
    std::vector<std::string> out;
    for (json::Object& entry : page.objects("entries")) out.push_back(entry.str("target_label"));
    return out;
  }
  std::string problem_of(const std::string& query) {
    const auto answer = ask("/api/admin/system/audit", query);
    EXPECT_EQ(answer.status, 400) << query << answer.body;
    return answer.body;
  }

  ManualClock clock_{kNow};
  control::testing::LiveControl control_{clock_};
  http::Router router_;
  UserId ada_{crypto::uuid_v4()};
};

TEST_F(AuditTest, AnEntrySaysWhoWhatWhenFromWhere) {
  Note entry = about_site("shop.example", TeamId{crypto::uuid_v4()}, Action::site_updated);
  entry.changes.add("zone", "UTC", "Europe/Berlin").add("domain", "same", "same").add("label", std::nullopt, "Shop");
  note(entry, "DE");
  const auto body = ask("/api/admin/system/audit").body;
  EXPECT_THAT(body, HasSubstr(R"("created_at":"2024-11-25T08:04:04.000Z","actor_type":"person")"));
  EXPECT_THAT(body, HasSubstr(R"("actor_id":")" + ada_.str() + R"(","actor_email_snapshot":"ada@example.com")"));
  EXPECT_THAT(body, HasSubstr(R"("action":"site.updated")"));
  EXPECT_THAT(body, HasSubstr(R"("target_type":"site","target_id":"shop.example","target_label":"shop.example")"));
  EXPECT_THAT(
      body, HasSubstr(R"("ip_country_code":"DE","changes":[)"
                      R"({"field":"zone","before":"UTC","after":"Europe/Berlin"},{"field":"label","after":"Shop"}]})"));
}

TEST_F(AuditTest, TheProgramItselfIsNamedByItsTask) {
  change([&](db::Sqlite& db) {
    return record(db, access::System{.task = "demo"}, clock_.now(), about_site("demo.example"));
  });
  EXPECT_THAT(ask("/api/admin/system/audit").body,
              HasSubstr(R"("actor_type":"system","actor_email_snapshot":"demo","action")"));
}

TEST_F(AuditTest, AnEntryIsThereExactlyWhenItsChangeIs) {
  const auto failed = control_.write_and_wait([&](control::Change& change) -> Result<void> {
    EXPECT_TRUE(record(change.sql(), access::System{.task = "t"}, clock_.now(), about_site("never.example")));
    return fail(Code::conflict, "no");
  });
  EXPECT_FALSE(failed);
  EXPECT_THAT(labels(), SizeIs(0));
}

TEST_F(AuditTest, ATeamSeesItsOwn) {
  const TeamId one{crypto::uuid_v4()}, other{crypto::uuid_v4()};
  note(about_site("one.example", one));
  note(about_site("other.example", other));
  note(about_site("nobodys.example"));
  EXPECT_THAT(labels("", one), ElementsAre("one.example"));
  EXPECT_THAT(labels(), SizeIs(3));
}

TEST_F(AuditTest, FiltersAndPages) {
  for (const auto* domain : {"a.example", "b.example", "c.example"}) {
    note(about_site(domain));
    clock_.advance(days(1));
  }
  note({.action = Action::signed_in, .target = Target::person, .target_id = ada_.str(), .target_label = "Ada"});
  EXPECT_THAT(labels(), ElementsAre("Ada", "c.example", "b.example", "a.example"));
  EXPECT_THAT(labels("action=site.created&limit=1&offset=1"), ElementsAre("b.example"));
  EXPECT_THAT(labels("target_type=person"), ElementsAre("Ada"));
  EXPECT_THAT(labels("query=B.EXAMPLE"), ElementsAre("b.example"));
  EXPECT_THAT(labels("query=ada@"), SizeIs(4));
  EXPECT_THAT(labels("actor_id=" + ada_.str()), SizeIs(4));
  EXPECT_THAT(labels("actor_id=" + UserId{crypto::uuid_v4()}.str()), SizeIs(0));
  EXPECT_THAT(labels("from=2024-11-26&to=2024-11-26"), ElementsAre("b.example"));
  EXPECT_THAT(labels("from=2024-11-27T08:04:04Z"), ElementsAre("Ada", "c.example"));
  EXPECT_THAT(ask("/api/admin/system/audit", "limit=2&offset=9").body,
              HasSubstr(R"({"entries":[],"total":4,"limit":2,"offset":9,"has_more":false})"));
  EXPECT_THAT(ask("/api/admin/system/audit", "limit=3").body, HasSubstr(R"("has_more":true)"));
}

TEST_F(AuditTest, WrongParametersAreNamed) {
  for (const auto& [query, field] :
       std::vector<std::pair<std::string, std::string>>{{"action=site.eaten", "action"},
                                                        {"target_type=cat", "target_type"},
                                                        {"actor_id=me", "actor_id"},
                                                        {"from=yesterday", "from"},
                                                        {"to=2024-02-31", "to"},
                                                        {"limit=201", "limit"},
                                                        {"limit=x", "limit"},
                                                        {"offset=-1", "offset"},
                                                        {"query=" + std::string(kMaxSearch + 1, 'x'), "query"}})
    EXPECT_THAT(problem_of(query), HasSubstr("\"field\":\"" + field + "\"")) << query;
  EXPECT_EQ(ask("/api/admin/system/audit/export", "format=xml").status, 400);
  EXPECT_EQ(ask("/api/admin/system/audit/export", "limit=50001").status, 400);
  EXPECT_EQ(ask("/api/admin/system/audit", "limit=200").status, 200);
}

TEST_F(AuditTest, AFileForSpreadsheetsHoldsNoFormula) {
  Note entry = about_site("=cmd|'/c calc'!A1");
  entry.changes.add("name", "a \"b\"", "c");
  note(entry);
  const auto answer = ask("/api/admin/system/audit/export", "format=csv");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("time,actor_type,actor,action,"));
  EXPECT_THAT(answer.body, HasSubstr(R"("'=cmd|'/c calc'!A1")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("name: a ""b"" → c")"));
  EXPECT_THAT(ask("/api/admin/system/audit/export").body, ::testing::StartsWith("[{"));
}

TEST_F(AuditTest, EntriesGoAfterTwoYears) {
  note(about_site("old.example"));
  clock_.advance(kKept);
  EXPECT_THAT(labels(), ElementsAre("old.example"));
  clock_.advance(Millis(1));
  EXPECT_THAT(labels(), SizeIs(0)) << "no longer shown";
  note(about_site("new.example"));
  std::int64_t rows = 0;
  EXPECT_TRUE(control_.read([&](db::Sqlite& db) {
    return db.rows("SELECT count(*) FROM audit", {}, [&](const db::SqlRow& row) { rows = row.i64(0); });
  }));
  EXPECT_EQ(rows, 1) << "nor kept";
}

TEST_F(AuditTest, WhoDeletesHisAccountIsNamedNoMore) {
  note(about_site("shop.example"));
  Note mail{.action = Action::password_changed,
            .target = Target::person,
            .target_id = ada_.str(),
            .target_label = "ada@example.com"};
  mail.changes.add("email", "ada@example.com", "a@b.example");
  note(mail);
  change([&](db::Sqlite& db) { return forget(db, ada_); });
  const auto body = ask("/api/admin/system/audit").body;
  EXPECT_THAT(body, Not(HasSubstr("ada@example.com")));
  EXPECT_THAT(body, Not(HasSubstr("a@b.example")));
  EXPECT_THAT(labels(), ElementsAre("", "shop.example")) << "what was done stays";
}

TEST_F(AuditTest, LongValuesAreCut) {
  Note entry = about_site("a.example");
  entry.changes.add("hosts", std::string(kMaxValueBytes, 'x'), std::string(kMaxValueBytes, 'x') + "é");
  EXPECT_EQ(entry.changes.all()[0].after, std::string(kMaxValueBytes, 'x'));
  EXPECT_EQ(changes_of(stored(entry.changes.all())), entry.changes.all());
  EXPECT_THAT(changes_of("{\"changes\":3"), SizeIs(0));
}

}  // namespace
}  // namespace hk::audit
