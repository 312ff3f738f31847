#include "db/original.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temp_dir.h"
#include "db/duck.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;
using hk::testing::TempDir;

class OriginalTest : public ::testing::Test {
 protected:
  TempDir dir_;
  fs::path data_ = dir_ / "data";
  fs::path current_ = dir_ / "current";

  void SetUp() override { fs::create_directories(current_); }
  void make(const fs::path& file, std::string_view sql) {
    fs::create_directories(file.parent_path());
    const auto made = DuckDatabase::open(file, {}).value()->connect().value()->exec(sql);
    ASSERT_TRUE(made) << made.error().message;
  }
  void make_original(const fs::path& file) {
    make(file, "CREATE TABLE migrations (migration VARCHAR PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)");
  }
  std::string refusal(const fs::path& database = {}) {
    const auto allowed = refuse_original({.data = data_, .database = database, .current = current_});
    return allowed ? "" : allowed.error().message;
  }
};

TEST_F(OriginalTest, NothingThereIsFineAndStaysNothing) {
  EXPECT_EQ(refusal(), "");
  EXPECT_FALSE(fs::exists(data_));
}

TEST_F(OriginalTest, ItsFilesAreFoundWhereverItPutsThem) {
  make_original(data_ / "hitkeep.db");
  EXPECT_TRUE(refusal().starts_with((data_ / "hitkeep.db").string() + " belongs to the original HitKeep")) << refusal();
  fs::remove(data_ / "hitkeep.db");
  make_original(data_ / "tenants/0197a5e2-7c1e-7cc0-8d2a-111111111111/hitkeep.db");
  EXPECT_NE(refusal().find("tenants/0197a5e2-7c1e-7cc0-8d2a-111111111111/hitkeep.db belongs to the original"),
            std::string::npos)
      << refusal();
  fs::remove_all(data_);
  make_original(dir_ / "elsewhere.db");
  EXPECT_NE(refusal(dir_ / "elsewhere.db").find("elsewhere.db belongs to the original"), std::string::npos);
}

TEST_F(OriginalTest, OneInTheCurrentDirectoryIsNotSilentlyPassedOver) {
  make_original(current_ / "hitkeep.db");
  EXPECT_NE(refusal().find("would start beside it with no data"), std::string::npos) << refusal();
  EXPECT_EQ(refusal(data_ / "hitkeep.db"), "") << "who names a place has decided";
  fs::create_directories(data_);
  std::ofstream(data_ / "control.db") << "";
  EXPECT_EQ(refusal(), "") << "an instance that has begun is not new";
}

TEST_F(OriginalTest, OtherProgramsMayLieBesideButNotInOurPlace) {
  make(current_ / "hitkeep.db", "CREATE TABLE theirs (a INTEGER)");
  EXPECT_EQ(refusal(), "");
  std::ofstream(current_ / "hitkeep.db") << "no database at all";
  EXPECT_EQ(refusal(), "");
  make(data_ / "hitkeep.db", "CREATE TABLE theirs (a INTEGER)");
  EXPECT_NE(refusal().find("is the database of another program"), std::string::npos);
  std::ofstream(data_ / "hitkeep.db") << "no database at all";
  EXPECT_NE(refusal().find("is not a DuckDB database"), std::string::npos);
}

}  // namespace
}  // namespace hk::db
