/* host/wasi_streams.c - descriptors 0, 1 and 2: reading the request, writing the answer, lines for people. */
#include "host/wasi_call.h"

/* Rights.  Spec: preview1, rights */
enum { RIGHT_READ = 1 << 1, RIGHT_WRITE = 1 << 6, RIGHT_FILESTAT = 1 << 21, RIGHT_POLL = 1 << 27 };
/* Flags that may be set.  Spec: preview1, fdflags */
enum { FLAG_APPEND = 1 << 0, FLAG_NONBLOCK = 1 << 2 };

/* ---- Lists of buffers -------------------------------------------------------------------------------------------- */

/* What the work on one iovec, some 5 ns, counts as at the price of a byte; host/wasi.def says it. */
enum { READ_IOVEC_BYTES = 64, WRITE_IOVEC_BYTES = 8 };

/* A list of iovecs in guest memory; each is an address and a size. */
struct iovecs {
    const uint8_t *list;
    uint32_t count;
    uint64_t total;
};

static uint32_t iovec_address(const struct iovecs *iovecs, uint32_t index) {
    return vm_load_u32(iovecs->list + 8 * (size_t)index);
}

static uint32_t iovec_size(const struct iovecs *iovecs, uint32_t index) {
    return vm_load_u32(iovecs->list + 8 * (size_t)index + 4);
}

/* The list in parameters 1 and 2, each of it paid as `bytes` bytes; its buffers are not looked at. */
static enum vm_trap_kind open_iovecs(struct vm_host_call *call, enum host_import import, uint32_t bytes,
                                     struct iovecs *iovecs) {
    iovecs->count = host_call_u32(call, 2);
    HOST_TRY(host_call_charge(call, import, bytes * (uint64_t)iovecs->count));
    HOST_TRY(host_wasi_view(call, host_call_u32(call, 1), iovecs->count, 8, &iovecs->list));
    iovecs->total = 0;
    for (uint32_t i = 0; i < iovecs->count; i++)
        iovecs->total += iovec_size(iovecs, i);
    return VM_TRAP_NONE;
}

