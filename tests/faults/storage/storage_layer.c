/*
 * A layer between a process and the kernel, loaded with LD_PRELOAD.
 *
 * It writes every change to files below a folder, and every byte sent over TCP, to a trace, in one total order; and
 * it makes calls on those files fail as a control file says. What it cannot describe truthfully (a call that nobody
 * used when this was written) is written to the trace as a record of its own, so that the reader can refuse it.
 *
 * LAYER_FOLDER   the folder that is watched: an absolute path without links in it
 * LAYER_TRACE    the trace, appended to
 * LAYER_CONTROL  the control file: lines "ID CALL SUFFIX ACTION SKIP COUNT" (see read_rules)
 *
 * The order: one lock is held around a call and its record. Only a sync is not held, since others must be able to
 * overtake it: it has a record when it begins and one when it has ended.
 *
 * Files whose name ends in "-shm" are not watched: SQLite's shared index is made anew at each start and nothing in it
 * is ever trusted after one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 65536
#define MAX_RULES 8
#define NAME_BYTES 256

/* Kinds of records. */
#define PROCESS 'B'
#define OPEN 'O'
#define MAKE_FOLDER 'D'
#define WRITE 'W'
#define TRUNCATE 'T'
#define SYNC_BEGIN 's'
#define SYNC_END 'S'
#define UNLINK 'U'
#define RENAME 'R'
#define NETWORK 'N'
#define FAULT 'F'
#define NOT_MODELLED 'X'

/* What a record begins with; little endian, as the machine has it. */
struct record {
  uint32_t bytes; /* of the whole record */
  uint8_t kind;
  uint8_t is_new; /* OPEN: the file was created */
  uint16_t unused;
  uint32_t handle; /* the descriptor's own number: no other one of this process has it */
  uint32_t error;  /* errno, 0 for none */
  uint64_t offset; /* WRITE: where. TRUNCATE: the length. SYNC: which one */
};

struct descriptor {
  dev_t device; /* what it stood for when this was noted: it may have been closed without our knowing */
  ino_t inode;
  uint32_t handle; /* 0: not watched */
  uint32_t connection; /* 0: none */
  int8_t appends;
  char name[NAME_BYTES];
};

enum action { NONE, FAIL, SHORT, TORN, SWALLOW, SLOW };

struct rule {
  char call[16], suffix[64], action[16];
  long skip, count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct descriptor descriptors[MAX_DESCRIPTORS];
static sigset_t signals_before; /* of the thread that holds the lock */
static int trace = -1;
static char folder[PATH_MAX];
static size_t folder_bytes;
static const char *control;
static char control_text[2048];
static struct rule rules[MAX_RULES];
static int rule_count;
static uint32_t next_handle = 1, next_connection = 1;
static uint64_t next_sync = 1;
/* This thread has written to a write-ahead log since its last sync: the next one is that of a commit. */
static __thread int commits;

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, writev, int, const struct iovec *, int);
REAL(ssize_t, pwrite, int, const void *, size_t, off64_t);
REAL(ssize_t, pwritev, int, const struct iovec *, int, off64_t);
REAL(ssize_t, pread, int, void *, size_t, off64_t);
REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
REAL(ssize_t, send, int, const void *, size_t, int);
REAL(int, ftruncate, int, off64_t);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, unlink, const char *);
REAL(int, rename, const char *, const char *);
REAL(int, mkdir, const char *, mode_t);
REAL(void *, mmap, void *, size_t, int, int, int, off64_t);

static void stop(const char *what) {
  dprintf(2, "storage layer: %s: %s\n", what, strerror(errno));
  abort();
}

static void *find(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) stop(name);
  return found;
}

static void put(uint8_t kind, uint32_t handle, uint8_t is_new, uint32_t error, uint64_t offset, const void *payload,
                size_t bytes) {
  struct record record = {(uint32_t)(sizeof record + bytes), kind, is_new, 0, handle, error, offset};
  struct iovec parts[2] = {{&record, sizeof record}, {(void *)payload, bytes}};
  if (real_writev(trace, parts, 2) != (ssize_t)record.bytes) stop("the trace cannot be written");
}

static void put_text(uint8_t kind, const char *text) { put(kind, 0, 0, 0, 0, text, strlen(text)); }

