/* host/tests/hash_test.c - a hash depends on the bytes, not on the pieces they come in. */
#include "host/hash.h"
#include "vm/tests/check.h"

enum { SIZE = 5000 };

static void check_pieces(const uint8_t *bytes, size_t size, size_t piece, size_t more) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    for (size_t at = 0, next = piece; at < size; at += next, next = next + more) {
        next = next > size - at ? size - at : next;
        host_hasher_raw(&hasher, bytes + at, next);
        host_hasher_raw(&hasher, NULL, 0);
    }
    uint8_t expected[HOST_HASH_BYTES];
    crypto_generichash(expected, sizeof expected, bytes, size, NULL, 0);
    const struct host_hash found = host_hasher_end(&hasher);
    CHECK(memcmp(found.bytes, expected, sizeof expected) == 0);
}

int main(void) {
    static uint8_t bytes[SIZE];
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 167 + i / 251);
    for (size_t piece = 1; piece < 1100; piece += piece < 20 || (piece > 500 && piece < 530) ? 1 : 13)
        for (size_t size = 0; size < SIZE; size += size < 300 ? 7 : 331) {
            check_context("%zu bytes in pieces of %zu", size, piece);
            check_pieces(bytes, size, piece, 0);
            check_pieces(bytes, size, piece, 1);
        }
    check_context("numbers");
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    host_hasher_u8(&hasher, 1);
    host_hasher_u32(&hasher, 0x05040302);
    host_hasher_u64(&hasher, UINT64_C(0x0D0C0B0A09080706));
    host_hasher_bytes(&hasher, vm_bytes("\x0E\x0F", 2));
    const struct host_hash found = host_hasher_end(&hasher);
    const struct host_hash expected =
        host_hash_of(vm_bytes("\1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD\2\0\0\0\0\0\0\0\xE\xF", 23));
    CHECK(host_hash_equal(&found, &expected));
    return check_done();
}
