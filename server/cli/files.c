/* server/cli/files.c - files in and out, and modules from files of either format. */
#include "server/cli/cli.h"

#include <errno.h>
#include <stdlib.h>

#include "loader/text/text.h"
#include "server/memory.h"

/* No module, contract or storage file we take is near this. */
#define FILE_BYTES_MAX ((size_t)256 << 20)

static bool read_stream(FILE *stream, const char *path, struct vm_bytes *out) {
    size_t size = 0, room = 1 << 16;
    uint8_t *data = malloc(room);
    while (data != NULL) {
        size += fread(data + size, 1, room - size, stream);
        if (size < room)
            break;
        if (room >= FILE_BYTES_MAX) {
            cli_say("%s is larger than %zu MiB", path, FILE_BYTES_MAX >> 20);
            free(data);
            return false;
        }
        uint8_t *const more = realloc(data, room * 2);
        if (more == NULL)
            free(data);
        data = more;
        room *= 2;
    }
    if (data == NULL || ferror(stream)) {
        cli_say("%s can't be read: %s", path, data == NULL ? "out of memory" : strerror(errno));
        free(data);
        return false;
    }
    *out = vm_bytes(data, size);
    return true;
}

bool cli_read_file(const char *path, struct vm_bytes *out) {
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, "standard input", out);
    FILE *const stream = fopen(path, "rb");
    if (stream == NULL) {
        cli_say("%s can't be opened: %s", path, strerror(errno));
        return false;
    }
    const bool good = read_stream(stream, path, out);
    fclose(stream);
    return good;
}

bool cli_write_file(const char *path, struct vm_bytes bytes) {
    const bool standard = strcmp(path, "-") == 0;
    FILE *const stream = standard ? stdout : fopen(path, "wb");
    if (stream == NULL) {
        cli_say("%s can't be opened for writing: %s", path, strerror(errno));
        return false;
    }
    bool good = fwrite(bytes.data, 1, bytes.size, stream) == bytes.size;
    good &= (standard ? fflush(stream) : fclose(stream)) == 0;
    if (!good && !standard) /* main() says so of standard output */
        cli_say("%s can't be written: %s", path, strerror(errno));
    return good;
}

static bool ends_in(const char *path, const char *ending) {
    const size_t size = strlen(path), end = strlen(ending);
    return size >= end && strcmp(path + size - end, ending) == 0;
}

enum cli_exit cli_read_module(const char *path, struct vm_bytes *out) {
    struct vm_bytes source;
    if (!cli_read_file(path, &source))
        return CLI_USAGE;
    /* What calls itself .wasm is judged as binary, so that garbage is called malformed wasm and not bad text. */
    if (ends_in(path, ".wasm") || (!ends_in(path, ".wat") && !text_is_text(source))) {
        *out = source;
        return CLI_OK;
    }
    const struct vm_allocator allocator = vm_system_allocator();
    struct vm_bytes assembled;
    struct text_error error;
    const enum vm_status status = text_assemble(source, NULL, &allocator, &assembled, &error);
    free((void *)(uintptr_t)source.data);
    if (status != VM_OK) {
        cli_show_text_error(path, error.line, error.column, error.message);
        return cli_exit_of(status);
    }
    *out = assembled; /* the system allocator is the C library's, so free() takes it too */
    return CLI_OK;
}

enum cli_exit cli_load_module(const char *path, const struct host_config *config, bool json,
                              struct vm_module **module) {
    struct vm_bytes bytes = {NULL, 0};
    const enum cli_exit end = cli_read_module(path, &bytes);
    if (end != CLI_OK)
        return end;
    const struct loader_options options = {&config->limits, &config->features, &config->schedule.vm, config->policy};
    const struct vm_allocator allocator = server_memory_for_modules();
    struct vm_error error;
    const enum vm_status status = loader_load(bytes, &options, &allocator, module, &error);
    free((void *)(uintptr_t)bytes.data);
    if (status == VM_OK)
        return CLI_OK;
    if (json) {
        printf("{\"status\":\"refused\",\"error\":");
        cli_json_error(stdout, &error);
        printf("}\n");
    } else {
        cli_show_error(stderr, path, &error);
    }
    return cli_exit_of(status);
}