/* A process that was killed may have left a part of its last record. Its call was never answered for. */
static void cut_torn_record(void) {
  struct stat64 status;
  struct record record;
  off64_t end = 0;
  if (fstat64(trace, &status) != 0) stop("fstat");
  while (end < status.st_size) {
    if (real_pread(trace, &record, sizeof record, end) != (ssize_t)sizeof record) break;
    if (record.bytes < sizeof record || end + record.bytes > status.st_size) break;
    end += record.bytes;
  }
  if (end < status.st_size && real_ftruncate(trace, end) != 0) stop("ftruncate");
}

static void start(void) {
  real_open = find("open64");
  real_openat = find("openat64");
  real_close = find("close");
  real_write = find("write");
  real_writev = find("writev");
  real_pwrite = find("pwrite64");
  real_pwritev = find("pwritev64");
  real_pread = find("pread64");
  real_sendmsg = find("sendmsg");
  real_send = find("send");
  real_ftruncate = find("ftruncate64");
  real_fsync = find("fsync");
  real_fdatasync = find("fdatasync");
  real_unlink = find("unlink");
  real_rename = find("rename");
  real_mkdir = find("mkdir");
  real_mmap = find("mmap64");
  const char *watched = getenv("LAYER_FOLDER"), *file = getenv("LAYER_TRACE");
  control = getenv("LAYER_CONTROL");
  if (watched == NULL || file == NULL || control == NULL) stop("LAYER_FOLDER, LAYER_TRACE and LAYER_CONTROL are needed");
  snprintf(folder, sizeof folder, "%s", watched);
  folder_bytes = strlen(folder);
  trace = real_open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (trace < 0) stop(file);
  cut_torn_record();
  put(PROCESS, 0, 0, 0, 0, NULL, 0);
}

/* No signal is let in while the lock is held: its handler may write, and would wait for its own thread. */
static void enter(void) {
  sigset_t all, before;
  pthread_once(&once, start);
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&lock);
  signals_before = before;
}

