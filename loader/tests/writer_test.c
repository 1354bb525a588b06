/* loader/tests/writer_test.c - integers, sections and lost memory.  Spec: binary-int, binary-section */
#include "loader/writer.h"
#include "vm/tests/check.h"

static void check_written(struct loader_writer *writer, const char *hex) {
    char have[128];
    size_t size = 0;
    have[0] = 0;
    for (size_t i = 0; i < writer->size && size + 3 < sizeof have; i++)
        size += (size_t)snprintf(have + size, sizeof have - size, "%02x", writer->data[i]);
    CHECK_TEXT(have, hex);
    loader_writer_reset(writer);
}

static const struct {
    uint64_t value;
    unsigned width;
    const char *hex;
} unsigned_rows[] = {
    {0, 1, "00"},
    {127, 1, "7f"},
    {128, 1, "8001"},
    {624485, 1, "e58e26"},
    {UINT32_MAX, 1, "ffffffff0f"},
    {UINT64_MAX, 1, "ffffffffffffffffff01"},
    {0, 5, "8080808000"},
    {1, 2, "8100"},
    {128, 2, "8001"},
    {1, 10, "81808080808080808000"},
    {UINT64_MAX, 2, "ffffffffffffffffff01"},
};

static const struct {
    int64_t value;
    unsigned width;
    const char *hex;
} signed_rows[] = {
    {0, 1, "00"},
    {63, 1, "3f"},
    {64, 1, "c000"},
    {-1, 1, "7f"},
    {-64, 1, "40"},
    {-65, 1, "bf7f"},
    {-123456, 1, "c0bb78"},
    {INT32_MIN, 1, "8080808078"},
    {INT32_MAX, 1, "ffffffff07"},
    {INT64_MIN, 1, "8080808080808080807f"},
    {INT64_MAX, 1, "ffffffffffffffffff00"},
    {-1, 3, "ffff7f"},
    {1, 5, "8180808000"},
    {-1, 10, "ffffffffffffffffff7f"},
};

/* An allocator that gives `left` more blocks. */
static void *stingy(void *context, void *old, size_t old_size, size_t new_size) {
    const struct vm_allocator system = vm_system_allocator();
    unsigned *const left = context;
    if (new_size != 0) {
        if (*left == 0)
            return NULL;
        --*left;
    }
    return system.resize(system.context, old, old_size, new_size);
}

static void test_lost_memory(void) {
    static const uint8_t much[1000];
    unsigned left = 1;
    const struct vm_allocator allocator = {stingy, &left};
    struct loader_writer writer;
    struct vm_bytes bytes;
    check_context("lost memory");
    loader_writer_init(&writer, &allocator);
    loader_write_byte(&writer, 1);
    CHECK(!writer.failed);
    loader_write_bytes(&writer, vm_bytes(much, sizeof much));
    CHECK(writer.failed);
    loader_write_byte(&writer, 2);
    CHECK_U64(writer.size, 1);
    CHECK(!loader_writer_finish(&writer, &bytes));
    loader_writer_reset(&writer);
    loader_write_byte(&writer, 3);
    CHECK(!writer.failed && writer.data[0] == 3);
    CHECK(!loader_writer_finish(&writer, &bytes)); /* the block can't be cut to size */
    left = 1;
    CHECK(loader_writer_finish(&writer, &bytes) && bytes.size == 1);
    loader_bytes_free(&allocator, bytes);
    CHECK(loader_writer_finish(&writer, &bytes) && bytes.data == NULL);
    loader_writer_clear(&writer);
}

int main(void) {
    const struct vm_allocator allocator = vm_system_allocator();
    struct loader_writer writer;
    loader_writer_init(&writer, &allocator);
    for (size_t i = 0; i < sizeof unsigned_rows / sizeof *unsigned_rows; i++) {
        check_context("unsigned row %zu", i);
        loader_write_unsigned_padded(&writer, unsigned_rows[i].value, unsigned_rows[i].width);
        check_written(&writer, unsigned_rows[i].hex);
    }
    for (size_t i = 0; i < sizeof signed_rows / sizeof *signed_rows; i++) {
        check_context("signed row %zu", i);
        loader_write_signed_padded(&writer, signed_rows[i].value, signed_rows[i].width);
        check_written(&writer, signed_rows[i].hex);
    }
    check_context("sections");
    loader_write_header(&writer);
    loader_write_section(&writer, LOADER_SECTION_TYPE, vm_bytes_of_text("abc"));
    loader_write_custom(&writer, vm_bytes_of_text("n"), vm_bytes_of_text("xy"));
    check_written(&writer, "0061736d01000000"
                           "0103616263"
                           "0004016e7879");
    check_context("codes");
    loader_write_code(&writer, 0x6A);
    loader_write_code(&writer, 0xFC0009);
    loader_write_code(&writer, 0xFD00FF);
    check_written(&writer, "6afc09fdff01");
    loader_writer_clear(&writer);
    test_lost_memory();
    return check_done();
}
