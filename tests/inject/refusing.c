/* Makes system calls and allocations fail on demand, in a process that was started with this
 * library in LD_PRELOAD.
 *
 * It counts the calls of the thread that called `inject_begin`, until `inject_end`. A call
 * that fails is not made, because the system refuses before it acts. `close` is the
 * exception: a descriptor whose `close` fails is closed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST = 1 << 16 };

/* The calls of this name from `first` to `last` get first this signal, and then fail with
 * this error; 0 means none. */
static struct {
    char name[64];
    long first, last;
    int error, signal;
} plan;

static __thread int armed;
static const char *names[MOST];
static long counted, reached;
static uintptr_t module_start, module_end;

static int find(struct dl_phdr_info *object, size_t size, void *wanted)
{
    (void)size;
    if (!strstr(object->dlpi_name, wanted))
        return 0;
    module_start = object->dlpi_addr;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        uintptr_t end = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
        if (object->dlpi_phdr[i].p_type == PT_LOAD && end > module_end)
            module_end = end;
    }
    return 1;
}

/* Selects the library whose allocations are counted, by a part of its path; returns 0 if there
 * is none. */
int inject_module(const char *path)
{
    return dl_iterate_phdr(find, (void *)path);
}

void inject_plan(const char *name, long first, long last, int error, int signal)
{
    snprintf(plan.name, sizeof plan.name, "%s", name);
    plan.first = first;
    plan.last = last;
    plan.error = error;
    plan.signal = signal;
}

/* A mark for strace: nothing else closes this number. */
static void mark(void) { syscall(SYS_close, -31415); }

void inject_begin(int marked)
{
    counted = reached = 0;
    if (marked)
        mark();
    armed = 1;
}

void inject_end(int marked)
{
    if (marked && armed)
        mark();
    armed = 0;
}

/* Prints a backtrace before the process dies. */
static void died(int signal)
{
    void *frames[64];
    int count = backtrace(frames, 64);
    /* Without this function and its caller, which is the system. */
    backtrace_symbols_fd(frames + 2, count - 2, 2);
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(signal, &usual, NULL);
    raise(signal);
}

/* From now on deaths by these signals print a backtrace. */
void inject_explain(void)
{
    static char stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction explained = {.sa_handler = died, .sa_flags = SA_ONSTACK | SA_NODEFER};
    int fatal[] = {SIGSEGV, SIGALRM, SIGVTALRM};
    void *frame;
    /* The first call loads a library. */
    backtrace(&frame, 1);
    sigaltstack(&other, NULL);
    for (int i = 0; i < 3; i++)
        sigaction(fatal[i], &explained, NULL);
}

/* The number of calls, and of those with the planned name. */
long inject_counted(void) { return counted; }
long inject_reached(void) { return reached; }
const char *inject_name(long at) { return names[at]; }

