/* loader/writer.c - a growing buffer and the binary format's primitive values.  Spec: binary-values */
#include "loader/writer.h"

enum { FIRST_CAPACITY = 64 };

const struct loader_section_place loader_section_places[LOADER_PLACES] = {
    {LOADER_SECTION_TYPE, "type"},     {LOADER_SECTION_IMPORT, "import"},        {LOADER_SECTION_FUNCTION, "func"},
    {LOADER_SECTION_TABLE, "table"},   {LOADER_SECTION_MEMORY, "memory"},        {LOADER_SECTION_TAG, "tag"},
    {LOADER_SECTION_GLOBAL, "global"}, {LOADER_SECTION_EXPORT, "export"},        {LOADER_SECTION_START, "start"},
    {LOADER_SECTION_ELEMENT, "elem"},  {LOADER_SECTION_DATA_COUNT, "datacount"}, {LOADER_SECTION_CODE, "code"},
    {LOADER_SECTION_DATA, "data"},
};

void loader_writer_init(struct loader_writer *writer, const struct vm_allocator *allocator) {
    *writer = (struct loader_writer){.allocator = *allocator};
}

void loader_writer_clear(struct loader_writer *writer) {
    vm_release(&writer->allocator, writer->data, writer->capacity);
    loader_writer_init(writer, &writer->allocator);
}

void loader_writer_reset(struct loader_writer *writer) {
    writer->size = 0;
    writer->failed = false;
}

bool loader_writer_finish(struct loader_writer *writer, struct vm_bytes *out) {
    *out = (struct vm_bytes){NULL, 0};
    if (writer->failed)
        return false;
    if (writer->size == 0) {
        loader_writer_clear(writer);
        return true;
    }
    /* Blocks are given back with their size, which for a slice is all there is to know. */
    if (writer->size != writer->capacity) {
        uint8_t *const block =
            writer->allocator.resize(writer->allocator.context, writer->data, writer->capacity, writer->size);
        if (block == NULL)
            return false;
        writer->data = block;
    }
    *out = vm_bytes(writer->data, writer->size);
    loader_writer_init(writer, &writer->allocator);
    return true;
}

void loader_bytes_free(const struct vm_allocator *allocator, struct vm_bytes bytes) {
    /* A slice is read-only, the block behind it is ours. */
    union {
        const uint8_t *slice;
        uint8_t *block;
    } pointer = {.slice = bytes.data};
    vm_release(allocator, pointer.block, bytes.size);
}

uint8_t *loader_writer_room(struct loader_writer *writer, size_t size) {
    if (writer->failed)
        return NULL;
    if (writer->data == NULL || writer->capacity - writer->size < size) {
        size_t capacity = writer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : writer->capacity;
        while (capacity - writer->size < size) {
            if (capacity > SIZE_MAX / 2) {
                writer->failed = true;
                return NULL;
            }
            capacity *= 2;
        }
        uint8_t *const grown =
            writer->allocator.resize(writer->allocator.context, writer->data, writer->capacity, capacity);
        if (grown == NULL) {
            writer->failed = true;
            return NULL;
        }
        writer->data = grown;
        writer->capacity = capacity;
    }
    return writer->data + writer->size;
}

void loader_write_byte(struct loader_writer *writer, uint8_t byte) {
    uint8_t *const room = loader_writer_room(writer, 1);
    if (room == NULL)
        return;
    *room = byte;
    writer->size++;
}

void loader_write_bytes(struct loader_writer *writer, struct vm_bytes bytes) {
    if (bytes.size == 0)
        return;
    uint8_t *const room = loader_writer_room(writer, bytes.size);
    if (room == NULL)
        return;
    memcpy(room, bytes.data, bytes.size);
    writer->size += bytes.size;
}

void loader_write_unsigned(struct loader_writer *writer, uint64_t value) {
    loader_write_unsigned_padded(writer, value, 1);
}

void loader_write_signed(struct loader_writer *writer, int64_t value) {
    loader_write_signed_padded(writer, value, 1);
}

void loader_write_unsigned_padded(struct loader_writer *writer, uint64_t value, unsigned width) {
    uint8_t bytes[10];
    unsigned count = 0;
    do {
        bytes[count++] = (uint8_t)((value & 0x7F) | 0x80);
        value >>= 7;
    } while (count < sizeof bytes && (value != 0 || count < width));
    bytes[count - 1] &= 0x7F;
    loader_write_bytes(writer, vm_bytes(bytes, count));
}

void loader_write_signed_padded(struct loader_writer *writer, int64_t value, unsigned width) {
    /* Two's complement by hand: shifting a negative number right is the compiler's choice. */
    const uint64_t sign = value < 0 ? ~UINT64_C(0) : 0;
    uint64_t bits = (uint64_t)value;
    uint8_t bytes[10];
    unsigned count = 0;
    bool done = false;
    do {
        const uint8_t low = (uint8_t)(bits & 0x7F);
        bits = bits >> 7 | (sign & ~(UINT64_MAX >> 7));
        done = bits == sign && (low >> 6 & 1) == (sign & 1);
        bytes[count++] = low | 0x80;
    } while (count < sizeof bytes && (!done || count < width));
    bytes[count - 1] &= 0x7F;
    loader_write_bytes(writer, vm_bytes(bytes, count));
}

void loader_write_vector(struct loader_writer *writer, struct vm_bytes bytes) {
    loader_write_unsigned(writer, bytes.size);
    loader_write_bytes(writer, bytes);
}

void loader_write_code(struct loader_writer *writer, uint32_t code) {
    loader_write_code_padded(writer, code, 1);
}

void loader_write_code_padded(struct loader_writer *writer, uint32_t code, unsigned width) {
    if (code > 0xFF) {
        loader_write_byte(writer, (uint8_t)(code >> 16));
        loader_write_unsigned_padded(writer, code & 0xFFFF, width);
    } else
        loader_write_byte(writer, (uint8_t)code);
}

void loader_write_header(struct loader_writer *writer) {
    static const uint8_t header[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    loader_write_bytes(writer, vm_bytes(header, sizeof header));
}

void loader_write_section(struct loader_writer *writer, enum loader_section id, struct vm_bytes content) {
    loader_write_byte(writer, (uint8_t)id);
    loader_write_vector(writer, content);
}

void loader_write_custom(struct loader_writer *writer, struct vm_bytes name, struct vm_bytes content) {
    size_t size = 1;
    for (size_t rest = name.size; rest > 0x7F; rest >>= 7)
        size++;
    loader_write_byte(writer, LOADER_SECTION_CUSTOM);
    loader_write_unsigned(writer, size + name.size + content.size);
    loader_write_vector(writer, name);
    loader_write_bytes(writer, content);
}
