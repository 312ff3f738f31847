// Preloaded into the program by power_loss_test.py: writes down, in order, whatever the program does to files below
// POWER_TAPE_ROOT (writes, syncs, names), so that the test can rebuild what a disk may hold after a power cut.
// One record: op, 8 bytes of monotonic time, inode, position, length, then so many bytes (a path, or what was written).
// Calls are done one at a time, so that the order on the tape is the order in which they took effect.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { CREATE = 'c', WRITE = 'w', ZEROS = 'z', SIZE = 't', SYNC = 's', RENAME = 'r', UNLINK = 'u', MKDIR = 'd', LINK = 'l' };

struct record {
  uint64_t op, time, inode, position, length;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int tape = -1;
static char root[PATH_MAX];
static size_t root_length;

static void open_tape(void) {
  static int tried;
  if (tried) return;
  tried = 1;
  const char* file = getenv("POWER_TAPE");
  const char* below = getenv("POWER_TAPE_ROOT");
  if (!file || !below || !realpath(below, root)) return;
  root_length = strlen(root);
  tape = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void put(const void* bytes, size_t size) {
  const char* at = bytes;
  while (size > 0) {
    const long n = syscall(SYS_write, tape, at, size);
    if (n <= 0) abort();
    at += n;
    size -= (size_t)n;
  }
}

static void note(int op, uint64_t inode, uint64_t position, const void* bytes, uint64_t length) {
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  const struct record head = {(uint64_t)op, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, inode, position, length};
  put(&head, sizeof head);
  if (bytes) put(bytes, length);
}

// A path below the root, from there on; 0 for any other.
static int below(const char* path, char* out) {
  char whole[PATH_MAX];
  if (path[0] == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else {
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) return 0;
    snprintf(whole, sizeof whole, "%.2000s/%.2000s", here, path);
  }
  if (tape < 0 || strncmp(whole, root, root_length) != 0 || (whole[root_length] != '/' && whole[root_length] != 0)) return 0;
  snprintf(out, PATH_MAX, "%.*s", PATH_MAX - 1, whole[root_length] ? whole + root_length + 1 : ".");
  return 1;
}

// The inode behind a descriptor whose file lies below the root; 0 for any other.
static uint64_t inode_of(int fd) {
  char link[64], path[PATH_MAX], name[PATH_MAX];
  if (tape < 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  struct stat info;
  if (!below(path, name) || fstat(fd, &info) != 0) return 0;
  return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) ? info.st_ino : 0;
}


static void begin(void) {
  pthread_mutex_lock(&mutex);
  open_tape();
}
static void end(void) {
  const int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
}

// ---- opening ---------------------------------------------------------------------------------------

static int opened(int directory, const char* path, int flags, mode_t mode) {
  char name[PATH_MAX];
  begin();
  const int ours = (flags & (O_CREAT | O_TRUNC)) != 0 && directory == AT_FDCWD && below(path, name);
  const int existed = ours && access(path, F_OK) == 0;
  const int fd = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (fd >= 0 && ours) {
    const uint64_t inode = inode_of(fd);
    if (inode && !existed) note(CREATE, inode, 0, name, strlen(name));
    if (inode && existed && (flags & O_TRUNC)) note(SIZE, inode, 0, 0, 0);
  }
  end();
  return fd;
}

#define MODE                             \
  mode_t mode = 0;                       \
  if (flags & (O_CREAT | __O_TMPFILE)) { \
    va_list list;                        \
    va_start(list, flags);               \
    mode = va_arg(list, mode_t);         \
    va_end(list);                        \
  }

int open(const char* path, int flags, ...) {
  MODE return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  MODE return opened(directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  MODE return opened(directory, path, flags | O_LARGEFILE, mode);
}

// ---- writing ---------------------------------------------------------------------------------------

static void wrote(int fd, const char* bytes, ssize_t size, int64_t position) {
  if (size <= 0) return;
  const uint64_t inode = inode_of(fd);
  if (!inode) return;
  if (position < 0) position = lseek(fd, 0, SEEK_CUR) - size;
  ssize_t zeros = 0;
  while (zeros < size && bytes[zeros] == 0) ++zeros;
  if (zeros == size)
    note(ZEROS, inode, (uint64_t)position, 0, (uint64_t)size);
  else
    note(WRITE, inode, (uint64_t)position, bytes, (uint64_t)size);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  begin();
  const ssize_t n = syscall(SYS_write, fd, bytes, size);
  if (tape >= 0 && n > 0) {
    const int error = errno;
    wrote(fd, bytes, n, -1);
    errno = error;
  }
  end();
  return n;
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t position) {
  begin();
  const ssize_t n = syscall(SYS_pwrite64, fd, bytes, size, position);
  wrote(fd, bytes, n, position);
  end();
  return n;
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t position) {
  return pwrite64(fd, bytes, size, position);
}

// Blocks that two files share would not be on the tape: copies are written, as where no file system can share.
int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  if (tape >= 0 && request == FICLONE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

int ftruncate64(int fd, off64_t size) {
  begin();
  const int result = (int)syscall(SYS_ftruncate, fd, size);
  const uint64_t inode = result == 0 ? inode_of(fd) : 0;
  if (inode) note(SIZE, inode, (uint64_t)size, 0, 0);
  end();
  return result;
}
int ftruncate(int fd, off_t size) {
  return ftruncate64(fd, size);
}

// Of a file that gets longer only the length shows.
static int longer(int fd) {
  struct stat info;
  const uint64_t inode = inode_of(fd);
  if (inode && fstat(fd, &info) == 0) note(SIZE, inode, (uint64_t)info.st_size, 0, 0);
  return 0;
}
int fallocate64(int fd, int mode, off64_t position, off64_t size) {
  const int hole = mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE);
  if (mode & ~FALLOC_FL_KEEP_SIZE && !hole) {  // collapsing ranges and the like: not used, and not to be missed
    fprintf(stderr, "power_tape: fallocate with mode %d\n", mode);
    abort();
  }
  begin();
  const int result = (int)syscall(SYS_fallocate, fd, mode, position, size);
  const uint64_t inode = hole && result == 0 ? inode_of(fd) : 0;
  if (inode) note(ZEROS, inode, (uint64_t)position, 0, (uint64_t)size);
  if (result == 0 && !hole) longer(fd);
  end();
  return result;
}
int fallocate(int fd, int mode, off_t position, off_t size) {
  return fallocate64(fd, mode, position, size);
}
int posix_fallocate64(int fd, off64_t position, off64_t size) {
  return fallocate64(fd, 0, position, size) == 0 ? 0 : errno;
}
int posix_fallocate(int fd, off_t position, off_t size) {
  return posix_fallocate64(fd, position, size);
}

int fsync(int fd) {
  begin();
  const uint64_t inode = inode_of(fd);
  // It need not reach the medium: the test decides what did.
  if (inode) note(SYNC, inode, 0, 0, 0);
  end();
  return inode ? 0 : (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
  return fsync(fd);
}

// ---- names -----------------------------------------------------------------------------------------

static void named(int op, const char* from, const char* to) {
  char first[PATH_MAX], both[2 * PATH_MAX];
  if (!below(from, first)) return;
  if (!to) {
    note(op, 0, 0, first, strlen(first));
    return;
  }
  char second[PATH_MAX];
  if (!below(to, second)) abort();
  const int length = snprintf(both, sizeof both, "%s%c%s", first, 0, second);
  note(op, 0, 0, both, (uint64_t)length);
}

int rename(const char* from, const char* to) {
  begin();
  const int result = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  if (result == 0) named(RENAME, from, to);
  end();
  return result;
}
int link(const char* from, const char* to) {
  begin();
  const int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (result == 0) named(LINK, from, to);
  end();
  return result;
}
int unlink(const char* path) {
  begin();
  const int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (result == 0) named(UNLINK, path, 0);
  end();
  return result;
}
int remove(const char* path) {
  if (unlink(path) == 0) return 0;
  return errno == EISDIR ? (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR) : -1;
}
int mkdir(const char* path, mode_t mode) {
  begin();
  const int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  struct stat info;
  char name[PATH_MAX];
  if (result == 0 && below(path, name) && stat(path, &info) == 0) note(MKDIR, info.st_ino, 0, name, strlen(name));
  end();
  return result;
}
