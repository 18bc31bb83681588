/* Measures how much of an alternate signal stack handlers use. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { UNUSED = 0xA5 };

/* Returns how many bytes of a stack of `size` bytes are used while `run` runs, more than
   `size` if handlers overflow it, and -1 if the system refuses such a stack. */
static long stack_used(long size, void (*run)(const volatile char *), const volatile char *address) {
    long page = sysconf(_SC_PAGESIZE), lowest = 0;
    long whole = 16 * page + (size + page - 1) / page * page;
    unsigned char *memory =
        mmap(0, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + whole - size, .ss_size = size}, before;
    if (memory == MAP_FAILED)
        return -1;
    memset(memory, UNUSED, whole);
    if (sigaltstack(&stack, &before))
        return -1;
    run(address);
    sigaltstack(&before, 0);
    while (lowest < whole && memory[lowest] == UNUSED)
        lowest++;
    munmap(memory, whole);
    return whole - lowest;
}

static void load(const volatile char *address) {
    (void)*address;
}

long stack_used_by_load(const volatile char *address, long size) {
    return stack_used(size, load, address);
}

static void do_nothing(int number) {
    (void)number;
}

static void handle_nothing(const volatile char *address) {
    struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_ONSTACK};
    (void)address;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR2, &action, 0);
    raise(SIGUSR2);
}

/* Returns the use of a handler that does nothing. */
long stack_used_by_system(long size) {
    return stack_used(size, handle_nothing, 0);
}