/* Counts a call; returns the error with which it must fail, or 0. */
static int refused(const char *name)
{
    int error = 0;
    if (!armed)
        return 0;
    if (counted < MOST)
        names[counted++] = name;
    if (strcmp(name, plan.name))
        return 0;
    reached++;
    if (reached < plan.first || reached > plan.last)
        return 0;
    error = plan.error;
    if (plan.signal) {
        armed = 0;
        pthread_kill(pthread_self(), plan.signal);
        armed = 1;
    }
    return error;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define CALL_AS(said, result, name, parameters, arguments, failed) \
    result name parameters \
    { \
        REAL(name); \
        int error = refused(said); \
        if (!error) \
            return real arguments; \
        errno = error; \
        return failed; \
    }
#define CALL(name, parameters, arguments) CALL_AS(#name, int, name, parameters, arguments, -1)

CALL_AS("mmap", void *, mmap, (void *at, size_t len, int protection, int flags, int fd, off_t offset),
        (at, len, protection, flags, fd, offset), MAP_FAILED)
CALL_AS("mmap", void *, mmap64, (void *at, size_t len, int protection, int flags, int fd, off64_t offset),
        (at, len, protection, flags, fd, offset), MAP_FAILED)
CALL(munmap, (void *at, size_t len), (at, len))
CALL(madvise, (void *at, size_t len, int advice), (at, len, advice))
CALL(mprotect, (void *at, size_t len, int protection), (at, len, protection))
CALL(msync, (void *at, size_t len, int flags), (at, len, flags))
CALL(mincore, (void *at, size_t len, unsigned char *pages), (at, len, pages))
CALL(mlock, (const void *at, size_t len), (at, len))
CALL(munlock, (const void *at, size_t len), (at, len))
CALL_AS("fstat", int, fstat, (int fd, struct stat *status), (fd, status), -1)
CALL_AS("fstat", int, fstat64, (int fd, struct stat64 *status), (fd, status), -1)
CALL_AS("stat", int, stat, (const char *path, struct stat *status), (path, status), -1)
CALL_AS("stat", int, stat64, (const char *path, struct stat64 *status), (path, status), -1)
CALL_AS("lstat", int, lstat, (const char *path, struct stat *status), (path, status), -1)
CALL_AS("lstat", int, lstat64, (const char *path, struct stat64 *status), (path, status), -1)
CALL(fstatfs, (int fd, struct statfs *status), (fd, status))
CALL_AS("fstatvfs", int, fstatvfs, (int fd, struct statvfs *status), (fd, status), -1)
CALL_AS("fstatvfs", int, fstatvfs64, (int fd, struct statvfs64 *status), (fd, status), -1)
CALL_AS("ftruncate", int, ftruncate, (int fd, off_t size), (fd, size), -1)
CALL_AS("ftruncate", int, ftruncate64, (int fd, off64_t size), (fd, size), -1)
CALL_AS("fallocate", int, fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len), -1)
CALL_AS("fallocate", int, fallocate64, (int fd, int mode, off64_t at, off64_t len), (fd, mode, at, len), -1)
CALL_AS("fadvise", int, posix_fadvise, (int fd, off_t at, off_t len, int advice),
        (fd, at, len, advice), error)
CALL_AS("fadvise", int, posix_fadvise64, (int fd, off64_t at, off64_t len, int advice),
        (fd, at, len, advice), error)
CALL_AS("lseek", off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1)
CALL_AS("lseek", off64_t, lseek64, (int fd, off64_t at, int whence), (fd, at, whence), -1)
CALL_AS("read", ssize_t, read, (int fd, void *into, size_t len), (fd, into, len), -1)
CALL_AS("write", ssize_t, write, (int fd, const void *from, size_t len), (fd, from, len), -1)
CALL_AS("pwrite", ssize_t, pwrite, (int fd, const void *from, size_t len, off_t at), (fd, from, len, at), -1)
CALL_AS("pwrite", ssize_t, pwrite64, (int fd, const void *from, size_t len, off64_t at),
        (fd, from, len, at), -1)
CALL_AS("readv", ssize_t, readv, (int fd, const struct iovec *into, int count), (fd, into, count), -1)
CALL_AS("readlink", ssize_t, readlink, (const char *path, char *into, size_t len), (path, into, len), -1)
CALL(dup3, (int from, int to, int flags), (from, to, flags))
CALL(unlink, (const char *path), (path))
CALL_AS("getrlimit", int, getrlimit, (__rlimit_resource_t what, struct rlimit *limit), (what, limit), -1)
CALL_AS("getrlimit", int, getrlimit64, (__rlimit_resource_t what, struct rlimit64 *limit), (what, limit), -1)
CALL(sigaction, (int number, const struct sigaction *new, struct sigaction *old), (number, new, old))
CALL_AS("sigmask", int, pthread_sigmask, (int how, const sigset_t *new, sigset_t *old),
        (how, new, old), error)
CALL(sigpending, (sigset_t *signals), (signals))
CALL(sigtimedwait, (const sigset_t *signals, siginfo_t *what, const struct timespec *time),
     (signals, what, time))
