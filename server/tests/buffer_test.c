/* server/tests/buffer_test.c - what is written into buffers: JSON strings, base64, numbers; UTF-8; dates. */
#include "server/buffer.h"

#include "server/reply.h"
#include "vm/tests/check.h"

static const char *text_of(struct server_buffer *buffer) {
    server_put_char(buffer, '\0');
    buffer->size--;
    return (const char *)buffer->data;
}

#define BYTES(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct {
    struct vm_bytes bytes;
    const char *json;
    bool valid;
} strings[] = {
    {BYTES(""), "\"\"", true},
    {BYTES("plain"), "\"plain\"", true},
    {BYTES("\"\\/"), "\"\\\"\\\\/\"", true},
    {BYTES("\n\r\t\b\x01\x1f\x7f"), "\"\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\"", true},
    {BYTES("a\0b"), "\"a\\u0000b\"", true},
    {BYTES("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", true},
    {BYTES("\xF4\x8F\xBF\xBF"), "\"\xF4\x8F\xBF\xBF\"", true},
    {BYTES("\xC0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", false}, /* overlong */
    {BYTES("\xE0\x9F\xBF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"", false},
    {BYTES("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"", false}, /* a surrogate */
    {BYTES("\xF4\x90\x80\x80x"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\"", false},
    {BYTES("a\xE2\x82"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"", false}, /* cut short */
    {BYTES("\xFF"), "\"\xEF\xBF\xBD\"", false},
};

static void test_strings(void) {
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        struct server_buffer buffer = {0};
        check_context("string %zu", i);
        server_put_json(&buffer, strings[i].bytes);
        CHECK_TEXT(text_of(&buffer), strings[i].json);
        CHECK(host_utf8_valid(strings[i].bytes) == strings[i].valid);
        server_buffer_free(&buffer);
    }
}

/* Spec: RFC 4648, "Test Vectors" and, for what must be refused, "Canonical Encoding". */
static const struct {
    struct vm_bytes bytes;
    const char *text;
} encodings[] = {
    {BYTES(""), ""},
    {BYTES("f"), "Zg=="},
    {BYTES("fo"), "Zm8="},
    {BYTES("foo"), "Zm9v"},
    {BYTES("foob"), "Zm9vYg=="},
    {BYTES("fooba"), "Zm9vYmE="},
    {BYTES("foobar"), "Zm9vYmFy"},
    {BYTES("\xFB\xFF\xFE"), "+//+"},
};
static const char *const not_base64[] = {
    "Z",      "Zg",   "Zg=",  "Zh==", "Zm9=",     "Zg==Zg==", "=Zg=",       "Zg =",
    "Zm9v\n", "Zm-_", "====", "Z===", "Zm9v====", "Zg=A",     "\xC3\xA9==", "Zm9vZ"};

static void test_base64(void) {
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        struct server_buffer buffer = {0};
        uint8_t back[32];
        size_t size = 99;
        check_context("base64 %s", encodings[i].text);
        server_put_base64(&buffer, encodings[i].bytes);
        CHECK_TEXT(text_of(&buffer), encodings[i].text);
        CHECK(server_base64_read(vm_bytes_of_text(encodings[i].text), back, &size));
        CHECK(vm_bytes_equal(vm_bytes(back, size), encodings[i].bytes));
        server_buffer_free(&buffer);
    }
    for (size_t i = 0; i < sizeof not_base64 / sizeof *not_base64; i++) {
        uint8_t back[32];
        size_t size;
        check_context("not base64: %s", not_base64[i]);
        CHECK(!server_base64_read(vm_bytes_of_text(not_base64[i]), back, &size));
    }
}

static void test_fields(void) {
    struct server_buffer buffer = {0};
    check_context("fields");
    server_put_char(&buffer, '{');
    server_put_u64_field(&buffer, "a", UINT64_MAX);
    server_put_number_field(&buffer, "b", 0);
    server_put_text_field(&buffer, "c", "x\"y");
    server_put_bool_field(&buffer, "d", false);
    server_put_hex_field(&buffer, "e", vm_bytes("\x00\xAF", 2));
    server_put_field(&buffer, "f");
    server_put_text(&buffer, "[");
    server_put_comma(&buffer);
    server_put_text(&buffer, "1");
    server_put_comma(&buffer);
    server_put_text(&buffer, "2]}");
    CHECK_TEXT(text_of(&buffer),
               "{\"a\":\"18446744073709551615\",\"b\":0,\"c\":\"x\\\"y\",\"d\":false,\"e\":\"00af\",\"f\":[1,2]}");
    server_buffer_free(&buffer);
}

/* A full buffer stays as it is and says so at the end. */
static void test_limit(void) {
    struct server_buffer buffer = {.limit = 8};
    check_context("limit");
    server_put_text(&buffer, "12345678");
    CHECK(server_buffer_good(&buffer));
    server_put_char(&buffer, '9');
    CHECK(buffer.state == SERVER_BUFFER_OVER_LIMIT);
    CHECK_U64(buffer.size, 8);
    server_put_text(&buffer, "");
    server_buffer_clear(&buffer, 4);
    CHECK(server_buffer_good(&buffer));
    CHECK_U64(buffer.capacity, 0);
    server_buffer_free(&buffer);
}

static const struct {
    uint64_t seconds;
    const char *text;
} dates[] = {
    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},          {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
    {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},  {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
    {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},  {1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void test_dates(void) {
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        char text[32];
        check_context("date %zu", i);
        server_date(dates[i].seconds, text);
        CHECK_TEXT(text, dates[i].text);
    }
}

int main(void) {
    test_strings();
    test_base64();
    test_fields();
    test_limit();
    test_dates();
    return check_done();
}