static void leave(void) {
  int kept = errno;
  sigset_t before = signals_before;
  pthread_mutex_unlock(&lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = kept;
}

__attribute__((constructor)) static void at_load(void) { pthread_once(&once, start); }

static int ends_with(const char *text, const char *suffix) {
  size_t bytes = strlen(text), end = strlen(suffix);
  return bytes >= end && strcmp(text + bytes - end, suffix) == 0;
}

/* The name below the folder, or 0 when the path is elsewhere or not watched. */
static int name_of(int at, const char *path, char *name) {
  char whole[2 * PATH_MAX];
  if (path == NULL) return 0;
  if (path[0] == '/') snprintf(whole, sizeof whole, "%s", path);
  else if (at == AT_FDCWD) {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return 0;
    snprintf(whole, sizeof whole, "%s/%s", here, path);
  } else return 0;
  if (strncmp(whole, folder, folder_bytes) != 0 || (whole[folder_bytes] != '/' && whole[folder_bytes] != 0)) return 0;
  if (strstr(whole, "/../") != NULL || strstr(whole, "/./") != NULL) put_text(NOT_MODELLED, "a path with dots");
  if (ends_with(whole, "-shm")) return 0;
  /* Where a ledger is looked at beside its log, through a link, for reading only (log_owner.ts). */
  if (strstr(whole, "/.check-") != NULL) return 0;
  snprintf(name, NAME_BYTES, "%s", whole[folder_bytes] == 0 ? "" : whole + folder_bytes + 1);
  return 1;
}

/* What is known of a descriptor; NULL when it is none. The lock is held. */
static struct descriptor *known(int fd) {
  struct stat64 status;
  int kept = errno;
  if (fd < 0 || fd >= MAX_DESCRIPTORS || fstat64(fd, &status) != 0) {
    errno = kept;
    return NULL;
  }
  struct descriptor *descriptor = &descriptors[fd];
  if (descriptor->device == status.st_dev && descriptor->inode == status.st_ino) return descriptor;
  memset(descriptor, 0, sizeof *descriptor);
  descriptor->device = status.st_dev;
  descriptor->inode = status.st_ino;
  if (S_ISSOCK(status.st_mode)) {
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;
    int result = getsockname(fd, (struct sockaddr *)&address, &bytes);
    int is_tcp = result == 0 && (address.ss_family == AF_INET || address.ss_family == AF_INET6);
    if (is_tcp) descriptor->connection = next_connection++;
  }
  errno = kept;
  return descriptor;
}

static struct descriptor *watched(int fd) {
  struct descriptor *descriptor = known(fd);
  return descriptor != NULL && descriptor->handle != 0 ? descriptor : NULL;
}

static int is_tcp(int fd) {
  const struct descriptor *descriptor = known(fd);
  return descriptor != NULL && descriptor->connection != 0;
}

/*
 * Reads the control file when it has changed. A line "ID CALL SUFFIX ACTION SKIP COUNT" is a rule: of the calls CALL
 * (write, sync, commit, truncate, open, unlink, read) on files whose name ends in SUFFIX (* for all), SKIP pass and COUNT
 * (-1: all) are met by ACTION: an errno's name (ENOSPC, EIO), SHORT (half is written and said so), TORN (half is written, then
 * EIO), SWALLOW (nothing is done and success is said), SLOW (50 ms pass first). Another ID counts anew.
 */
static void read_rules(void) {
  char text[sizeof control_text];
  int fd = real_open(control, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t bytes = real_pread(fd, text, sizeof text - 1, 0);
  real_close(fd);
  text[bytes < 0 ? 0 : bytes] = 0;
  if (strcmp(text, control_text) == 0) return;
  strcpy(control_text, text);
  rule_count = 0;
  for (char *line = strtok(text, "\n"); line != NULL && rule_count < MAX_RULES; line = strtok(NULL, "\n")) {
    struct rule *rule = &rules[rule_count];
    if (sscanf(line, "%*s %15s %63s %15s %ld %ld", rule->call, rule->suffix, rule->action, &rule->skip, &rule->count) != 5)
      stop("a rule of the control file is wrong");
    rule_count++;
  }
}

static enum action act(const struct rule *rule, int *error) {
  *error = EIO;
  if (strcmp(rule->action, "SHORT") == 0) return SHORT;
  if (strcmp(rule->action, "TORN") == 0) return TORN;
  if (strcmp(rule->action, "SWALLOW") == 0) return SWALLOW;
  if (strcmp(rule->action, "SLOW") == 0) return SLOW;
  if (strcmp(rule->action, "ENOSPC") == 0) *error = ENOSPC;
  else if (strcmp(rule->action, "EIO") != 0) stop("an action of the control file is wrong");
  return FAIL;
}

/* What is to become of this call. */
static enum action meet(const char *call, const char *name, int *error) {
  read_rules();
  for (int index = 0; index < rule_count; index++) {
    struct rule *rule = &rules[index];
    int is_commit = strcmp(rule->call, "commit") == 0 && strcmp(call, "sync") == 0 && commits;
    if (strcmp(rule->call, call) != 0 && !is_commit) continue;
    if (strcmp(rule->suffix, "*") != 0 && !ends_with(name, rule->suffix)) continue;
    if (rule->skip > 0) {
      rule->skip--;
      continue;
    }
    if (rule->count == 0) continue;
    if (rule->count > 0) rule->count--;
    char what[2 * NAME_BYTES];
    snprintf(what, sizeof what, "%s %s %s", call, rule->action, name);
    put_text(FAULT, what);
    return act(rule, error);
  }
  return NONE;
}

static int note_open(int fd, const char *name, int flags, int is_new) {
  memset(&descriptors[fd], 0, sizeof descriptors[fd]);
  struct descriptor *descriptor = known(fd);
  if (descriptor == NULL) stop("fstat");
  descriptor->handle = next_handle++;
  descriptor->appends = (flags & O_APPEND) != 0;
  strcpy(descriptor->name, name);
  put(OPEN, descriptor->handle, (uint8_t)is_new, 0, 0, name, strlen(name));
  if ((flags & O_TRUNC) != 0 && !is_new) put(TRUNCATE, descriptor->handle, 0, 0, 0, NULL, 0);
  return fd;
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
  char name[NAME_BYTES];
  struct stat before;
  int error, fd;
  enter();
  if (!name_of(at, path, name)) {
    fd = real_openat(at, path, flags, mode);
    if (fd >= 0 && fd < MAX_DESCRIPTORS) memset(&descriptors[fd], 0, sizeof descriptors[fd]);
    leave();
    return fd;
  }
  int is_new = (flags & O_CREAT) != 0 && fstatat(at, path, &before, 0) != 0;
  if (meet("open", name, &error) == FAIL) {
    errno = error;
    fd = -1;
  } else fd = real_openat(at, path, flags, mode);
  if (fd >= MAX_DESCRIPTORS) stop("too many descriptors");
  if (fd >= 0) note_open(fd, name, flags, is_new);
  leave();
  return fd;
}

#define OPENS(name)                                    \
  int name(const char *path, int flags, ...) {         \
    va_list rest;                                      \
    va_start(rest, flags);                             \
    mode_t mode = (mode_t)va_arg(rest, int);           \
    va_end(rest);                                      \
    return open_at(AT_FDCWD, path, flags, mode);       \
  }
#define OPENS_AT(name)                                 \
  int name(int at, const char *path, int flags, ...) { \
    va_list rest;                                      \
    va_start(rest, flags);                             \
    mode_t mode = (mode_t)va_arg(rest, int);           \
    va_end(rest);                                      \
    return open_at(at, path, flags, mode);             \
  }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)

int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int fd) {
  enter();
  if (fd >= 0 && fd < MAX_DESCRIPTORS) memset(&descriptors[fd], 0, sizeof descriptors[fd]);
  int result = real_close(fd);
  leave();
  return result;
}

