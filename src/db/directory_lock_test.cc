#include "db/directory_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/testing/temp_dir.h"

namespace hk::db {
namespace {

using hk::testing::TempDir;

TEST(DirectoryLock, IsFreeAgainWhenItsHolderIsGone) {
  TempDir dir;
  {
    auto lock = DirectoryLock::take(dir.path());
    ASSERT_TRUE(lock) << lock.error().message;
    const DirectoryLock moved = std::move(*lock);
    EXPECT_FALSE(DirectoryLock::take(dir.path()));
  }
  EXPECT_TRUE(DirectoryLock::take(dir.path()));
}

TEST(DirectoryLock, NamesTheOtherProcessAndOutlivesNoKill) {
  TempDir dir;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto lock = DirectoryLock::take(dir.path());
    (void)!write(ready[1], lock ? "y" : "n", 1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  const auto refused = DirectoryLock::take(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_NE(refused.error().message.find("(PID " + std::to_string(child) + ")"), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find(dir.path().string()), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(DirectoryLock::take(dir.path()));
  close(ready[0]);
  close(ready[1]);
}

TEST(DirectoryLock, SaysWhenTheDirectoryCannotBeWritten) {
  TempDir dir;
  EXPECT_NE(DirectoryLock::take(dir / "missing").error().message.find("cannot be written"), std::string::npos);
  std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(9);  // root may write everything
    const auto refused = DirectoryLock::take(dir.path());
    _exit(!refused && refused.error().message.find("cannot be written") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace hk::db
