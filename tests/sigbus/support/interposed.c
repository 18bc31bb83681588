/* Makes mmap and mremap fail on demand, in a process that was started with this library in
 * LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

enum { PASS, REFUSE, UNMAP, TAKE };

static int move_mode, move_errno, file_errno;
static void *taken;

/* Moves to a fixed address fail from now on: before any effect, after the target was
 * unmapped, or after other memory was mapped at the target. */
void fail_moves(int mode, int error) { move_mode = mode; move_errno = error; }

/* Mappings of a file fail from now on with this error; 0: they succeed. */
void fail_files(int error) { file_errno = error; }

/* The address of the other memory of the last move. */
void *last_taken(void) { return taken; }

void *mremap(void *from, size_t old, size_t new, int flags, ...)
{
    static void *(*real)(void *, size_t, size_t, int, ...);
    void *to = NULL;
    if (flags & MREMAP_FIXED) {
        va_list rest;
        va_start(rest, flags);
        to = va_arg(rest, void *);
        va_end(rest);
    }
    if (!real)
        real = (void *(*)(void *, size_t, size_t, int, ...))dlsym(RTLD_NEXT, "mremap");
    if (!to || move_mode == PASS)
        return real(from, old, new, flags, to);
    if (move_mode != REFUSE)
        munmap(to, new);
    if (move_mode == TAKE) {
        taken = mmap(to, new, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        memset(taken, 7, new);
    }
    errno = move_errno;
    return MAP_FAILED;
}

static void *map(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);
    if (fd >= 0 && file_errno) {
        errno = file_errno;
        return MAP_FAILED;
    }
    if (!real)
        real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
    return real(at, len, protection, flags, fd, offset);
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return map(at, len, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return map(at, len, protection, flags, fd, offset);
}
