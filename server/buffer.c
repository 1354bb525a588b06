/* server/buffer.c - growing, JSON strings, base64, UTF-8. */
#include "server/buffer.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 1024 };

void server_buffer_free(struct server_buffer *buffer) {
    free(buffer->data);
    *buffer = (struct server_buffer){.limit = buffer->limit};
}

void server_buffer_clear(struct server_buffer *buffer, size_t keep) {
    if (buffer->capacity > keep)
        server_buffer_free(buffer);
    buffer->size = 0;
    buffer->state = SERVER_BUFFER_GOOD;
}

uint8_t *server_buffer_reserve(struct server_buffer *buffer, size_t more) {
    if (buffer->state != SERVER_BUFFER_GOOD || more == 0)
        return NULL;
    if (more <= buffer->capacity - buffer->size)
        return buffer->data + buffer->size;
    if (more > SIZE_MAX / 2 - buffer->size) {
        buffer->state = SERVER_BUFFER_NO_MEMORY;
        return NULL;
    }
    const size_t wanted = buffer->size + more;
    if (buffer->limit != 0 && wanted > buffer->limit) {
        buffer->state = SERVER_BUFFER_OVER_LIMIT;
        return NULL;
    }
    size_t capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity < wanted)
        capacity *= 2;
    if (buffer->limit != 0 && capacity > buffer->limit)
        capacity = buffer->limit;
    uint8_t *const grown = realloc(buffer->data, capacity);
    if (grown == NULL) {
        buffer->state = SERVER_BUFFER_NO_MEMORY;
        return NULL;
    }
    buffer->data = grown;
    buffer->capacity = capacity;
    return grown + buffer->size;
}

void server_put_bytes(struct server_buffer *buffer, struct vm_bytes bytes) {
    uint8_t *const to = server_buffer_reserve(buffer, bytes.size);
    if (to == NULL || bytes.size == 0)
        return;
    memcpy(to, bytes.data, bytes.size);
    buffer->size += bytes.size;
}

void server_put_text(struct server_buffer *buffer, const char *text) {
    server_put_bytes(buffer, vm_bytes_of_text(text));
}

void server_put_char(struct server_buffer *buffer, char c) {
    uint8_t *const to = server_buffer_reserve(buffer, 1);
    if (to == NULL)
        return;
    *to = (uint8_t)c;
    buffer->size++;
}

void server_put_u64(struct server_buffer *buffer, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    server_put_bytes(buffer, vm_bytes(digits + at, sizeof digits - at));
}

static const char hex_digits[] = "0123456789abcdef";

/* Escapes of control characters, quote and backslash; everything else stays as it is. */
static void put_escape(struct server_buffer *buffer, uint8_t c) {
    switch (c) {
    case '"':
        server_put_text(buffer, "\\\"");
        return;
    case '\\':
        server_put_text(buffer, "\\\\");
        return;
    case '\n':
        server_put_text(buffer, "\\n");
        return;
    case '\r':
        server_put_text(buffer, "\\r");
        return;
    case '\t':
        server_put_text(buffer, "\\t");
        return;
    default: {
        const char escape[] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
        server_put_bytes(buffer, vm_bytes(escape, sizeof escape));
    }
    }
}

void server_put_json(struct server_buffer *buffer, struct vm_bytes text) {
    server_put_char(buffer, '"');
    size_t start = 0, at = 0;
    while (at < text.size) {
        const uint8_t c = text.data[at];
        const size_t length = c < 0x80 ? 1 : host_utf8_length(text.data + at, text.size - at);
        if (length != 0 && c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) {
            at += length;
            continue;
        }
        server_put_bytes(buffer, vm_bytes(text.data + start, at - start));
        if (length == 0)
            server_put_text(buffer, "\xEF\xBF\xBD");
        else
            put_escape(buffer, c);
        start = ++at;
    }
    if (at > start)
        server_put_bytes(buffer, vm_bytes(text.data + start, at - start));
    server_put_char(buffer, '"');
}

