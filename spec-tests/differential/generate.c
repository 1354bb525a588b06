/* spec-tests/differential/generate.c - modules for differential.sh: the same for the same seed, on every machine.
 *
 * generate FOLDER SEED COUNT FILE...
 * Writes COUNT mutants of the files as FOLDER/mutant-N.wasm, and COUNT valid modules made from random recipes (those of
 * spec-tests/fuzz/execute_fuzz.c, with an export "run") as FOLDER/valid-N.wasm. */
#include "spec-tests/fuzz/execute_fuzz.c" /* for write_module(): its recipes are the generator */

#include <stdio.h>
#include <stdlib.h>

enum { LARGEST = 1 << 16, RECIPE = 400 };

struct bytes {
    size_t size;
    uint8_t data[LARGEST];
};

/* xorshift64*: good enough to choose mutations, and the same everywhere. */
static uint32_t draw(uint64_t *state, uint32_t below) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % below;
}

static bool read_file(const char *path, struct bytes *bytes) {
    FILE *const in = fopen(path, "rb");
    if (in == NULL)
        return false;
    bytes->size = fread(bytes->data, 1, sizeof bytes->data, in);
    fclose(in);
    if (bytes->size != 0 && bytes->data[0] != 0) { /* the corpus of decode_fuzz.c has a byte of its own in front */
        memmove(bytes->data, bytes->data + 1, bytes->size - 1);
        bytes->size--;
    }
    return bytes->size < sizeof bytes->data; /* longer ones are left out */
}

static void write_file(const char *folder, const char *kind, uint32_t number, struct vm_bytes bytes) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s-%lu.wasm", folder, kind, (unsigned long)number);
    FILE *const out = fopen(path, "wb");
    if (out == NULL || fwrite(bytes.data, 1, bytes.size, out) != bytes.size || fclose(out) != 0) {
        fprintf(stderr, "%s can't be written\n", path);
        exit(2);
    }
}

/* Where a section of the module has its size, if that is one byte long; 0 if none is found. */
static size_t find_section(const struct bytes *bytes, uint64_t *state) {
    size_t found = 0;
    uint32_t seen = 0;
    for (size_t at = 8; at + 1 < bytes->size;) {
        uint32_t size = 0, shift = 0;
        size_t end = at + 1;
        do
            size |= (uint32_t)(bytes->data[end] & 0x7F) << shift;
        while ((bytes->data[end++] & 0x80) != 0 && (shift += 7) < 28 && end < bytes->size);
        if (end == at + 2 && size > 1 && size < 120 && size <= bytes->size - end && draw(state, ++seen) == 0)
            found = at + 1;
        if (size > bytes->size - end)
            break;
        at = end + size;
    }
    return found;
}

/* Takes bytes out of a section or puts some in, and corrects its size. */
static void resize_section(struct bytes *bytes, uint64_t *state) {
    const size_t section = find_section(bytes, state);
    if (section == 0)
        return;
    const size_t at = section + 1 + draw(state, bytes->data[section]);
    if (draw(state, 2) == 0) {
        memmove(bytes->data + at, bytes->data + at + 1, bytes->size - at - 1);
        bytes->size--;
        bytes->data[section]--;
    } else if (bytes->size < LARGEST) {
        memmove(bytes->data + at + 1, bytes->data + at, bytes->size - at);
        bytes->data[at] = (uint8_t)draw(state, 256);
        bytes->size++;
        bytes->data[section]++;
    }
}

static void mutate(struct bytes *bytes, uint64_t *state) {
    static const uint8_t telling[] = {0x00, 0x01, 0x02, 0x0B, 0x1A, 0x20, 0x40, 0x41, 0x60, 0x6A,
                                      0x70, 0x7C, 0x7D, 0x7E, 0x7F, 0x80, 0xFC, 0xFF, 0x6F, 0x0F};
    for (uint32_t i = 1 + draw(state, 3); i != 0 && bytes->size > 9; i--) {
        const size_t at = 8 + draw(state, (uint32_t)bytes->size - 8);
        switch (draw(state, 6)) {
        case 0:
            bytes->data[at] ^= (uint8_t)(1u << draw(state, 8));
            break;
        case 1:
            bytes->data[at] = telling[draw(state, sizeof telling)];
            break;
        case 2:
            bytes->data[at] = (uint8_t)(bytes->data[at] + (draw(state, 2) == 0 ? 1 : 255));
            break;
        case 3:
            bytes->data[at] = bytes->data[8 + draw(state, (uint32_t)bytes->size - 8)];
            break;
        case 4:
            resize_section(bytes, state);
            break;
        default:
            if (draw(state, 8) == 0)
                bytes->size = at;
            else
                bytes->data[at] = (uint8_t)draw(state, 256);
            break;
        }
    }
}

static void generate_valid(const char *folder, uint32_t number, uint64_t *state) {
    uint8_t data[RECIPE];
    const uint32_t size = 20 + draw(state, RECIPE - 20);
    for (uint32_t i = 0; i < size; i++)
        data[i] = (uint8_t)draw(state, 256);
    const struct vm_allocator allocator = vm_system_allocator();
    struct recipe recipe = {.at = data, .end = data + size};
    struct loader_writer out;
    loader_writer_init(&out, &allocator);
    loader_writer_init(&recipe.code, &allocator);
    write_module(&recipe, &out);
    write_file(folder, "valid", number, loader_written(&out));
    loader_writer_clear(&recipe.code);
    loader_writer_clear(&out);
}

int main(int count, char **words) {
    static struct bytes bytes;
    if (count < 5) {
        fprintf(stderr, "usage: generate FOLDER SEED COUNT FILE...\n");
        return 2;
    }
    uint64_t state = strtoull(words[2], NULL, 10) * 2 + 1;
    const unsigned long wanted = strtoul(words[3], NULL, 10);
    for (uint32_t i = 0; i < wanted; i++) {
        const char *const path = words[4 + draw(&state, (uint32_t)(count - 4))];
        if (!read_file(path, &bytes)) {
            i -= i != 0;
            continue;
        }
        mutate(&bytes, &state);
        write_file(words[1], "mutant", i, vm_bytes(bytes.data, bytes.size));
        generate_valid(words[1], i, &state);
    }
    return 0;
}
