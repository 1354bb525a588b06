/* server/cli/output.c - what the commands print: colours, JSON strings, refusals, progress. */
#include "server/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/buffer.h"

struct cli_colours cli_colours(FILE *stream) {
    const char *const no_colour = getenv("NO_COLOR");
    if ((no_colour != NULL && *no_colour != '\0') || isatty(fileno(stream)) != 1)
        return (struct cli_colours){"", "", "", "", ""};
    return (struct cli_colours){"\033[32m", "\033[31m", "\033[1m", "\033[2m", "\033[0m"};
}

void cli_say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("delavm: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void cli_json_text(FILE *stream, struct vm_bytes text) {
    struct server_buffer buffer = {0};
    server_put_json(&buffer, text);
    fwrite(buffer.data, 1, buffer.size, stream);
    server_buffer_free(&buffer);
}

void cli_safe_text(FILE *stream, struct vm_bytes text) {
    while (text.size > 0) {
        size_t size = host_utf8_length(text.data, text.size);
        /* Two-byte sequences up to C2 9F are the other control characters. */
        const bool control = size == 1 ? text.data[0] < 0x20 || text.data[0] == 0x7F
                                       : size == 2 && text.data[0] == 0xC2 && text.data[1] < 0xA0;
        if (size == 0 || control) {
            fprintf(stream, "\\%02x", text.data[0]);
            size = 1;
        } else {
            fwrite(text.data, 1, size, stream);
        }
        text.data += size;
        text.size -= size;
    }
}

void cli_show_error(FILE *stream, const char *path, const struct vm_error *error) {
    const struct cli_colours colour = cli_colours(stream);
    const char *const outcome = vm_status_name(vm_error_status(error->code)), *message = error->message;
    /* The words of some codes are the outcome itself: "unsupported: ...". */
    if (strncmp(message, outcome, strlen(outcome)) == 0 && message[strlen(outcome)] == ':')
        message += strlen(outcome) + 2;
    fprintf(stream, "%s: %s%s%s: ", path, colour.bad, outcome, colour.none);
    cli_safe_text(stream, vm_bytes_of_text(message));
    fprintf(stream, "\n  at offset %llu (0x%llx)", (unsigned long long)error->offset,
            (unsigned long long)error->offset);
    if (error->function != VM_NO_FUNCTION) {
        fprintf(stream, ", in function %lu", (unsigned long)error->function);
        if (error->function_name[0] != '\0') {
            fputs(" \"", stream);
            cli_safe_text(stream, vm_bytes_of_text(error->function_name));
            fputc('"', stream);
        }
    }
    fprintf(stream, "  %s[%s]%s\n", colour.faint, vm_error_code_name(error->code), colour.none);
}

void cli_show_text_error(const char *path, uint32_t line, uint32_t column, const char *message) {
    const struct cli_colours colour = cli_colours(stderr);
    fprintf(stderr, "%s:%lu:%lu: %smalformed%s: ", path, (unsigned long)line, (unsigned long)column, colour.bad,
            colour.none);
    cli_safe_text(stderr, vm_bytes_of_text(message));
    fputc('\n', stderr);
}

void cli_json_error(FILE *stream, const struct vm_error *error) {
    fprintf(stream, "{\"outcome\":\"%s\",\"code\":\"%s\",\"message\":", vm_status_name(vm_error_status(error->code)),
            vm_error_code_name(error->code));
    cli_json_text(stream, vm_bytes_of_text(error->message));
    fprintf(stream, ",\"offset\":%llu", (unsigned long long)error->offset);
    if (error->function != VM_NO_FUNCTION) {
        fprintf(stream, ",\"function\":%lu,\"name\":", (unsigned long)error->function);
        cli_json_text(stream, vm_bytes_of_text(error->function_name));
    }
    fputc('}', stream);
}

void cli_show_function(FILE *stream, const struct vm_module *module, uint32_t function) {
    fprintf(stream, "function %lu", (unsigned long)function);
    const struct vm_bytes name = vm_module_function_name(module, function);
    if (name.size > 0) {
        fputs(" \"", stream);
        cli_safe_text(stream, name);
        fputc('"', stream);
    }
}

enum cli_exit cli_exit_of(enum vm_status status) {
    return status == VM_OK ? CLI_OK : status == VM_RESOURCE ? CLI_FAILED : CLI_REFUSED;
}

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void cli_progress_begin(struct cli_progress *progress) {
    *progress = (struct cli_progress){.on = isatty(fileno(stderr)) == 1};
    if (progress->on)
        progress->start = progress->last = milliseconds();
}

void cli_progress(struct cli_progress *progress, const char *format, ...) {
    if (!progress->on)
        return;
    const uint64_t now = milliseconds();
    if (now - progress->start < 1000 || now - progress->last < 100)
        return;
    progress->last = now;
    progress->shown = true;
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "\r\033[K%llu s: ", (unsigned long long)((now - progress->start) / 1000));
    vfprintf(stderr, format, arguments);
    fflush(stderr);
    va_end(arguments);
}

void cli_progress_end(struct cli_progress *progress) {
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
