// Preloaded into the program by disk_faults_test.py: a disk that fails while the program runs. DISK_FAULTS_FILE holds three
// numbers of 8 bytes that may change at any moment: one of so many reads of files below DISK_FAULTS_ROOT (or of that file)
// fails (0: none), with this errno; whether syncs of files of the log fail. Whatever file the program has there, it is covered.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const volatile long long* faults;
static char root[PATH_MAX];
static atomic_ullong reads;

__attribute__((constructor)) static void open_faults(void) {
  const char* file = getenv("DISK_FAULTS_FILE");
  const char* below = getenv("DISK_FAULTS_ROOT");
  if (!file || !below) return;
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  void* map = fd < 0 ? MAP_FAILED : mmap(NULL, 24, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED || !realpath(below, root)) abort();
  faults = map;
  close(fd);
}

// Whether the file behind a descriptor is the root or below it, in the folder `inside` ("/…") of it.
static int below(int fd, const char* inside) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  const size_t length = strlen(root);
  return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0) &&
         strncmp(path + length, inside, strlen(inside)) == 0;
}

// A multiplicative hash of a count: the same share of any kind of read.
static int read_fails(int fd) {
  if (!faults || faults[0] <= 0 || !below(fd, "")) return 0;
  const unsigned long long n = atomic_fetch_add(&reads, 1) * 0x9E3779B97F4A7C15u >> 32;
  if (n % (unsigned long long)faults[0] != 0) return 0;
  errno = (int)faults[1];
  return 1;
}

ssize_t read(int fd, void* into, size_t size) { return read_fails(fd) ? -1 : syscall(SYS_read, fd, into, size); }
ssize_t pread(int fd, void* into, size_t size, off_t at) {
  return read_fails(fd) ? -1 : syscall(SYS_pread64, fd, into, size, at);
}
ssize_t pread64(int fd, void* into, size_t size, off_t at) { return pread(fd, into, size, at); }

static int sync_fails(int fd) {
  if (!faults || !faults[2] || !below(fd, "/log/")) return 0;
  errno = EIO;
  return 1;
}

int fsync(int fd) { return sync_fails(fd) ? -1 : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_fails(fd) ? -1 : (int)syscall(SYS_fdatasync, fd); }