void server_put_json_text(struct server_buffer *buffer, const char *text) {
    server_put_json(buffer, vm_bytes_of_text(text));
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void server_put_base64(struct server_buffer *buffer, struct vm_bytes bytes) {
    if (bytes.size > SIZE_MAX / 2)
        return;
    uint8_t *to = server_buffer_reserve(buffer, (bytes.size + 2) / 3 * 4);
    if (to == NULL)
        return;
    buffer->size += (bytes.size + 2) / 3 * 4;
    for (size_t i = 0; i < bytes.size; i += 3) {
        const size_t left = bytes.size - i;
        const uint32_t group = (uint32_t)bytes.data[i] << 16 | (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                               (left > 2 ? (uint32_t)bytes.data[i + 2] : 0);
        *to++ = (uint8_t)base64_digits[group >> 18];
        *to++ = (uint8_t)base64_digits[group >> 12 & 63];
        *to++ = left > 1 ? (uint8_t)base64_digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? (uint8_t)base64_digits[group & 63] : '=';
    }
}

void server_put_hex(struct server_buffer *buffer, struct vm_bytes bytes) {
    if (bytes.size > SIZE_MAX / 2)
        return;
    uint8_t *to = server_buffer_reserve(buffer, bytes.size * 2);
    if (to == NULL)
        return;
    buffer->size += bytes.size * 2;
    for (size_t i = 0; i < bytes.size; i++) {
        *to++ = (uint8_t)hex_digits[bytes.data[i] >> 4];
        *to++ = (uint8_t)hex_digits[bytes.data[i] & 15];
    }
}

void server_put_comma(struct server_buffer *buffer) {
    if (buffer->size == 0)
        return;
    const uint8_t last = buffer->data[buffer->size - 1];
    if (last != '{' && last != '[' && last != ':')
        server_put_char(buffer, ',');
}

void server_put_field(struct server_buffer *buffer, const char *name) {
    server_put_comma(buffer);
    server_put_char(buffer, '"');
    server_put_text(buffer, name);
    server_put_text(buffer, "\":");
}

void server_put_text_field(struct server_buffer *buffer, const char *name, const char *text) {
    server_put_field(buffer, name);
    server_put_json_text(buffer, text);
}

void server_put_number_field(struct server_buffer *buffer, const char *name, uint64_t value) {
    server_put_field(buffer, name);
    server_put_u64(buffer, value);
}

void server_put_u64_field(struct server_buffer *buffer, const char *name, uint64_t value) {
    server_put_field(buffer, name);
    server_put_char(buffer, '"');
    server_put_u64(buffer, value);
    server_put_char(buffer, '"');
}

void server_put_base64_field(struct server_buffer *buffer, const char *name, struct vm_bytes bytes) {
    server_put_field(buffer, name);
    server_put_char(buffer, '"');
    server_put_base64(buffer, bytes);
    server_put_char(buffer, '"');
}

void server_put_hex_field(struct server_buffer *buffer, const char *name, struct vm_bytes bytes) {
    server_put_field(buffer, name);
    server_put_char(buffer, '"');
    server_put_hex(buffer, bytes);
    server_put_char(buffer, '"');
}

void server_put_bool_field(struct server_buffer *buffer, const char *name, bool value) {
    server_put_field(buffer, name);
    server_put_text(buffer, value ? "true" : "false");
}

static int base64_value(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool server_base64_read(struct vm_bytes text, uint8_t *to, size_t *size) {
    *size = 0;
    if (text.size % 4 != 0)
        return false;
    size_t filled = 0;
    for (size_t i = 0; i < text.size; i += 4) {
        const uint8_t *const four = text.data + i;
        const bool last = i + 4 == text.size;
        const unsigned padding = last && four[3] == '=' ? (four[2] == '=' ? 2u : 1u) : 0u;
        uint32_t group = 0;
        for (unsigned k = 0; k < 4; k++) {
            const int value = k >= 4 - padding ? 0 : base64_value(four[k]);
            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        /* Bits that padding cuts off must be zero, or two texts would mean the same bytes. */
        if ((padding == 1 && (group & 0xFF) != 0) || (padding == 2 && (group & 0xFFFF) != 0))
            return false;
        to[filled++] = (uint8_t)(group >> 16);
        if (padding < 2)
            to[filled++] = (uint8_t)(group >> 8);
        if (padding < 1)
            to[filled++] = (uint8_t)group;
    }
    *size = filled;
    return true;
}
