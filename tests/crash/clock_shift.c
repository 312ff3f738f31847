// Preloaded into the program by tests, so that days end while the test watches, and clocks go wrong.
// CLOCK_SHIFT_SECONDS moves wall-clock time, for the whole process. CLOCK_SHIFT_FILE holds two numbers of 8 bytes that may
// change at any moment: seconds by which the wall clock is wrong, and seconds for which the machine has slept (which move
// the wall clock and CLOCK_BOOTTIME). Other clocks stay as they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// The C library's own, which needs no system call: a program that is measured may not become slower.
static int (*real)(clockid_t, struct timespec*);
static time_t fixed;
static const volatile long long* moving;

__attribute__((constructor)) static void open_shift(void) {
  real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const char* seconds = getenv("CLOCK_SHIFT_SECONDS");
  const char* file = getenv("CLOCK_SHIFT_FILE");
  if (seconds) fixed = atol(seconds);
  if (!file) return;
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  void* map = fd < 0 ? MAP_FAILED : mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) abort();
  moving = map;
  close(fd);
}

int clock_gettime(clockid_t clock, struct timespec* out) {
  const int result = real ? real(clock, out) : (int)syscall(SYS_clock_gettime, clock, out);
  if (result != 0) return result;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
    out->tv_sec += fixed + (moving ? moving[0] + moving[1] : 0);
  if (clock == CLOCK_BOOTTIME && moving) out->tv_sec += moving[1];
  return 0;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