CALL_AS("getcwd", char *, getcwd, (char *into, size_t len), (into, len), NULL)
CALL_AS("realpath", char *, realpath, (const char *path, char *into), (path, into), NULL)
CALL(sched_getaffinity, (pid_t thread, size_t len, cpu_set_t *set), (thread, len, set))
CALL_AS("pthread_create", int, pthread_create,
        (pthread_t *thread, const pthread_attr_t *how, void *(*work)(void *), void *with),
        (thread, how, work, with), error)

int close(int fd)
{
    REAL(close);
    int error = refused("close");
    int result = real(fd);
    if (!error)
        return result;
    errno = error;
    return -1;
}

#define REST(type, name, last) \
    va_list rest; \
    va_start(rest, last); \
    type name = va_arg(rest, type); \
    va_end(rest)

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REST(int, mode, flags); \
        REAL(name); \
        int error = refused("open"); \
        if (!error) \
            return real(path, flags, mode); \
        errno = error; \
        return -1; \
    }
OPEN(open)
OPEN(open64)

/* The name of an fcntl includes its command. */
static const char *asked(int command)
{
    switch (command) {
    case F_DUPFD_CLOEXEC: return "fcntl F_DUPFD_CLOEXEC";
    case F_GETFL: return "fcntl F_GETFL";
    case F_GET_SEALS: return "fcntl F_GET_SEALS";
    case F_OFD_GETLK: return "fcntl F_OFD_GETLK";
    default: return "fcntl";
    }
}

#define FCNTL(name) \
    int name(int fd, int command, ...) \
    { \
        REST(void *, argument, command); \
        REAL(name); \
        int error = refused(asked(command)); \
        if (!error) \
            return real(fd, command, argument); \
        errno = error; \
        return -1; \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

int prctl(int option, ...)
{
    unsigned long more[4];
    va_list rest;
    va_start(rest, option);
    for (int i = 0; i < 4; i++)
        more[i] = va_arg(rest, unsigned long);
    va_end(rest);
    REAL(prctl);
    int error = refused("prctl");
    if (!error)
        return real(option, more[0], more[1], more[2], more[3]);
    errno = error;
    return -1;
}

void *mremap(void *from, size_t old, size_t new, int flags, ...)
{
    REST(void *, to, flags);
    REAL(mremap);
    int error = refused("mremap");
    if (!error)
        return real(from, old, new, flags, to);
    errno = error;
    return MAP_FAILED;
}

/* The names of calls by number; others (futex) are not counted. */
static const char *numbered(long number)
{
    switch (number) {
    case SYS_mmap: return "mmap";
    case SYS_munmap: return "munmap";
    case SYS_mremap: return "mremap";
    case SYS_msync: return "msync";
    case SYS_mlock2: return "mlock2";
    case SYS_statx: return "statx";
    default: return NULL;
    }
}

long syscall(long number, ...)
{
    long more[6];
    va_list rest;
    va_start(rest, number);
    for (int i = 0; i < 6; i++)
        more[i] = va_arg(rest, long);
    va_end(rest);
    REAL(syscall);
    const char *name = numbered(number);
    int error = name ? refused(name) : 0;
    if (!error)
        return real(number, more[0], more[1], more[2], more[3], more[4], more[5]);
    errno = error;
    return -1;
}

/* Allocations of the selected library. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int refused_memory(void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    return armed && at >= module_start && at < module_end && refused("malloc");
}

#define MEMORY(name, parameters, real) \
    void *name parameters \
    { \
        if (!refused_memory(__builtin_return_address(0))) \
            return real; \
        errno = ENOMEM; \
        return NULL; \
    }
MEMORY(malloc, (size_t len), __libc_malloc(len))
MEMORY(calloc, (size_t count, size_t len), __libc_calloc(count, len))
MEMORY(realloc, (void *from, size_t len), __libc_realloc(from, len))

int posix_memalign(void **into, size_t alignment, size_t len)
{
    void *made = refused_memory(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, len);
    if (!made)
        return ENOMEM;
    *into = made;
    return 0;
}
