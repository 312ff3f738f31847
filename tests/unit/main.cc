// The main of every unit test. A test that hangs ends with its name and the stacks of all its threads, before ctest
// would kill it without a word. HITKEEP_TEST_SECONDS is the patience for one test; without it there is no end. A test
// may ask for more (base/testing/patience.h).

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/testing/patience.h"

extern "C" [[gnu::weak]] void __sanitizer_print_stack_trace();  // NOLINT(bugprone-reserved-identifier): its name

namespace {

using Steady = std::chrono::steady_clock;
/// For one thread to print its stack.
constexpr std::chrono::milliseconds kOneStack{300};

std::vector<pid_t> threads() {
  std::vector<pid_t> out;
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return out;
  while (const dirent* entry = ::readdir(tasks))
    if (const int id = std::atoi(entry->d_name); id > 0) out.push_back(id);
  ::closedir(tasks);
  return out;
}

/// Runs on the thread that is asked; not async-signal-safe, but the process is about to end.
void show_stack(int /*signal*/) {
  if (__sanitizer_print_stack_trace) __sanitizer_print_stack_trace();
}

class Patience : public testing::EmptyTestEventListener {
 public:
  explicit Patience(std::chrono::seconds patience) : usual_(patience), watcher_([this] { watch(); }) {
    watching = this;
  }
  ~Patience() override {
    {
      watching = nullptr;
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_one();
    watcher_.join();
  }

  void be(std::chrono::seconds patience) {
    const std::lock_guard lock(mutex_);
    patience_ = std::max(patience_, patience);
    deadline_ = Steady::now() + patience_;
    changed_.notify_one();
  }

  static Patience* watching;

 private:
  void OnTestStart(const testing::TestInfo& test) override {
    const std::lock_guard lock(mutex_);
    name_ = std::string(test.test_suite_name()) + '.' + test.name();
    patience_ = usual_;
    deadline_ = Steady::now() + patience_;
    changed_.notify_one();
  }
  void OnTestEnd(const testing::TestInfo& /*test*/) override {
    const std::lock_guard lock(mutex_);
    deadline_.reset();
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      if (!deadline_)
        changed_.wait(lock);
      else if (Steady::now() < *deadline_)
        changed_.wait_until(lock, *deadline_);
      else
        give_up();
    }
  }

  [[noreturn]] void give_up() {
    std::fprintf(stderr, "%s still runs after %lld s; its threads:\n", name_.c_str(),
                 static_cast<long long>(patience_.count()));
    (void)std::signal(SIGUSR2, show_stack);
    for (const pid_t thread : threads()) {
      if (thread == ::gettid()) continue;
      std::fprintf(stderr, "thread %d\n", thread);
      ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR2);
      std::this_thread::sleep_for(kOneStack);
    }
    std::_Exit(1);
  }

  const std::chrono::seconds usual_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string name_;
  std::chrono::seconds patience_{};  // for the running test
  std::optional<Steady::time_point> deadline_;
  bool over_ = false;
  std::thread watcher_;
};
Patience* Patience::watching = nullptr;

}  // namespace

void hk::testing::be_patient(std::chrono::seconds patience) {
  if (Patience::watching != nullptr) Patience::watching->be(patience);
}

int main(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // as the program does
  testing::InitGoogleTest(&argc, argv);
  const char* seconds = std::getenv("HITKEEP_TEST_SECONDS");
  if (seconds != nullptr && std::atoi(seconds) > 0)
    testing::UnitTest::GetInstance()->listeners().Append(new Patience(std::chrono::seconds(std::atoi(seconds))));
  return RUN_ALL_TESTS();
}
