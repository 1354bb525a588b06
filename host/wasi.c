/* host/wasi.c - args, environ, random, the end of a program, and what there is not. */
#include "host/wasi.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/call.h"
#include "host/hash.h"
#include "host/wasi_call.h"

void host_wasi_init(struct host_wasi *wasi) {
    *wasi = (struct host_wasi){.output.width = 1, .line.width = 1};
}

void host_wasi_begin(struct host_wasi *wasi) {
    const struct host_buffer output = wasi->output, line = wasi->line;
    *wasi = (struct host_wasi){.output = output, .line = line};
    host_buffer_reset(&wasi->output);
    host_buffer_reset(&wasi->line);
}

void host_wasi_free(struct host_wasi *wasi, const struct vm_allocator *allocator) {
    host_buffer_free(&wasi->output, allocator);
    host_buffer_free(&wasi->line, allocator);
}

bool host_wasi_open(const struct vm_host_call *call, uint32_t index, uint32_t *stream) {
    *stream = host_call_u32(call, index);
    return *stream < HOST_WASI_STREAMS && !host_call_run(call)->wasi.closed[*stream];
}

/* ---- Lists of strings -------------------------------------------------------------------------------------------- */

/* Where strings go in memory: pointers from `list` on, the strings, each with a NUL, from `text` on. */
struct strings {
    uint8_t *list;
    uint8_t *text;
    uint32_t address; /* of text */
};

/* Begins the next string. */
static void begin_string(struct strings *to) {
    vm_store_u32(to->list, to->address);
    to->list += 4;
}

static void put_bytes(struct strings *to, struct vm_bytes bytes) {
    if (bytes.size != 0)
        memcpy(to->text, bytes.data, bytes.size);
    to->text += bytes.size;
    to->address += (uint32_t)bytes.size;
}

static void end_string(struct strings *to) {
    *to->text++ = 0;
    to->address++;
}

/* The areas of "(list, text)"; false if they do not lie in memory. */
static enum vm_trap_kind open_strings(const struct vm_host_call *call, uint32_t count, uint64_t size,
                                      struct strings *to) {
    to->address = host_call_u32(call, 1);
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 0), count, 4, &to->list));
    return host_wasi_area(call, to->address, size, 1, &to->text);
}

static enum vm_trap_kind give_sizes(struct vm_host_call *call, uint32_t count, uint64_t size) {
    uint8_t *to_count, *to_size;
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 0), 1, 4, &to_count));
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 1), 1, 4, &to_size));
    vm_store_u32(to_count, count);
    vm_store_u32(to_size, (uint32_t)size); /* of what the limits let in */
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- Arguments --------------------------------------------------------------------------------------------------- */

static const char program[] = "contract";

static bool has_nul(struct vm_bytes bytes) {
    return bytes.size != 0 && memchr(bytes.data, 0, bytes.size) != NULL;
}

/* A string of C can carry it. */
static bool is_string(const struct host_argument *argument) {
    return !has_nul(argument->key) && !has_nul(argument->value);
}

/* Pays for looking at all arguments and counts them. */
static enum vm_trap_kind count_args(struct vm_host_call *call, enum host_import import, uint32_t *count,
                                    uint64_t *size) {
    const struct host_request *const request = host_call_run(call)->request;
    HOST_TRY(host_call_charge(call, import, 32 * (uint64_t)request->argument_count));
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < request->argument_count; i++)
        bytes += request->arguments[i].key.size + request->arguments[i].value.size;
    HOST_TRY(host_call_charge(call, import, bytes));
    *count = 1;
    *size = sizeof program;
    for (uint32_t i = 0; i < request->argument_count; i++) {
        if (!is_string(&request->arguments[i]))
            continue;
        ++*count;
        *size += request->arguments[i].key.size + request->arguments[i].value.size + 2;
    }
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_wasi_args_sizes_get(struct vm_host_call *call) {
    uint32_t count;
    uint64_t size;
    HOST_TRY(count_args(call, HOST_IMPORT_args_sizes_get, &count, &size));
    return give_sizes(call, count, size);
}

