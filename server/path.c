/* server/path.c - paths and host names.  Spec: RFC 3986, sections "Path" and "Host" */
#include "server/buffer.h"
#include "server/http.h"

static int hex_value(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool check_segment(struct vm_bytes segment, struct server_error *error) {
    if (segment.size == 0)
        return server_fail(error, SERVER_ERROR_PATH, "an empty segment");
    if (vm_bytes_equal(segment, vm_bytes_of_text(".")) || vm_bytes_equal(segment, vm_bytes_of_text("..")))
        return server_fail(error, SERVER_ERROR_PATH, "a segment of dots");
    for (size_t i = 0; i < segment.size; i++) {
        const uint8_t c = segment.data[i];
        if (c < ' ' || c == 0x7F || c == '/' || c == '\\')
            return server_fail(error, SERVER_ERROR_PATH, "an encoded slash, backslash or control character");
    }
    if (!host_utf8_valid(segment))
        return server_fail(error, SERVER_ERROR_PATH, "not UTF-8");
    return true;
}

bool server_path_read(struct vm_bytes path, uint8_t *to, struct vm_bytes segments[SERVER_SEGMENTS], uint32_t *count,
                      struct server_error *error) {
    *count = 0;
    size_t at = 1;
    while (at < path.size) {
        if (*count == SERVER_SEGMENTS)
            return server_fail(error, SERVER_ERROR_PATH, "too many segments");
        uint8_t *const start = to;
        for (; at < path.size && path.data[at] != '/'; at++) {
            uint8_t c = path.data[at];
            if (c == '%') {
                const int high = path.size - at > 2 ? hex_value(path.data[at + 1]) : -1;
                const int low = high < 0 ? -1 : hex_value(path.data[at + 2]);
                if (low < 0)
                    return server_fail_at(error, SERVER_ERROR_PATH, at, "a broken percent escape");
                c = (uint8_t)(high << 4 | low);
                at += 2;
            }
            *to++ = c;
        }
        at++;
        const struct vm_bytes segment = vm_bytes(start, (size_t)(to - start));
        if (!check_segment(segment, error))
            return false;
        segments[(*count)++] = segment;
    }
    return true;
}

struct vm_bytes server_host_name(struct vm_bytes host) {
    if (host.size > 0 && host.data[0] == '[') {
        const uint8_t *const end = memchr(host.data, ']', host.size);
        return end == NULL ? host : vm_bytes(host.data, (size_t)(end - host.data) + 1);
    }
    const uint8_t *const colon = host.size == 0 ? NULL : memchr(host.data, ':', host.size);
    return colon == NULL ? host : vm_bytes(host.data, (size_t)(colon - host.data));
}

bool server_host_is_local(struct vm_bytes host) {
    const struct vm_bytes name = server_host_name(host);
    if (name.size == 0 || server_text_equal(name, "localhost"))
        return true;
    if (name.data[0] == '[')
        return name.data[name.size - 1] == ']';
    /* Names can't consist of digits and dots alone: the last label of a name is never a number. */
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] != '.' && (name.data[i] < '0' || name.data[i] > '9'))
            return false;
    return true;
}
