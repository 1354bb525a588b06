/* library.c - a reactor: two functions that are entered by name, and a constructor that _initialize runs. */
#include <stdlib.h>
#include <unistd.h>

static char *greeting;

__attribute__((constructor)) static void prepare(void) {
    greeting = malloc(6);
    __builtin_memcpy(greeting, "hello\n", 6);
}

__attribute__((export_name("greet"))) void greet(void) {
    write(STDOUT_FILENO, greeting, 5);
}

__attribute__((export_name("fail"))) void fail(void) {
    write(STDERR_FILENO, greeting, 6);
    write(STDERR_FILENO, "going down", 10);
    abort();
}