/* All buffers lie in memory, and so does the size that parameter 3 points to. */
static enum vm_trap_kind check_iovecs(const struct vm_host_call *call, const struct iovecs *iovecs, uint8_t **to_size) {
    for (uint32_t i = 0; i < iovecs->count; i++)
        HOST_TRY(host_call_room(call, iovec_address(iovecs, i), iovec_size(iovecs, i)));
    return host_wasi_area(call, host_call_u32(call, 3), 1, 4, to_size);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* A copy of the list: what is read may go over it. */
static enum vm_trap_kind keep_iovecs(const struct vm_host_call *call, struct iovecs *iovecs) {
    struct host_run *const run = host_call_run(call);
    const size_t size = 8 * (size_t)iovecs->count;
    if (!host_buffer_reserve(&run->scratch, &run->allocator, size))
        return host_call_fail(call);
    if (size != 0)
        memcpy(run->scratch.data, iovecs->list, size);
    iovecs->list = run->scratch.data;
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_wasi_fd_read(struct vm_host_call *call) {
    struct host_run *const run = host_call_run(call);
    uint32_t stream;
    if (!host_wasi_open(call, 0, &stream) || stream != 0)
        return host_wasi_return(call, HOST_ERRNO_BADF);
    struct iovecs iovecs;
    uint8_t *to_size, *buffer;
    HOST_TRY(open_iovecs(call, HOST_IMPORT_fd_read, READ_IOVEC_BYTES, &iovecs));
    const struct vm_bytes input = run->request->input;
    const size_t left = input.size - run->wasi.input_at;
    const size_t size = iovecs.total < left ? (size_t)iovecs.total : left;
    HOST_TRY(host_call_charge(call, HOST_IMPORT_fd_read, size));
    HOST_TRY(check_iovecs(call, &iovecs, &to_size));
    HOST_TRY(keep_iovecs(call, &iovecs));
    size_t read = 0;
    for (uint32_t i = 0; i < iovecs.count && read < size; i++) {
        const size_t room = iovec_size(&iovecs, i), piece = room < size - read ? room : size - read;
        HOST_TRY(host_call_area(call, iovec_address(&iovecs, i), (uint32_t)piece, &buffer));
        if (piece != 0)
            memcpy(buffer, input.data + run->wasi.input_at + read, piece);
        read += piece;
    }
    run->wasi.input_at += size;
    vm_store_u32(to_size, (uint32_t)size);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static bool append(const struct vm_allocator *allocator, struct host_buffer *buffer, struct vm_bytes bytes) {
    if (bytes.size == 0)
        return true;
    if (!host_buffer_reserve(buffer, allocator, buffer->count + bytes.size))
        return false;
    memcpy((uint8_t *)buffer->data + buffer->count, bytes.data, bytes.size);
    buffer->count += bytes.size;
    return true;
}

/* Gives the line that was collected to the logs. */
static bool end_line(struct host_wasi *wasi, struct host_effects *effects) {
    const struct vm_bytes line = vm_bytes(wasi->line.data, wasi->line.count);
    host_buffer_reset(&wasi->line);
    return host_effects_log(effects, line) == HOST_EFFECT_DONE;
}

bool host_wasi_finish(struct host_wasi *wasi, struct host_effects *effects) {
    return wasi->line.count == 0 || end_line(wasi, effects);
}

/* Cuts what is written to stderr into lines.  One that is longer than all logs may be is dropped in pieces, so that it
 * is never held. */
static bool write_lines(struct host_run *run, struct vm_bytes bytes) {
    struct host_wasi *const wasi = &run->wasi;
    while (bytes.size != 0) {
        const uint8_t *const newline = memchr(bytes.data, '\n', bytes.size);
        size_t size = newline == NULL ? bytes.size : (size_t)(newline - bytes.data);
        const size_t most = (size_t)run->config->limits.log_bytes + 1 - wasi->line.count;
        const bool whole = newline != NULL && size <= most;
        size = size < most ? size : most;
        if (!append(&run->allocator, &wasi->line, vm_bytes(bytes.data, size)))
            return false;
        if ((whole || size == most) && !end_line(wasi, &run->effects))
            return false;
        size += whole;
        bytes = vm_bytes(bytes.data + size, bytes.size - size);
    }
    return true;
}

static enum vm_trap_kind write_answer(const struct vm_host_call *call, struct host_run *run,
                                      const struct iovecs *iovecs) {
    if (iovecs->total > run->config->limits.result_bytes - run->wasi.output.count)
        return VM_TRAP_HOST_LIMIT;
    if (!host_buffer_reserve(&run->wasi.output, &run->allocator, run->wasi.output.count + (size_t)iovecs->total))
        return host_call_fail(call);
    for (uint32_t i = 0; i < iovecs->count; i++) {
        struct vm_bytes piece;
        HOST_TRY(host_call_view(call, iovec_address(iovecs, i), iovec_size(iovecs, i), &piece));
        (void)append(&run->allocator, &run->wasi.output, piece);
    }
    return VM_TRAP_NONE;
}

static enum vm_trap_kind write_log(const struct vm_host_call *call, struct host_run *run, const struct iovecs *iovecs) {
    for (uint32_t i = 0; i < iovecs->count; i++) {
        struct vm_bytes piece;
        HOST_TRY(host_call_view(call, iovec_address(iovecs, i), iovec_size(iovecs, i), &piece));
        if (!write_lines(run, piece))
            return host_call_fail(call);
    }
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_wasi_fd_write(struct vm_host_call *call) {
    struct host_run *const run = host_call_run(call);
    uint32_t stream;
    if (!host_wasi_open(call, 0, &stream) || stream == 0)
        return host_wasi_return(call, HOST_ERRNO_BADF);
    struct iovecs iovecs;
    uint8_t *to_size;
    HOST_TRY(open_iovecs(call, HOST_IMPORT_fd_write, WRITE_IOVEC_BYTES, &iovecs));
    if (iovecs.total > UINT32_MAX) /* buffers that overlap: the size would not fit the answer */
        return host_wasi_return(call, HOST_ERRNO_INVAL);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_fd_write, iovecs.total));
    HOST_TRY(check_iovecs(call, &iovecs, &to_size));
    HOST_TRY(stream == 1 ? write_answer(call, run, &iovecs) : write_log(call, run, &iovecs));
    vm_store_u32(to_size, (uint32_t)iovecs.total);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* ---- The descriptors themselves ---------------------------------------------------------------------------------- */

enum vm_trap_kind host_wasi_fd_close(struct vm_host_call *call) {
    uint32_t stream;
    if (!host_wasi_open(call, 0, &stream))
        return host_wasi_return(call, HOST_ERRNO_BADF);
    host_call_run(call)->wasi.closed[stream] = true;
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* struct fdstat: u8 type at 0, u16 flags at 2, u64 rights at 8, u64 rights that are inherited at 16. */
enum vm_trap_kind host_wasi_fd_fdstat_get(struct vm_host_call *call) {
    uint32_t stream;
    if (!host_wasi_open(call, 0, &stream))
        return host_wasi_return(call, HOST_ERRNO_BADF);
    uint8_t *to;
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 1), 24, 1, &to));
    memset(to, 0, 24);
    vm_store_u16(to + 2, host_call_run(call)->wasi.flags[stream]);
    vm_store_u64(to + 8, (stream == 0 ? RIGHT_READ : RIGHT_WRITE) | RIGHT_FILESTAT | RIGHT_POLL);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

enum vm_trap_kind host_wasi_fd_fdstat_set_flags(struct vm_host_call *call) {
    uint32_t stream;
    const uint32_t flags = host_call_u32(call, 1);
    if (!host_wasi_open(call, 0, &stream))
        return host_wasi_return(call, HOST_ERRNO_BADF);
    if ((flags & ~(uint32_t)(FLAG_APPEND | FLAG_NONBLOCK)) != 0)
        return host_wasi_return(call, HOST_ERRNO_INVAL);
    host_call_run(call)->wasi.flags[stream] = (uint16_t)flags;
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}

/* struct filestat: u64 device at 0, u64 inode at 8, u8 type at 16, u64 links at 24, u64 size at 32, three times. */
enum vm_trap_kind host_wasi_fd_filestat_get(struct vm_host_call *call) {
    uint32_t stream;
    if (!host_wasi_open(call, 0, &stream))
        return host_wasi_return(call, HOST_ERRNO_BADF);
    uint8_t *to;
    HOST_TRY(host_wasi_area(call, host_call_u32(call, 1), 64, 1, &to));
    memset(to, 0, 64);
    vm_store_u64(to + 8, stream);
    vm_store_u64(to + 24, 1);
    return host_wasi_return(call, HOST_ERRNO_SUCCESS);
}
