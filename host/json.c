/* host/json.c - judges JSON text in one pass, without recursion.  Spec: RFC 8259 */
#include "host/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

size_t host_utf8_length(const uint8_t *text, size_t size) {
    if (size == 0)
        return 0;
    const uint8_t first = text[0];
    if (first < 0x80)
        return 1;
    /* The second byte carries all exceptions: overlong forms, surrogates, beyond U+10FFFF. */
    uint8_t low = 0x80, high = 0xBF;
    size_t length;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0)
            low = 0xA0;
        if (first == 0xED)
            high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0)
            low = 0x90;
        if (first == 0xF4)
            high = 0x8F;
    } else {
        return 0;
    }
    if (size < length || text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool host_utf8_valid(struct vm_bytes text) {
    for (size_t i = 0; i < text.size;) {
        const size_t length = host_utf8_length(text.data + i, text.size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

/* A key of an object that is still open, unescaped so that "a" and "\u0061" are the same. */
struct key {
    struct vm_bytes text;
    uint32_t offset;
};

struct scanner {
    const uint8_t *text;
    size_t at;
    size_t size;
    const struct host_json_limits *limits;
    struct vm_arena *arena;
    struct host_json_scan *out;
    struct host_json_error *error;
    uint32_t number_room;
    uint32_t member_room;
    uint32_t values;
    uint32_t depth;
    bool in_object[HOST_JSON_DEPTH_MAX];
    uint32_t first_key[HOST_JSON_DEPTH_MAX]; /* of each open object, in keys */
    struct key *keys;                        /* of all open objects, inner ones last */
    struct key *spare;                       /* as large: for the merge sort */
    uint32_t key_count;
    uint32_t key_room;
};

static bool fail(struct scanner *s, enum host_json_fault fault, size_t offset) {
    s->error->fault = fault;
    s->error->offset = offset;
    s->error->detail[0] = 0;
    return false;
}

static bool bad(struct scanner *s, enum host_json_fault fault, const char *what) {
    (void)fail(s, fault, s->at);
    if (what != NULL)
        (void)snprintf(s->error->detail, sizeof s->error->detail, "%s", what);
    return false;
}

static bool over(struct scanner *s, enum host_json_fault fault, const char *limit, uint32_t most) {
    (void)fail(s, fault, s->at);
    (void)snprintf(s->error->detail, sizeof s->error->detail, "%s is %" PRIu32, limit, most);
    return false;
}

static bool no_memory(struct scanner *s) {
    return fail(s, HOST_JSON_MEMORY, s->at);
}

/* Doubles an array in the arena; the old one stays behind until the request ends, at most as much again. */
static void *grow(struct scanner *s, void *old, uint32_t *room, size_t size) {
    const uint32_t wanted = *room == 0 ? 16 : *room * 2;
    void *const grown = vm_arena_allocate(s->arena, wanted, size);
    if (grown == NULL)
        return NULL;
    if (*room != 0)
        memcpy(grown, old, *room * size);
    *room = wanted;
    return grown;
}

static void skip_blanks(struct scanner *s) {
    while (s->at < s->size) {
        const uint8_t c = s->text[s->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->at++;
    }
}

static bool read_hex4(struct scanner *s, uint32_t *code) {
    *code = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (s->at == s->size)
            return bad(s, HOST_JSON_END, "in an escape");
        const uint8_t c = s->text[s->at];
        const int value = c >= '0' && c <= '9'                 ? c - '0'
                          : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                               : -1;
        if (value < 0)
            return bad(s, HOST_JSON_STRING, "\\u needs four hex digits");
        *code = *code << 4 | (uint32_t)value;
        s->at++;
    }
    return true;
}

/* What follows \u; a high surrogate must be followed by an escaped low one. */
static bool read_unicode_escape(struct scanner *s, uint32_t *code) {
    const size_t start = s->at - 2;
    if (!read_hex4(s, code))
        return false;
    if (*code == 0) {
        s->at = start;
        return bad(s, HOST_JSON_NUL, NULL);
    }
    if (*code < 0xD800 || *code > 0xDFFF)
        return true;
    uint32_t second = 0;
    if (*code <= 0xDBFF && s->size - s->at >= 2 && s->text[s->at] == '\\' && s->text[s->at + 1] == 'u') {
        s->at += 2;
        if (!read_hex4(s, &second))
            return false;
    }
    if (second < 0xDC00 || second > 0xDFFF) {
        s->at = start;
        return bad(s, HOST_JSON_SURROGATE, NULL);
    }
    *code = 0x10000 + ((*code - 0xD800) << 10) + (second - 0xDC00);
    return true;
}

static size_t write_utf8(uint8_t *to, uint32_t code) {
    if (code < 0x80) {
        to[0] = (uint8_t)code;
        return 1;
    }
    const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        to[i] = (uint8_t)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    to[0] = (uint8_t)(lead[length] | code);
    return length;
}

/* An escape; *code is what it stands for.  at: past the backslash. */
static bool read_escape(struct scanner *s, uint32_t *code) {
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (s->at == s->size)
        return bad(s, HOST_JSON_END, "in an escape");
    const uint8_t c = s->text[s->at];
    if (c == 'u') {
        s->at++;
        return read_unicode_escape(s, code);
    }
    const char *const found = c == 0 ? NULL : strchr(names, c);
    if (found == NULL)
        return bad(s, HOST_JSON_STRING, "no such escape");
    *code = (uint8_t)values[found - names];
    s->at++;
    return true;
}

/* A string, at its opening quote.  `key`: NULL, or receives the unescaped text (in the arena only if it has escapes).
 */
static bool read_string(struct scanner *s, struct vm_bytes *key) {
    const size_t start = ++s->at;
    uint8_t *copy = NULL;
    size_t filled = 0, copied = start;
    while (s->at < s->size) {
        const uint8_t c = s->text[s->at];
        if (c == '"') {
            if (key != NULL && copy == NULL)
                *key = vm_bytes(s->text + start, s->at - start);
            if (key != NULL && copy != NULL) {
                memcpy(copy + filled, s->text + copied, s->at - copied);
                *key = vm_bytes(copy, filled + (s->at - copied));
            }
            s->at++;
            return true;
        }
        if (c < ' ')
            return bad(s, HOST_JSON_STRING, "a control character must be escaped");
        if (c == '\\') {
            const size_t escape = s->at++;
            uint32_t code = 0;
            if (!read_escape(s, &code))
                return false;
            if (key == NULL)
                continue;
            if (copy == NULL) {
                /* The unescaped text is never longer than the rest of the string as it stands. */
                size_t end = s->at;
                while (end < s->size && s->text[end] != '"')
                    end += s->text[end] == '\\' ? 2 : 1;
                copy = vm_arena_allocate(s->arena, (end < s->size ? end : s->size) - start, 1);
                if (copy == NULL)
                    return no_memory(s);
            }
            memcpy(copy + filled, s->text + copied, escape - copied);
            filled += escape - copied;
            filled += write_utf8(copy + filled, code);
            copied = s->at;
            continue;
        }
        const size_t length = c < 0x80 ? 1 : host_utf8_length(s->text + s->at, s->size - s->at);
        if (length == 0)
            return bad(s, HOST_JSON_UTF8, NULL);
        s->at += length;
    }
    return bad(s, HOST_JSON_END, "in a string");
}

static size_t skip_digits(struct scanner *s) {
    const size_t start = s->at;
    while (s->at < s->size && s->text[s->at] >= '0' && s->text[s->at] <= '9')
        s->at++;
    return s->at - start;
}

/* number = [ "-" ] int [ frac ] [ exp ] */
static bool read_number(struct scanner *s) {
    const size_t start = s->at;
    if (s->text[s->at] == '-')
        s->at++;
    const bool zero = s->at < s->size && s->text[s->at] == '0';
    const size_t digits = skip_digits(s);
    if (digits == 0)
        return bad(s, HOST_JSON_NUMBER, "a digit must follow the minus");
    if (zero && digits > 1)
        return bad(s, HOST_JSON_NUMBER, "a leading zero");
    if (s->at < s->size && s->text[s->at] == '.') {
        s->at++;
        if (skip_digits(s) == 0)
            return bad(s, HOST_JSON_NUMBER, "a digit must follow the point");
    }
    if (s->at < s->size && (s->text[s->at] | 32) == 'e') {
        s->at++;
        if (s->at < s->size && (s->text[s->at] == '+' || s->text[s->at] == '-'))
            s->at++;
        if (skip_digits(s) == 0)
            return bad(s, HOST_JSON_NUMBER, "a digit must follow the exponent sign");
    }
    if (s->out->number_count == s->number_room) {
        void *const grown = grow(s, s->out->numbers, &s->number_room, sizeof *s->out->numbers);
        if (grown == NULL)
            return no_memory(s);
        s->out->numbers = grown;
    }
    s->out->numbers[s->out->number_count++] = (struct host_json_span){(uint32_t)start, (uint32_t)(s->at - start)};
    return true;
}

static bool read_word(struct scanner *s, const char *word) {
    for (; *word != 0; word++, s->at++) {
        if (s->at == s->size)
            return bad(s, HOST_JSON_END, "in a word");
        if (s->text[s->at] != (uint8_t)*word)
            return bad(s, HOST_JSON_SYNTAX, "only true, false and null are words");
    }
    return true;
}

/* Order of keys for finding equal ones: equal texts stand together, in the order of the text. */
static bool before(const struct key *a, const struct key *b) {
    if (a->text.size != b->text.size)
        return a->text.size < b->text.size;
    const int order = vm_bytes_compare(a->text, b->text);
    return order != 0 ? order < 0 : a->offset < b->offset;
}

/* Bottom-up merge sort: n log n for every input, unlike the C library's. */
static struct key *sort_keys(struct key *keys, struct key *spare, uint32_t count) {
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t low = 0; low < count; low += 2 * width) {
            const uint32_t middle = count - low < width ? count : low + width;
            const uint32_t high = count - low < 2 * width ? count : low + 2 * width;
            uint32_t a = low, b = middle;
            for (uint32_t to = low; to < high; to++)
                spare[to] = b == high || (a < middle && before(&keys[a], &keys[b])) ? keys[a++] : keys[b++];
        }
        struct key *const swap = keys;
        keys = spare;
        spare = swap;
    }
    return keys;
}

/* At the end of an object: no two of its keys are equal.  Reports the repetition that comes first in the text. */
static bool check_keys(struct scanner *s, uint32_t first) {
    const uint32_t count = s->key_count - first;
    const struct key *again = NULL;
    s->key_count = first;
    if (count < 2)
        return true;
    struct key *keys = s->keys + first;
    if (count > 8)
        keys = sort_keys(keys, s->spare + first, count);
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t k = count > 8 ? i - 1 : 0; k < i; k++)
            if (vm_bytes_equal(keys[i].text, keys[k].text) && (again == NULL || keys[i].offset < again->offset))
                again = &keys[i];
    if (again == NULL)
        return true;
    (void)fail(s, HOST_JSON_DUPLICATE, again->offset);
    (void)snprintf(s->error->detail, sizeof s->error->detail, "%.*s",
                   again->text.size > 64 ? 64 : (int)again->text.size, (const char *)again->text.data);
    return false;
}

static bool add_key(struct scanner *s, struct vm_bytes text, size_t offset) {
    if (s->key_count == s->key_room) {
        uint32_t room = s->key_room;
        void *const keys = grow(s, s->keys, &room, sizeof *s->keys);
        void *const spare = keys == NULL ? NULL : vm_arena_allocate(s->arena, room, sizeof *s->keys);
        if (spare == NULL)
            return no_memory(s);
        s->keys = keys;
        s->spare = spare;
        s->key_room = room;
    }
    s->keys[s->key_count++] = (struct key){text, (uint32_t)offset};
    return true;
}

/* A key and its colon; remembers the member if the object is the outermost. */
static bool read_key(struct scanner *s) {
    if (s->at == s->size)
        return bad(s, HOST_JSON_END, "in an object");
    if (s->text[s->at] != '"')
        return bad(s, HOST_JSON_SYNTAX, "a key must be a string");
    const size_t start = s->at;
    struct vm_bytes text = {NULL, 0};
    if (!read_string(s, &text) || !add_key(s, text, start))
        return false;
    if (s->depth == 1) {
        if (s->out->member_count == s->member_room) {
            void *const grown = grow(s, s->out->members, &s->member_room, sizeof *s->out->members);
            if (grown == NULL)
                return no_memory(s);
            s->out->members = grown;
        }
        s->out->members[s->out->member_count++].key =
            (struct host_json_span){(uint32_t)start, (uint32_t)(s->at - start)};
    }
    skip_blanks(s);
    if (s->at == s->size)
        return bad(s, HOST_JSON_END, "in an object");
    if (s->text[s->at] != ':')
        return bad(s, HOST_JSON_SYNTAX, "a colon must follow a key");
    s->at++;
    skip_blanks(s);
    if (s->depth == 1)
        s->out->members[s->out->member_count - 1].value.offset = (uint32_t)s->at;
    return true;
}

/* Opens an array or object; *open says whether a value or key must follow (false: it was closed at once). */
static bool read_opening(struct scanner *s, bool *open) {
    if (s->depth == s->limits->depth)
        return over(s, HOST_JSON_DEPTH, "json_depth", s->limits->depth);
    const bool object = s->text[s->at] == '{';
    s->in_object[s->depth] = object;
    s->first_key[s->depth] = s->key_count;
    s->depth++;
    s->at++;
    skip_blanks(s);
    *open = s->at == s->size || s->text[s->at] != (object ? '}' : ']');
    return !*open || !object || read_key(s);
}

/* A value, or the opening of one.  *complete: it is read to its end (or, an array or object, stands at its closing). */
static bool read_value(struct scanner *s, bool *complete) {
    *complete = true;
    if (s->at == s->size)
        return bad(s, s->depth == 0 ? HOST_JSON_EMPTY : HOST_JSON_END, NULL);
    if (++s->values > s->limits->values)
        return over(s, HOST_JSON_VALUES, "json_values", s->limits->values);
    switch (s->text[s->at]) {
    case '{':
    case '[':
        *complete = false;
        return true;
    case '"':
        return read_string(s, NULL);
    case 't':
        return read_word(s, "true");
    case 'f':
        return read_word(s, "false");
    case 'n':
        return read_word(s, "null");
    default:
        if (s->text[s->at] == '-' || (s->text[s->at] >= '0' && s->text[s->at] <= '9'))
            return read_number(s);
        return bad(s, HOST_JSON_SYNTAX, "a value was expected");
    }
}

/* After a complete value: closings, then a comma and what it announces.  *done: the outermost value is complete. */
static bool read_after_value(struct scanner *s, bool *done) {
    for (;;) {
        *done = s->depth == 0;
        if (*done)
            return true;
        if (s->depth == 1 && s->in_object[0] && s->out->member_count > 0) {
            struct host_json_span *const value = &s->out->members[s->out->member_count - 1].value;
            if (value->size == 0)
                value->size = (uint32_t)(s->at - value->offset);
        }
        skip_blanks(s);
        const bool object = s->in_object[s->depth - 1];
        if (s->at == s->size)
            return bad(s, HOST_JSON_END, object ? "in an object" : "in an array");
        const uint8_t c = s->text[s->at];
        if (c == ',') {
            s->at++;
            skip_blanks(s);
            return !object || read_key(s);
        }
        if (c != (object ? '}' : ']'))
            return bad(s, HOST_JSON_SYNTAX, object ? "a comma or } was expected" : "a comma or ] was expected");
        s->at++;
        s->depth--;
        if (object && !check_keys(s, s->first_key[s->depth]))
            return false;
    }
}

static bool read_text(struct scanner *s) {
    if (s->size >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        return bad(s, HOST_JSON_BYTE_ORDER_MARK, NULL);
    skip_blanks(s);
    s->out->first = s->at < s->size ? s->text[s->at] : 0;
    bool done = false;
    while (!done) {
        bool complete;
        if (!read_value(s, &complete))
            return false;
        while (!complete) {
            bool open;
            if (!read_opening(s, &open))
                return false;
            if (!open)
                break;
            if (!read_value(s, &complete))
                return false;
        }
        if (!read_after_value(s, &done))
            return false;
    }
    skip_blanks(s);
    return s->at == s->size || bad(s, HOST_JSON_TRAILING, NULL);
}

bool host_json_scan(struct vm_bytes text, const struct host_json_limits *limits, struct vm_arena *arena,
                    struct host_json_scan *scan, struct host_json_error *error) {
    *scan = (struct host_json_scan){0};
    struct scanner s;
    s.text = text.data;
    s.at = 0;
    s.size = text.size;
    s.limits = limits;
    s.arena = arena;
    s.out = scan;
    s.error = error;
    s.number_room = s.member_room = s.values = s.depth = s.key_count = s.key_room = 0;
    s.keys = s.spare = NULL;
    return text.size > UINT32_MAX ? fail(&s, HOST_JSON_TOO_LONG, 0) : read_text(&s);
}

bool host_json_unescape(struct vm_bytes quoted, struct vm_arena *arena, struct vm_bytes *text) {
    *text = vm_bytes(quoted.data + 1, quoted.size - 2);
    if (text->size == 0 || memchr(text->data, '\\', text->size) == NULL)
        return true;
    struct host_json_error error;
    struct scanner s;
    s.text = quoted.data;
    s.at = 0;
    s.size = quoted.size;
    s.arena = arena;
    s.error = &error;
    return read_string(&s, text);
}
