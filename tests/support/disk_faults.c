/*
 * A disk that fails or is slow, for a process that is started with this library preloaded: calls of libc that change
 * files under one path fail, take longer, or write less, as a control file says at that moment. Invariant: without a
 * rule for it a call does what it always does; what has no file under the path is never touched.
 *
 * MIDGE_FAULTS_PATH is a file or folder by its real path, MIDGE_FAULTS_CONTROL the control file, MIDGE_FAULTS_LOG the
 * file to which a line is added for each call that a rule has changed. Lines of the control file: `OPERATION DEED
 * [TIMES]`. Operations: write (write, writev, pwrite, ftruncate), sync (fsync, fdatasync), open (open to
 * write or make, rename, unlink, mkdir). Deeds: an error (EIO, ENOSPC, EROFS, EACCES), `delay=MILLISECONDS`, `short`
 * (half of the bytes, of one at least). TIMES: that many calls, counted anew with every change of the file; without
 * it, all. A line that begins with # changes nothing but the file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum operation { WRITE, SYNC, OPEN };
static const char *const OPERATIONS[] = {"write", "sync", "open"};

enum { MAX_RULES = 16, MAX_CONTROL = 2048 };

struct rule {
  enum operation operation;
  char deed[32];
  int error;
  long delay;
  int is_short;
  /* -1: for ever. */
  long times;
};

/* What a call is to do. */
struct verdict {
  int error;
  int is_short;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char control_text[MAX_CONTROL];
static struct rule rules[MAX_RULES];
static int rule_count;

#define NEXT(name) ((__typeof__(&name))next_of(#name))

static void *next_of(const char *name) { return dlsym(RTLD_NEXT, name); }

static int error_named(const char *name) {
  if (strcmp(name, "EIO") == 0) return EIO;
  if (strcmp(name, "ENOSPC") == 0) return ENOSPC;
  if (strcmp(name, "EROFS") == 0) return EROFS;
  if (strcmp(name, "EACCES") == 0) return EACCES;
  return 0;
}

static void add_rule(char *line) {
  struct rule rule = {.times = -1};
  char operation[16] = "";
  int found = sscanf(line, "%15s %31s %ld", operation, rule.deed, &rule.times);
  if (found < 2 || operation[0] == '#' || rule_count == MAX_RULES) return;
  rule.operation = strcmp(operation, "sync") == 0 ? SYNC : strcmp(operation, "open") == 0 ? OPEN : WRITE;
  rule.error = error_named(rule.deed);
  rule.is_short = strcmp(rule.deed, "short") == 0;
  if (strncmp(rule.deed, "delay=", 6) == 0) rule.delay = atol(rule.deed + 6);
  rules[rule_count++] = rule;
}

/* Reads the control file again, by system calls that this library does not stand in front of. */
static void read_rules(void) {
  char text[MAX_CONTROL] = "";
  const char *path = getenv("MIDGE_FAULTS_CONTROL");
  int file = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    long length = syscall(SYS_read, file, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    syscall(SYS_close, file);
  }
  if (strcmp(text, control_text) == 0) return;
  strcpy(control_text, text);
  rule_count = 0;
  char *rest = text;
  for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) add_rule(line);
}

static void say(enum operation operation, const char *deed, const char *path) {
  const char *log = getenv("MIDGE_FAULTS_LOG");
  if (log == NULL) return;
  int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%s %s %s\n", OPERATIONS[operation], deed, path);
  syscall(SYS_write, file, line, length);
  syscall(SYS_close, file);
}

static int is_watched(const char *path) {
  const char *watched = getenv("MIDGE_FAULTS_PATH");
  if (watched == NULL) return 0;
  size_t length = strlen(watched);
  return strncmp(path, watched, length) == 0 && (path[length] == 0 || path[length] == '/');
}

static void rest_for(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&time, &time) != 0) {
  }
}

/* What happens to a call on a file by its path; a delay is over when this returns. */
static struct verdict judge(enum operation operation, const char *path) {
  struct verdict verdict = {0, 0};
  if (!is_watched(path)) return verdict;
  long delay = 0;
  pthread_mutex_lock(&lock);
  read_rules();
  for (int i = 0; i < rule_count; i++) {
    struct rule *rule = &rules[i];
    if (rule->operation != operation || rule->times == 0) continue;
    if (rule->times > 0) rule->times--;
    delay += rule->delay;
    verdict.is_short |= rule->is_short;
    if (rule->error != 0) verdict.error = rule->error;
    say(operation, rule->deed, path);
    if (rule->error != 0) break;
  }
  pthread_mutex_unlock(&lock);
  if (delay > 0) rest_for(delay);
  return verdict;
}

