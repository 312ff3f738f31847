#include "control/checksums.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/testing/result.h"
#include "base/text.h"
#include "control/change.h"
#include "control/testing/live_control.h"

namespace hk::control {
namespace {

namespace fs = std::filesystem;
using testing::LiveControl;
using Names = std::vector<std::string>;

constexpr std::string_view kDomain = "flowers.example", kHost = "staging.shop.test", kEmail = "ada@lovelace.test",
                           kName = "Countess";

class ChecksumsTest : public ::testing::Test {
 protected:
  SystemClock clock_;
  LiveControl control_{clock_};
  fs::path file_ = control_.directory() / "control.db";

  Result<void> run(const std::string& text) {
    return control_.write_and_wait([&](Change& change) -> Result<void> { return change.sql().exec(text); });
  }
  void SetUp() override {
    ASSERT_OK(run(
        "INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (zeroblob(16), 'T', 1, 1, 0);"
        "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) VALUES "
        "(zeroblob(16), 'ada@lovelace.test', 'hash', 'Countess', 'Lovelace', 'owner', 'en', "
        "0);"
        "INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_at) VALUES (1, zeroblob(16), "
        "zeroblob(16), 'flowers.example', 'UTC', 0, 0);"
        "INSERT INTO site_excluded_hosts VALUES (1, 'staging.shop.test')"));
  }

  std::string bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::size_t> places_of(std::string_view text) const {
    const std::string all = bytes();
    std::vector<std::size_t> out;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) out.push_back(at);
    return out;
  }
  /// Changes one bit of one letter on the disk.
  void flip(std::size_t at) const {
    std::fstream io(file_, std::ios::in | std::ios::out | std::ios::binary);
    io.seekg(static_cast<std::streamoff>(at));
    const char letter = static_cast<char>(io.get());
    io.seekp(static_cast<std::streamoff>(at));
    io.put(static_cast<char>(letter ^ 1));
  }
  std::string read(const std::string& sql) {
    std::string out;
    EXPECT_TRUE(control_.read(
        [&](db::Sqlite& db) { return db.rows(sql, {}, [&](const db::SqlRow& row) { (out += row.text(0)) += ' '; }); }));
    return out;
  }
};

TEST_F(ChecksumsTest, ALetterThatTheDiskChangedIsToldWhereverItIs) {
  const struct {
    std::string_view text, table, column;
  } kinds[] = {{kDomain, "sites", "domain"},
               {kHost, "site_excluded_hosts", "host"},
               {kEmail, "users", "email"},
               {kName, "users", "given_name"}};
  for (const auto& [text, table, column] : kinds) {
    control_.restart();  // leaves no WAL
    int told = 0;
    const auto places = places_of(text);
    for (std::size_t i = 0; i < places.size(); ++i) {
      std::string before;
      control_.restart([&] {
        before = bytes();
        flip(places_of(text)[i] + 3);
      });
      const std::string now = read(concat({"SELECT ", column, " FROM ", table, " NOT INDEXED"}));
      if (control_.damaged().empty()) {
        EXPECT_EQ(now, std::string(text) + ' ') << "place " << i;
        EXPECT_EQ(read("PRAGMA integrity_check"), "ok ");
        continue;
      }
      ++told;
      EXPECT_EQ(control_.damaged(), Names{std::string(table)});
      EXPECT_NE(now, std::string(text) + ' ');
      control_.restart([&] { std::ofstream(file_, std::ios::binary) << before; });
      EXPECT_EQ(control_.damaged(), Names{}) << "put right, nobody complains";
    }
    EXPECT_EQ(told, 1) << text;
  }
}

TEST_F(ChecksumsTest, DamageIsToldUntilItIsAccepted) {
  control_.restart();
  const auto row = places_of(kName).at(0);
  control_.restart([&] { flip(row); });
  EXPECT_EQ(control_.damaged(), Names{"users"});
  ASSERT_OK(run("UPDATE users SET given_name = 'Augusta'"));
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{"users"}) << "what was changed since hides nothing";
  control_.options().accept_damage = true;
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{});
  control_.options().accept_damage = false;
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{});
}

TEST_F(ChecksumsTest, AMigrationNeitherHidesDamageNorMakesAny) {
  std::vector<db::Migration> newer(schema().begin(), schema().end());
  newer.push_back({"9999_more", "UPDATE teams SET name = 'U'; ALTER TABLE users ADD COLUMN town TEXT"});
  control_.restart();
  const auto row = places_of(kName).at(0);
  control_.restart([&] { flip(row); });
  control_.options().migrations = newer;
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{"users"});
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{"users"});
}

TEST_F(ChecksumsTest, AFileFromBeforeGetsItsSums) {
  control_.restart([&] {
    auto old = db::Sqlite::open(file_, db::Sqlite::Mode::read_write).value();
    ASSERT_OK(old->exec("DROP TABLE sums; DELETE FROM migrations WHERE name = '0031_sums'"));
  });
  EXPECT_EQ(control_.damaged(), Names{});
  ASSERT_OK(run("UPDATE users SET given_name = 'Augusta'"));
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{});
  const auto row = places_of("Augusta").at(0);
  control_.restart([&] { flip(row); });
  EXPECT_EQ(control_.damaged(), Names{"users"});
}

TEST_F(ChecksumsTest, AChangeThatIsSetAsideHalfwayLeavesTheSumsAlone) {
  auto other = db::open_migrated(control_.directory() / "other.db", schema()).value();
  ASSERT_OK(other->record_changes());
  ASSERT_OK(
      other->exec("INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (randomblob(16), 'new', 2, 0, 0);"
                  "INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at) "
                  "VALUES (zeroblob(16), 'b@b.test', 'hash', 'B', 'B', 'user', 'en', 0)"));
  const std::string record = encode(other->take_changeset().value(), {});
  std::promise<void> durable;
  control_.log().append({.lane = 0, .kind = kChangeKind, .version = kChangeVersion, .payload = record},
                        [&](const auto&) { durable.set_value(); });
  durable.get_future().wait();
  ASSERT_OK(run("UPDATE users SET given_name = 'Augusta'"));
  EXPECT_TRUE(fs::exists(control_.directory() / "dead-letter"));
  control_.restart();
  EXPECT_EQ(control_.damaged(), Names{});
}

TEST_F(ChecksumsTest, WhatAnotherProgramWroteIsTold) {
  control_.restart([&] {
    auto other = db::Sqlite::open(file_, db::Sqlite::Mode::read_write).value();
    ASSERT_OK(other->exec("UPDATE users SET role = 'user'; DELETE FROM site_excluded_hosts; VACUUM; ANALYZE"));
  });
  EXPECT_EQ(control_.damaged(), (Names{"site_excluded_hosts", "users"}));
}

}  // namespace
}  // namespace hk::control
