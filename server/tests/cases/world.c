/* world.c - a program that shows all it can see of its world, as plain text: arguments, environment, time before and after
 * it slept, random bytes, what descriptors are, what a file and a directory are. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void put(const char *text) {
    write(STDOUT_FILENO, text, strlen(text));
}

static void put_number(const char *name, uint64_t number) {
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = 0;
    digits[--at] = '\n';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(name);
    put(digits + at);
}

static void put_time(const char *name, clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    put_number(name, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

static void put_random(void) {
    uint8_t bytes[16];
    char text[2 * sizeof bytes + 2] = "";
    getentropy(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * sizeof bytes] = '\n';
    put("random ");
    put(text);
}

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        put(argv[i]);
        put("\n");
    }
    for (char **variable = environ; *variable != NULL; variable++) {
        put(*variable);
        put("\n");
    }
    put_time("time ", CLOCK_REALTIME);
    put_time("monotonic ", CLOCK_MONOTONIC);
    put_number("slept ", (uint64_t)nanosleep(&(struct timespec){1, 5}, NULL));
    put_time("time ", CLOCK_REALTIME);
    put_time("monotonic ", CLOCK_MONOTONIC);
    put_random();
    put_random();
    struct stat status;
    put_number("fstat ", (uint64_t)fstat(STDIN_FILENO, &status));
    put_number("seek ", lseek(STDIN_FILENO, 0, SEEK_CUR) == -1 ? (uint64_t)errno : 0);
    put_number("open ", open("/etc/passwd", O_RDONLY) == -1 ? (uint64_t)errno : 0);
    put_number("close ", close(STDIN_FILENO) == -1 ? (uint64_t)errno : 0);
    put_number("read ", read(STDIN_FILENO, &status, 1) == -1 ? (uint64_t)errno : 0);
    return 0;
}