static struct verdict judge_file(enum operation operation, int file) {
  struct stat status;
  struct verdict none = {0, 0};
  if (fstat(file, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return none;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return none;
  path[length] = 0;
  return judge(operation, path);
}

/* A name may not exist yet: its folder does. */
static struct verdict judge_name(enum operation operation, int folder, const char *name) {
  struct verdict none = {0, 0};
  char text[PATH_MAX], real[PATH_MAX], whole[2 * PATH_MAX];
  if (name[0] != '/' && folder != AT_FDCWD) return none;
  if (strlen(name) >= sizeof text) return none;
  strcpy(text, name);
  char *slash = strrchr(text, '/');
  const char *last = slash == NULL ? text : slash + 1;
  if (slash != NULL) *slash = 0;
  if (realpath(slash == NULL ? "." : slash == text ? "/" : text, real) == NULL) return none;
  snprintf(whole, sizeof whole, "%s%s%s", strcmp(real, "/") == 0 ? "" : real, *last == 0 ? "" : "/", last);
  return judge(operation, whole);
}

/* The argument, a call, is evaluated once. */
#define FAIL_IF(judged)                       \
  do {                                        \
    int error = (judged).error;               \
    if (error != 0) return errno = error, -1; \
  } while (0)

static size_t part_of(struct verdict verdict, size_t count) {
  return verdict.is_short && count > 1 ? count / 2 : count;
}

ssize_t write(int file, const void *bytes, size_t count) {
  struct verdict verdict = judge_file(WRITE, file);
  FAIL_IF(verdict);
  return NEXT(write)(file, bytes, part_of(verdict, count));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  struct verdict verdict = judge_file(WRITE, file);
  FAIL_IF(verdict);
  return NEXT(pwrite)(file, bytes, part_of(verdict, count), at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  struct verdict verdict = judge_file(WRITE, file);
  FAIL_IF(verdict);
  return NEXT(pwrite64)(file, bytes, part_of(verdict, count), at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  struct verdict verdict = judge_file(WRITE, file);
  FAIL_IF(verdict);
  return NEXT(writev)(file, parts, verdict.is_short ? 1 : count);
}

int ftruncate(int file, off_t length) {
  FAIL_IF(judge_file(WRITE, file));
  return NEXT(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
  FAIL_IF(judge_file(WRITE, file));
  return NEXT(ftruncate64)(file, length);
}

int fsync(int file) {
  FAIL_IF(judge_file(SYNC, file));
  return NEXT(fsync)(file);
}

int fdatasync(int file) {
  FAIL_IF(judge_file(SYNC, file));
  return NEXT(fdatasync)(file);
}

static int is_to_change(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0; }

#define MODE_OF(flags)                        \
  mode_t mode = 0;                            \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode = va_arg(rest, mode_t);              \
    va_end(rest);                             \
  }

int open(const char *name, int flags, ...) {
  MODE_OF(flags)
  if (is_to_change(flags)) FAIL_IF(judge_name(OPEN, AT_FDCWD, name));
  return NEXT(open)(name, flags, mode);
}

int open64(const char *name, int flags, ...) {
  MODE_OF(flags)
  if (is_to_change(flags)) FAIL_IF(judge_name(OPEN, AT_FDCWD, name));
  return NEXT(open64)(name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...) {
  MODE_OF(flags)
  if (is_to_change(flags)) FAIL_IF(judge_name(OPEN, folder, name));
  return NEXT(openat)(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
  MODE_OF(flags)
  if (is_to_change(flags)) FAIL_IF(judge_name(OPEN, folder, name));
  return NEXT(openat64)(folder, name, flags, mode);
}

int rename(const char *from, const char *to) {
  FAIL_IF(judge_name(OPEN, AT_FDCWD, to));
  return NEXT(rename)(from, to);
}

int unlink(const char *name) {
  FAIL_IF(judge_name(OPEN, AT_FDCWD, name));
  return NEXT(unlink)(name);
}

int mkdir(const char *name, mode_t mode) {
  FAIL_IF(judge_name(OPEN, AT_FDCWD, name));
  return NEXT(mkdir)(name, mode);
}
