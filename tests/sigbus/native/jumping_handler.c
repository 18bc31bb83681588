/* A handler for SIGBUS that never returns: it jumps back to who has touched the memory. */
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static sigjmp_buf back;

static void on_signal(int number) {
    siglongjmp(back, number);
}

int install_jumping(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, 0);
}

/* The byte at an address, or -1 if it could not be had. */
int load_or_jump(const volatile char *address) {
    return sigsetjmp(back, 1) ? -1 : *address;
}

/* 0, or -1 if the handler came. */
int kill_or_jump(void) {
    return sigsetjmp(back, 1) ? -1 : kill(getpid(), SIGBUS);
}
