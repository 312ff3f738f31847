// A program that gives each kind of hardening something to do, built as the release is, in every build: the test reads
// from it what a build with sanitizers cannot show. It is never run.

#include <cstdio>
#include <cstring>
#include <vector>

[[gnu::noinline]] int fill(const char* text, std::size_t bytes, const std::vector<int>& numbers) {
  char buffer[64];
  std::memcpy(buffer, text, bytes);                       // checked by _FORTIFY_SOURCE, guarded by a canary
  return numbers[bytes] + buffer[bytes % sizeof buffer];  // checked by _GLIBCXX_ASSERTIONS
}

int main(int argc, char** argv) {
  std::vector<int> numbers(static_cast<std::size_t>(argc));
  std::printf("%d\n", fill(argv[0], std::strlen(argv[0]), numbers));
}
