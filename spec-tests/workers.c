/* spec-tests/workers.c - runs files in processes of their own, each telling its verdicts through a pipe. */
#define _FILE_OFFSET_BITS 64 /* so that 32-bit programs can read the folders of large file systems */
#include "spec-tests/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_JOBS = 64, SECONDS = 1200 };

struct worker {
    struct spec_file *file; /* NULL: idle */
    pid_t process;
    int pipe;
};

static struct vm_bytes read_source(const char *path) {
    FILE *const in = fopen(path, "rb");
    struct vm_bytes source = {NULL, 0};
    if (in == NULL)
        return source;
    if (fseek(in, 0, SEEK_END) == 0) {
        const long size = ftell(in);
        uint8_t *const data = size < 0 ? NULL : malloc((size_t)size + 1);
        if (data != NULL && fseek(in, 0, SEEK_SET) == 0)
            source = vm_bytes(data, fread(data, 1, (size_t)size, in));
    }
    fclose(in);
    return source;
}

static void print_words(const char *words, FILE *out) {
    for (; *words != '\0'; words++)
        fputc((unsigned char)*words < 0x20 ? ' ' : *words, out);
}

static void tell(void *context, const struct spec_command *command) {
    FILE *const out = context;
    fprintf(out, "C\t%lu\t%s\t%c\t", (unsigned long)command->line, command->name,
            spec_verdict_letter(command->verdict));
    print_words(command->reason, out);
    fputc('\n', out);
    fflush(out); /* should the next command crash, this one's verdict is known */
}

static void tell_nothing(void *context, const struct spec_command *command) {
    (void)context;
    (void)command;
}

/* The worker's whole life.  With fuel checks the file runs once more, without them and in a fresh store: everything
 * must come out the same. */
static void work(const struct spec_file *file, const struct spec_options *options, FILE *out) {
    const struct vm_bytes source = read_source(file->path);
    if (source.data == NULL) {
        fprintf(out, "E\t\tit can't be read\n");
        return;
    }
    uint8_t digest[SPEC_HASH_BYTES], again[SPEC_HASH_BYTES];
    char text[SPEC_HASH_TEXT];
    struct text_error error;
    enum vm_status status = spec_run(source, options, tell, out, digest, &error);
    spec_hash_text(digest, text);
    if (status != VM_OK) {
        fprintf(out, "E\t%s\t%s at %lu:%lu: ", text, vm_status_name(status), (unsigned long)error.line,
                (unsigned long)error.column);
        print_words(error.message, out);
        fputc('\n', out);
    } else if (options->fuel_checks) {
        struct spec_options simple = *options;
        simple.fuel_checks = simple.round_trip = false;
        status = spec_run(source, &simple, tell_nothing, NULL, again, &error);
        const bool same = status == VM_OK && memcmp(digest, again, sizeof digest) == 0;
        fprintf(out, "E\t%s\t%s\n", text, same ? "" : "in a fresh store it has another digest");
    } else {
        fprintf(out, "E\t%s\t\n", text);
    }
    free((void *)(uintptr_t)source.data);
}

static bool start(struct worker *worker, struct spec_file *file, const struct spec_options *options) {
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        alarm(SECONDS); /* a run that hangs is killed and reported like a crash */
        FILE *const out = fdopen(ends[1], "w");
        if (out != NULL)
            work(file, options, out);
        fflush(NULL);
        _exit(out == NULL);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return false;
    }
    *worker = (struct worker){file, process, ends[0]};
    return true;
}

static bool take(struct spec_file *file, const char *data, size_t size) {
    if (file->output_size + size + 1 > file->output_capacity) {
        const size_t capacity = 2 * (file->output_size + size + 1);
        char *const output = realloc(file->output, capacity);
        if (output == NULL)
            return false;
        file->output = output;
        file->output_capacity = capacity;
    }
    memcpy(file->output + file->output_size, data, size);
    file->output_size += size;
    file->output[file->output_size] = '\0';
    return true;
}

/* The worker's pipe is closed: it is done or dead. */
static bool finish(struct worker *worker) {
    int status = 0;
    close(worker->pipe);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status)) {
        char words[64];
        const int size = snprintf(words, sizeof words, "\nE\t\tcrashed (signal %d)\n", WTERMSIG(status));
        const size_t used = worker->file->output_size;
        const size_t skip = used == 0 || worker->file->output[used - 1] == '\n';
        if (!take(worker->file, words + skip, (size_t)size - skip))
            return false;
    }
    struct spec_file *const file = worker->file;
    worker->file = NULL;
    return spec_file_parse(file);
}

/* Waits until some worker says something, and takes it in. */
static bool listen_once(struct worker *workers, uint32_t jobs, size_t *done) {
    struct pollfd waits[MOST_JOBS];
    for (uint32_t i = 0; i < jobs; i++)
        waits[i] = (struct pollfd){.fd = workers[i].file == NULL ? -1 : workers[i].pipe, .events = POLLIN};
    if (poll(waits, jobs, -1) < 0)
        return errno == EINTR;
    for (uint32_t i = 0; i < jobs; i++) {
        if (waits[i].fd < 0 || waits[i].revents == 0)
            continue;
        char data[65536];
        const ssize_t size = read(workers[i].pipe, data, sizeof data);
        if (size < 0 && errno == EINTR)
            continue;
        if (size > 0) {
            if (!take(workers[i].file, data, (size_t)size))
                return false;
            continue;
        }
        if (!finish(&workers[i]))
            return false;
        (*done)++;
    }
    return true;
}

bool spec_workers_run(struct spec_files *files, const struct spec_options *options, uint32_t jobs, bool progress) {
    struct worker workers[MOST_JOBS] = {{0}};
    jobs = jobs < 1 ? 1 : jobs > MOST_JOBS ? MOST_JOBS : jobs;
    size_t next = 0, done = 0;
    bool good = true;
    while (good && done < files->count) {
        for (uint32_t i = 0; good && i < jobs && next < files->count; i++)
            if (workers[i].file == NULL)
                good = start(&workers[i], &files->items[next++], options);
        good = good && listen_once(workers, jobs, &done);
        if (progress)
            fprintf(stderr, "\r%lu of %lu files\033[K", (unsigned long)done, (unsigned long)files->count);
    }
    if (progress)
        fprintf(stderr, "\r\033[K");
    for (uint32_t i = 0; i < jobs; i++) {
        if (workers[i].file == NULL)
            continue;
        kill(workers[i].process, SIGKILL);
        waitpid(workers[i].process, NULL, 0);
    }
    return good;
}
