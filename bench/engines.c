/* bench/engines.c - finds engines and asks them; each question is a process of its own. */
#include "bench/engines.h"

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/self.h"

extern char **environ;

enum { TEXT_ROOM = 8192, WORD_ROOM = 16, PATIENCE_MS = 300000 };

/* Starts a process whose stdout is *fd; 0 if there is none. */
static pid_t start(char *const *words, int *fd) {
    int ends[2];
    pid_t process = 0;
    if (pipe(ends) != 0)
        return 0;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawn(&process, words[0], &actions, NULL, words, environ) != 0)
        process = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (process == 0)
        close(ends[0]);
    *fd = ends[0];
    return process;
}

/* All that a process prints, and its status; -1: none, or it took too long. */
static int run(char *const *words, char text[TEXT_ROOM]) {
    int fd, status = -1;
    size_t size = 0;
    ssize_t got = 1;
    const pid_t process = start(words, &fd);
    if (process == 0)
        return -1;
    while (got > 0 && size < TEXT_ROOM - 1) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        got = poll(&waiting, 1, PATIENCE_MS) == 1 ? read(fd, text + size, TEXT_ROOM - 1 - size) : -1;
        size += got > 0 ? (size_t)got : 0;
    }
    text[size] = '\0';
    close(fd);
    if (got < 0)
        kill(process, SIGKILL);
    return waitpid(process, &status, 0) == process && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int ask(const struct engine *engine, const char *const *words, char text[TEXT_ROOM]) {
    const char *all[WORD_ROOM] = {engine->program};
    size_t count = 1;
    if (engine->ours) {
        all[count++] = "peer";
        all[count++] = engine->name;
    }
    for (; *words != NULL && count < WORD_ROOM - 1; words++)
        all[count++] = *words;
    char *writable[WORD_ROOM];
    memcpy(writable, all, sizeof writable);
    return run(writable, text);
}

enum ask_status engine_ask(const struct engine *engine, const char *const *words, struct answer *answers,
                           size_t *count) {
    char text[TEXT_ROOM];
    const int status = ask(engine, words, text);
    *count = 0;
    if (status != 0)
        return status == 3 ? ASK_NOT_OFFERED : ASK_FAILED;
    for (char *line = strtok(text, "\n"); line != NULL && *count < ANSWER_ROOM; line = strtok(NULL, "\n")) {
        if (sscanf(line, "%" SCNu64 " %" SCNu64, &answers[*count].value, &answers[*count].nanoseconds) != 2)
            return ASK_FAILED;
        ++*count;
    }
    return *count > 0 ? ASK_OK : ASK_FAILED;
}

/* The value of `key=` in what `info` said; empty if there is none. */
static void field(const char *text, const char *key, char *out, size_t room) {
    const size_t length = strlen(key);
    snprintf(out, room, "%s", "");
    while (text != NULL) {
        if (strncmp(text, key, length) == 0 && text[length] == '=')
            snprintf(out, room, "%.*s", (int)strcspn(text + length + 1, "\n"), text + length + 1);
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
}

static void add(struct engines *engines, const char *name, const char *program, bool ours) {
    char text[TEXT_ROOM], word[32];
    if (engines->count == ENGINE_ROOM) {
        bench_fail("more than %d engines: %s is left out", ENGINE_ROOM, program);
        return;
    }
    struct engine *const engine = &engines->list[engines->count];
    *engine = (struct engine){.ours = ours};
    snprintf(engine->name, sizeof engine->name, "%s", name);
    snprintf(engine->program, sizeof engine->program, "%s", program);
    if (ask(engine, (const char *const[]){"info", NULL}, text) != 0) {
        bench_warn("%s does not answer `info` (bench/README.md says what it has to): it is left out", program);
        return;
    }
    field(text, "name", engine->name, sizeof engine->name);
    field(text, "version", engine->version, sizeof engine->version);
    field(text, "build", engine->build, sizeof engine->build);
    field(text, "fuel", word, sizeof word);
    engine->fuel = strcmp(word, "yes") == 0;
    field(text, "kind", word, sizeof word);
    engine->compiler = strcmp(word, "interpreter") != 0;
    if (engine->name[0] == '\0' || engines_find(engines, engine->name) != NULL)
        snprintf(engine->name, sizeof engine->name, "%s", name); /* another build of the same, say */
    if (engines_find(engines, engine->name) != NULL)
        bench_warn("%s: there is another \"%s\": it is left out", program, engine->name);
    else
        engines->count++;
}

void engines_add_ours(struct engines *engines, const char *program) {
    for (size_t i = 0; i < SELF_ENGINE_COUNT; i++)
        add(engines, self_engines[i], program, true);
}

void engines_add_directory(struct engines *engines, const char *directory) {
    struct dirent **entries;
    const int count = scandir(directory, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[1024];
        struct stat about;
        const int length = snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        if (length < (int)sizeof path && stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0)
            add(engines, entries[i]->d_name, path, false);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

struct engine *engines_find(struct engines *engines, const char *name) {
    for (size_t i = 0; i < engines->count; i++)
        if (strcmp(engines->list[i].name, name) == 0 && !engines->list[i].disqualified)
            return &engines->list[i];
    return NULL;
}