/* The bytes of the parts up to `limit`, in one piece that the caller frees. */
static char *join(const struct iovec *parts, int count, size_t limit, size_t *bytes) {
  size_t sum = 0;
  for (int index = 0; index < count; index++) sum += parts[index].iov_len;
  if (sum > limit) sum = limit;
  char *joined = malloc(sum + 1);
  if (joined == NULL) stop("malloc");
  *bytes = sum;
  for (size_t offset = 0, index = 0; offset < sum; index++) {
    size_t part = parts[index].iov_len < sum - offset ? parts[index].iov_len : sum - offset;
    memcpy(joined + offset, parts[index].iov_base, part);
    offset += part;
  }
  return joined;
}

/* Writes a watched file at an offset; the lock is held. */
static ssize_t write_file(int fd, const char *bytes, size_t count, off64_t offset) {
  const struct descriptor *descriptor = &descriptors[fd];
  int error = 0;
  enum action action = meet("write", descriptor->name, &error);
  if (ends_with(descriptor->name, "-wal")) commits = 1;
  if (action == SLOW) usleep(50000);
  size_t allowed = action == FAIL ? 0 : action == SHORT || action == TORN ? (count + 1) / 2 : count;
  ssize_t written = 0;
  if (allowed > 0) {
    written = real_pwrite(fd, bytes, allowed, offset);
    if (written > 0) put(WRITE, descriptor->handle, 0, 0, (uint64_t)offset, bytes, (size_t)written);
  }
  if (action != FAIL && action != TORN) return written;
  errno = error;
  return -1;
}

static off64_t place_of(int fd) {
  struct stat64 status;
  if (!descriptors[fd].appends) return lseek64(fd, 0, SEEK_CUR);
  return fstat64(fd, &status) == 0 ? status.st_size : 0;
}

static ssize_t write_file_here(int fd, const char *bytes, size_t count) {
  off64_t offset = place_of(fd);
  ssize_t written = write_file(fd, bytes, count, offset);
  if (written > 0) lseek64(fd, offset + written, SEEK_SET);
  return written;
}

static void note_sent(int fd, const struct iovec *parts, int count, ssize_t sent) {
  if (sent <= 0) return;
  size_t bytes;
  char *joined = join(parts, count, (size_t)sent, &bytes);
  put(NETWORK, descriptors[fd].connection, 0, 0, 0, joined, bytes);
  free(joined);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t result;
  enter();
  if (watched(fd)) result = write_file_here(fd, bytes, count);
  else if (is_tcp(fd)) {
    struct iovec part = {(void *)bytes, count};
    result = real_write(fd, bytes, count);
    note_sent(fd, &part, 1, result);
  } else {
    /* A pipe may block: nobody waits for it. */
    leave();
    return real_write(fd, bytes, count);
  }
  leave();
  return result;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t result;
  enter();
  if (watched(fd)) {
    size_t bytes;
    char *joined = join(parts, count, SIZE_MAX, &bytes);
    result = write_file_here(fd, joined, bytes);
    free(joined);
  } else if (is_tcp(fd)) {
    result = real_writev(fd, parts, count);
    note_sent(fd, parts, count, result);
  } else {
    leave();
    return real_writev(fd, parts, count);
  }
  leave();
  return result;
}