enum vm_trap_kind host_wasi_args_get(struct vm_host_call *call) {
    const struct host_request *const request = host_call_run(call)->request;
    uint32_t count;
    uint64_t size;
    struct strings to;
    HOST_TRY(count_args(call, HOST_IMPORT_args_get, &count, &size));
    HOST_TRY(open_strings(call, count, size, &to));
    begin_string(&to);
    put_bytes(&to, vm_bytes(program, sizeof program));
    for (uint32_t i = 0; i < request->argument_count; i++) {
        const struct host_argument *const argument = &request->arguments[i];
        if (!is_string(argument))
            continue;
        begin_string(&to);
        put_bytes(&to, argument->key);
        put_bytes(&to, vm_bytes("=", 1));
        put_bytes(&to, argument->value);
        end_string(&to);
    }
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- Environment ------------------------------------------------------------------------------------------------- */

/* One variable: bytes that stand in base64, or a number. */
struct variable {
    const char *name;
    struct vm_bytes bytes;
    char digits[24];
    size_t size; /* of name, "=", value and NUL */
};

enum { VARIABLES = 4 };

static struct variable bytes_variable(const char *name, struct vm_bytes bytes) {
    return (struct variable){name, bytes, "", strlen(name) + (bytes.size + 2) / 3 * 4 + 2};
}

static struct variable number_variable(const char *name, uint64_t number) {
    struct variable variable = {.name = name};
    const int digits = snprintf(variable.digits, sizeof variable.digits, "%" PRIu64, number);
    variable.size = strlen(name) + (size_t)digits + 2;
    return variable;
}

/* Fills the list and returns how long all are together. */
static uint64_t make_variables(const struct vm_host_call *call, struct variable variables[VARIABLES]) {
    const struct host_request *const request = host_call_run(call)->request;
    variables[0] = bytes_variable("DELA_CALLER", request->caller);
    variables[1] = number_variable("DELA_NONCE", request->nonce);
    variables[2] = number_variable("DELA_TIME", request->time);
    variables[3] = bytes_variable("DELA_TRANSACTION", request->transaction_id);
    uint64_t size = 0;
    for (uint32_t i = 0; i < VARIABLES; i++)
        size += variables[i].size;
    return size;
}

enum vm_trap_kind host_wasi_environ_sizes_get(struct vm_host_call *call) {
    struct variable variables[VARIABLES];
    return give_sizes(call, VARIABLES, make_variables(call, variables));
}

enum vm_trap_kind host_wasi_environ_get(struct vm_host_call *call) {
    struct variable variables[VARIABLES];
    const uint64_t size = make_variables(call, variables);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_environ_get, size + 4 * VARIABLES));
    struct strings to;
    HOST_TRY(open_strings(call, VARIABLES, size, &to));
    for (uint32_t i = 0; i < VARIABLES; i++) {
        const struct variable *const variable = &variables[i];
        begin_string(&to);
        put_bytes(&to, vm_bytes_of_text(variable->name));
        put_bytes(&to, vm_bytes("=", 1));
        put_bytes(&to, vm_bytes_of_text(variable->digits));
        host_base64_encode(variable->bytes, to.text);
        to.text += (variable->bytes.size + 2) / 3 * 4;
        to.address += (uint32_t)((variable->bytes.size + 2) / 3 * 4);
        end_string(&to);
    }
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- Random bytes ------------------------------------------------------------------------------------------------ */

static void make_random_key(struct host_wasi *wasi, struct vm_bytes transaction_id) {
    static const char domain[] = "delavm random 1";
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_raw(&hasher, domain, sizeof domain - 1);
    host_hasher_bytes(&hasher, transaction_id);
    const struct host_hash key = host_hasher_end(&hasher);
    memcpy(wasi->random_key, key.bytes, sizeof wasi->random_key);
    wasi->random_ready = true;
}
_Static_assert(HOST_HASH_BYTES == HOST_WASI_RANDOM_KEY_BYTES && crypto_stream_chacha20_KEYBYTES == HOST_HASH_BYTES,
               "the key of the stream is a hash");

enum vm_trap_kind host_wasi_random_get(struct vm_host_call *call) {
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    const uint32_t size = host_call_u32(call, 1);
    struct host_run *const run = host_call_run(call);
    uint8_t *to;
    HOST_TRY(host_call_charge(call, HOST_IMPORT_random_get, size));
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 0), size, 1, &to));
    if (!run->wasi.random_ready)
        make_random_key(&run->wasi, run->request->transaction_id);
    if (size != 0) {
        memset(to, 0, size);
        (void)crypto_stream_chacha20_xor_ic(to, to, size, nonce, run->wasi.random_block, run->wasi.random_key);
        run->wasi.random_block += ((uint64_t)size + 63) / 64;
    }
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- The end, and what there is not ------------------------------------------------------------------------------ */

enum vm_trap_kind host_wasi_proc_exit(struct vm_host_call *call) {
    host_call_run(call)->wasi.exit_status = host_call_u32(call, 0);
    return VM_TRAP_HOST_EXIT;
}

enum vm_trap_kind host_wasi_sched_yield(struct vm_host_call *call) {
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

enum vm_trap_kind host_wasi_no_system(struct vm_host_call *call) {
    return host_wasi_return(call, HOST_ERRNO_NOSYS);
}

enum vm_trap_kind host_wasi_no_descriptor(struct vm_host_call *call) {
    return host_wasi_return(call, HOST_ERRNO_BADF);
}

/* EBADF for a descriptor that is not there, else the errno. */
static enum vm_trap_kind refuse(const struct vm_host_call *call, uint32_t index, enum host_errno code) {
    uint32_t stream;
    return host_wasi_return(call, host_wasi_open(call, index, &stream) ? code : HOST_ERRNO_BADF);
}

enum vm_trap_kind host_wasi_no_place(struct vm_host_call *call) {
    return refuse(call, 0, HOST_ERRNO_SPIPE);
}

enum vm_trap_kind host_wasi_invalid(struct vm_host_call *call) {
    return refuse(call, 0, HOST_ERRNO_INVAL);
}

enum vm_trap_kind host_wasi_not_capable(struct vm_host_call *call) {
    return refuse(call, 0, HOST_ERRNO_NOTCAPABLE);
}

enum vm_trap_kind host_wasi_no_directory(struct vm_host_call *call) {
    return refuse(call, 0, HOST_ERRNO_NOTDIR);
}

enum vm_trap_kind host_wasi_no_directory_third(struct vm_host_call *call) {
    return refuse(call, 2, HOST_ERRNO_NOTDIR);
}

enum vm_trap_kind host_wasi_no_socket(struct vm_host_call *call) {
    return refuse(call, 0, HOST_ERRNO_NOTSOCK);
}
