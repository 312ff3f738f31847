#include "app/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/testing/result.h"
#include "base/testing/temp_dir.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

TEST(DataDirectory, ANewOneIsForItsOwnerAlone) {
  const testing::TempDir dir;
  ASSERT_OK(prepare_data_directory(dir / "a/b"));
  EXPECT_EQ(mode_of(dir / "a/b"), 0700);
}

TEST(DataDirectory, OneThatEverybodyMayWriteToIsClosed) {
  const testing::TempDir dir;
  ::chmod(dir.path().c_str(), 0777);
  ASSERT_OK(prepare_data_directory(dir.path()));
  EXPECT_EQ(mode_of(dir.path()), 0700);
}

TEST(DataDirectory, ASharedOneIsRefusedAsItIs) {
  const testing::TempDir dir;
  ::chmod(dir.path().c_str(), 01777);
  const auto prepared = prepare_data_directory(dir.path());
  ASSERT_FALSE(prepared);
  EXPECT_NE(prepared.error().message.find((dir / "hitkeep").string()), std::string::npos) << prepared.error().message;
  EXPECT_EQ(mode_of(dir.path()), 01777);
}

TEST(DataDirectory, TheOneOfSomebodyElseIsRefusedWithTheCommand) {
  if (::geteuid() != 0) return;  // only root can give a directory away
  const testing::TempDir dir;
  ::chmod(dir.path().c_str(), 0777);
  ASSERT_EQ(::chown(dir.path().c_str(), 12345, 12345), 0);
  const auto prepared = prepare_data_directory(dir.path());
  ASSERT_FALSE(prepared);
  EXPECT_NE(prepared.error().message.find("chmod 700 " + dir.path().string()), std::string::npos);
  EXPECT_EQ(mode_of(dir.path()), 0777);
}

TEST(DataDirectory, AGroupMayWriteToItAsKubernetesMakesIt) {
  const testing::TempDir dir;
  ::chmod(dir.path().c_str(), 02770);
  ASSERT_OK(prepare_data_directory(dir.path()));
  EXPECT_EQ(mode_of(dir.path()), 02770);
}

TEST(DataDirectory, FilesAreForTheirOwner) {
  const testing::TempDir dir;
  fs::create_directories(dir / "log");
  ::chmod((dir / "log").c_str(), 02775);
  for (const auto* name : {"hitkeep.db", "log/1.seg"}) {
    std::ofstream(dir / name) << "x";
    ::chmod((dir / name).c_str(), 0664);
  }
  const testing::TempDir elsewhere;
  std::ofstream(elsewhere / "file") << "x";
  ::chmod((elsewhere / "file").c_str(), 0644);
  fs::create_symlink(elsewhere / "file", dir / "link");

  close_files_to_others(dir.path());
  EXPECT_EQ(mode_of(dir / "hitkeep.db"), 0600);
  EXPECT_EQ(mode_of(dir / "log/1.seg"), 0600);
  EXPECT_EQ(mode_of(dir / "log"), 02770);
  EXPECT_EQ(mode_of(elsewhere / "file"), 0644);
}

}  // namespace
}  // namespace hk::app