static ssize_t pwrite_any(int fd, const void *bytes, size_t count, off64_t offset) {
  enter();
  ssize_t result = watched(fd) ? write_file(fd, bytes, count, offset) : real_pwrite(fd, bytes, count, offset);
  leave();
  return result;
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite_any(fd, bytes, count, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) { return pwrite_any(fd, bytes, count, offset); }

static ssize_t pwritev_any(int fd, const struct iovec *parts, int count, off64_t offset) {
  ssize_t result;
  enter();
  if (watched(fd)) {
    size_t bytes;
    char *joined = join(parts, count, SIZE_MAX, &bytes);
    result = write_file(fd, joined, bytes, offset);
    free(joined);
  } else result = real_pwritev(fd, parts, count, offset);
  leave();
  return result;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev_any(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return pwritev_any(fd, parts, count, offset); }

static ssize_t pread_any(int fd, void *bytes, size_t count, off64_t offset) {
  int error = 0;
  enter();
  const struct descriptor *descriptor = watched(fd);
  enum action action = descriptor == NULL ? NONE : meet("read", descriptor->name, &error);
  leave();
  if (action == SLOW) usleep(50000);
  if (action != FAIL) return real_pread(fd, bytes, count, offset);
  errno = error;
  return -1;
}
ssize_t pread(int fd, void *bytes, size_t count, off_t offset) { return pread_any(fd, bytes, count, offset); }
ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) { return pread_any(fd, bytes, count, offset); }

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  enter();
  ssize_t result = real_sendmsg(fd, message, flags);
  if (is_tcp(fd)) note_sent(fd, message->msg_iov, (int)message->msg_iovlen, result);
  leave();
  return result;
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
  struct iovec part = {(void *)bytes, count};
  enter();
  ssize_t result = real_send(fd, bytes, count, flags);
  if (is_tcp(fd)) note_sent(fd, &part, 1, result);
  leave();
  return result;
}

static int truncate_any(int fd, off64_t length) {
  int error = 0, result;
  enter();
  const struct descriptor *descriptor = watched(fd);
  if (descriptor != NULL && meet("truncate", descriptor->name, &error) == FAIL) {
    errno = error;
    result = -1;
  } else {
    result = real_ftruncate(fd, length);
    if (result == 0 && descriptor != NULL) put(TRUNCATE, descriptor->handle, 0, 0, (uint64_t)length, NULL, 0);
  }
  leave();
  return result;
}
int ftruncate(int fd, off_t length) { return truncate_any(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_any(fd, length); }

static int sync_any(int fd, int (*real)(int)) {
  int error = 0;
  enter();
  const struct descriptor *descriptor = watched(fd);
  if (descriptor == NULL) {
    leave();
    return real(fd);
  }
  uint32_t handle = descriptor->handle;
  uint64_t number = next_sync++;
  enum action action = meet("sync", descriptor->name, &error);
  commits = 0;
  if (action == SWALLOW) {
    leave();
    return 0;
  }
  put(SYNC_BEGIN, handle, 0, 0, number, NULL, 0);
  leave();
  if (action == SLOW) usleep(50000);
  int result = action == FAIL ? -1 : real(fd);
  if (result != 0 && action != FAIL) error = errno;
  enter();
  put(SYNC_END, handle, 0, result == 0 ? 0 : (uint32_t)error, number, NULL, 0);
  leave();
  if (result != 0) errno = error;
  return result;
}
int fsync(int fd) { pthread_once(&once, start); return sync_any(fd, real_fsync); }
int fdatasync(int fd) { pthread_once(&once, start); return sync_any(fd, real_fdatasync); }

int unlink(const char *path) {
  char name[NAME_BYTES];
  int error = 0, result;
  enter();
  int is_ours = name_of(AT_FDCWD, path, name);
  if (is_ours && meet("unlink", name, &error) == FAIL) {
    errno = error;
    result = -1;
  } else {
    result = real_unlink(path);
    if (is_ours && result == 0) put_text(UNLINK, name);
  }
  leave();
  return result;
}

int rename(const char *from, const char *to) {
  char names[2 * NAME_BYTES], target[NAME_BYTES];
  enter();
  int is_from = name_of(AT_FDCWD, from, names), is_to = name_of(AT_FDCWD, to, target);
  int result = real_rename(from, to);
  if (result == 0 && (is_from || is_to)) {
    if (!is_from || !is_to) put_text(NOT_MODELLED, "a rename across the folder's border");
    else {
      size_t bytes = strlen(names) + 1;
      strcpy(names + bytes, target);
      put(RENAME, 0, 0, 0, 0, names, bytes + strlen(target));
    }
  }
  leave();
  return result;
}

int mkdir(const char *path, mode_t mode) {
  char name[NAME_BYTES];
  enter();
  int is_ours = name_of(AT_FDCWD, path, name);
  int result = real_mkdir(path, mode);
  if (is_ours && result == 0) put_text(MAKE_FOLDER, name);
  leave();
  return result;
}

static void *mmap_any(void *address, size_t bytes, int protection, int flags, int fd, off64_t offset) {
  enter();
  if (fd >= 0 && watched(fd) && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0)
    put_text(NOT_MODELLED, "a shared writable mapping");
  leave();
  return real_mmap(address, bytes, protection, flags, fd, offset);
}
void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return mmap_any(address, bytes, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t bytes, int protection, int flags, int fd, off64_t offset) {
  return mmap_any(address, bytes, protection, flags, fd, offset);
}

/* Calls that change a watched file and are not modelled: they are carried out, and told. */
#define TELLS(result, name, declared, given, fd)             \
  result name declared {                                     \
    result (*real) declared = find(#name);                   \
    enter();                                                 \
    if (watched(fd)) put_text(NOT_MODELLED, #name);          \
    leave();                                                 \
    return real given;                                       \
  }
#define TELLS_PATH(name, declared, given, path)              \
  int name declared {                                        \
    char below[NAME_BYTES];                                  \
    int (*real) declared = find(#name);                      \
    enter();                                                 \
    if (name_of(AT_FDCWD, path, below)) put_text(NOT_MODELLED, #name); \
    leave();                                                 \
    return real given;                                       \
  }
TELLS(int, dup, (int fd), (fd), fd)
TELLS(int, dup2, (int fd, int other), (fd, other), fd)
TELLS(int, dup3, (int fd, int other, int flags), (fd, other, flags), fd)
TELLS(int, fallocate, (int fd, int mode, off_t at, off_t bytes), (fd, mode, at, bytes), fd)
TELLS(int, fallocate64, (int fd, int mode, off64_t at, off64_t bytes), (fd, mode, at, bytes), fd)
TELLS(int, posix_fallocate, (int fd, off_t at, off_t bytes), (fd, at, bytes), fd)
TELLS(int, posix_fallocate64, (int fd, off64_t at, off64_t bytes), (fd, at, bytes), fd)
TELLS(int, sync_file_range, (int fd, off64_t at, off64_t bytes, unsigned flags), (fd, at, bytes, flags), fd)
TELLS(ssize_t, pwritev2, (int fd, const struct iovec *parts, int count, off_t at, int flags), (fd, parts, count, at, flags), fd)
TELLS(ssize_t, pwritev64v2, (int fd, const struct iovec *parts, int count, off64_t at, int flags), (fd, parts, count, at, flags), fd)
TELLS(ssize_t, sendfile, (int fd, int from, off_t *at, size_t bytes), (fd, from, at, bytes), fd)
TELLS(ssize_t, sendfile64, (int fd, int from, off64_t *at, size_t bytes), (fd, from, at, bytes), fd)
TELLS(ssize_t, copy_file_range, (int from, off64_t *at, int fd, off64_t *to, size_t bytes, unsigned flags), (from, at, fd, to, bytes, flags), fd)
TELLS_PATH(truncate, (const char *path, off_t length), (path, length), path)
TELLS_PATH(truncate64, (const char *path, off64_t length), (path, length), path)
TELLS_PATH(link, (const char *path, const char *to), (path, to), to)
TELLS_PATH(symlink, (const char *path, const char *to), (path, to), to)
TELLS_PATH(rmdir, (const char *path), (path), path)
