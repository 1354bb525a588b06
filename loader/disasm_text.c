/* loader/disasm_text.c - words, numbers and names of the disassembler's text.  Spec: text-values */
#include "loader/disasm_text.h"

void disasm_put(struct disasm *disasm, const char *text) {
    loader_write_bytes(disasm->out, vm_bytes_of_text(text));
}

void disasm_number(struct disasm *disasm, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    loader_write_bytes(disasm->out, vm_bytes(digits + at, sizeof digits - at));
}

void disasm_signed(struct disasm *disasm, int64_t number) {
    if (number < 0)
        disasm_put(disasm, "-");
    disasm_number(disasm, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void disasm_hex(struct disasm *disasm, uint64_t number, unsigned digits) {
    static const char alphabet[] = "0123456789abcdef";
    char text[16];
    size_t at = sizeof text;
    do {
        text[--at] = alphabet[number & 15];
        number >>= 4;
    } while (number != 0 || sizeof text - at < digits);
    loader_write_bytes(disasm->out, vm_bytes(text + at, sizeof text - at));
}

/* Exactly, in hexadecimal.  Spec: text-float */
void disasm_float(struct disasm *disasm, uint64_t bits, bool wide) {
    const unsigned fraction_bits = wide ? 52 : 23, exponent_bits = wide ? 11 : 8;
    const uint64_t ones = (UINT64_C(1) << exponent_bits) - 1;
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    const uint64_t exponent = bits >> fraction_bits & ones;
    if ((bits >> (fraction_bits + exponent_bits)) != 0)
        disasm_put(disasm, "-");
    if (exponent == ones) {
        disasm_put(disasm, fraction == 0 ? "inf" : "nan");
        if (fraction != 0 && fraction != UINT64_C(1) << (fraction_bits - 1)) {
            disasm_put(disasm, ":0x");
            disasm_hex(disasm, fraction, 1);
        }
        return;
    }
    const bool subnormal = exponent == 0;
    disasm_put(disasm, subnormal ? "0x0" : "0x1");
    unsigned digits = wide ? 13 : 6;
    fraction <<= digits * 4 - fraction_bits;
    if (fraction != 0) {
        for (; (fraction & 15) == 0; fraction >>= 4)
            digits--;
        disasm_put(disasm, ".");
        disasm_hex(disasm, fraction, digits);
    }
    const int64_t bias = wide ? 1023 : 127;
    const int64_t power = subnormal ? (fraction == 0 ? 0 : 1 - bias) : (int64_t)exponent - bias;
    disasm_put(disasm, power < 0 ? "p" : "p+");
    disasm_signed(disasm, power);
}

void disasm_string(struct disasm *disasm, struct vm_bytes bytes) {
    disasm_put(disasm, "\"");
    for (size_t i = 0; i < bytes.size; i++) {
        const uint8_t c = bytes.data[i];
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\')
            loader_write_byte(disasm->out, c);
        else {
            loader_write_byte(disasm->out, '\\');
            disasm_hex(disasm, c, 2);
        }
    }
    disasm_put(disasm, "\"");
}

static bool is_id_character(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-./:<=>?@\\^_`|~", c) != NULL);
}

void disasm_id(struct disasm *disasm, struct vm_bytes name) {
    bool plain = true;
    for (size_t i = 0; i < name.size && plain; i++)
        plain = is_id_character(name.data[i]);
    disasm_put(disasm, "$");
    if (plain)
        loader_write_bytes(disasm->out, name);
    else
        disasm_string(disasm, name);
}

void disasm_newline(struct disasm *disasm, uint32_t indent) {
    disasm_put(disasm, "\n");
    /* Deeper code is not moved further: text of n nested blocks would be n * n spaces long. */
    for (uint32_t i = 0; i < indent && i < 40; i++)
        disasm_put(disasm, "  ");
}

void disasm_width(struct disasm *disasm, unsigned width) {
    if (width == 0)
        return;
    disasm_put(disasm, "(@leb ");
    disasm_number(disasm, width);
    disasm_put(disasm, ") ");
}

static struct vm_bytes name_of(const struct disasm *disasm, enum disasm_space space, uint32_t index) {
    if (disasm->names[space] == NULL || index >= disasm->counts[space])
        return (struct vm_bytes){NULL, 0};
    return disasm->names[space][index];
}

void disasm_index(struct disasm *disasm, enum disasm_space space, uint32_t index) {
    const struct vm_bytes name = name_of(disasm, space, index);
    if (name.size != 0)
        disasm_id(disasm, name);
    else
        disasm_number(disasm, index);
}

void disasm_definition(struct disasm *disasm, enum disasm_space space, uint32_t index) {
    const struct vm_bytes name = name_of(disasm, space, index);
    if (name.size != 0) {
        disasm_put(disasm, " ");
        disasm_id(disasm, name);
    }
    disasm_put(disasm, " (;");
    disasm_number(disasm, index);
    disasm_put(disasm, ";)");
}

/* The number of bytes from `start`, 0 if it is as small as can be. */
static unsigned width_from(const struct disasm *disasm, const uint8_t *start, unsigned shortest) {
    const unsigned width = (unsigned)(disasm->reader.at - start);
    return width == shortest ? 0 : width;
}

static unsigned unsigned_width(uint64_t value) {
    unsigned width = 1;
    while ((value >>= 7) != 0)
        width++;
    return width;
}

enum vm_status disasm_read_u32(struct disasm *disasm, uint32_t *value, unsigned *width) {
    const uint8_t *const start = disasm->reader.at;
    TRY(loader_read_u32(&disasm->reader, value));
    *width = width_from(disasm, start, unsigned_width(*value));
    return VM_OK;
}

enum vm_status disasm_read_u64(struct disasm *disasm, uint64_t *value, unsigned *width) {
    const uint8_t *const start = disasm->reader.at;
    uint8_t byte;
    *value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const uint32_t offset = loader_offset(&disasm->reader);
        TRY(loader_read_byte(&disasm->reader, &byte));
        if (shift == 63 && byte > 1)
            return vm_fail(disasm->reader.error, byte >= 0x80 ? VM_ERROR_LEB128_TOO_LONG : VM_ERROR_LEB128_TOO_LARGE,
                           offset, NULL);
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    *width = width_from(disasm, start, unsigned_width(*value));
    return VM_OK;
}

enum vm_status disasm_read_signed(struct disasm *disasm, uint32_t bits, int64_t *value, unsigned *width) {
    const uint8_t *const start = disasm->reader.at;
    TRY(loader_read_s(&disasm->reader, bits, value));
    /* n bytes hold numbers from -2^(7n-1) to 2^(7n-1) - 1. */
    unsigned shortest = 1;
    for (uint64_t rest = *value < 0 ? ~(uint64_t)*value : (uint64_t)*value; rest >= 0x40; rest >>= 7)
        shortest++;
    *width = width_from(disasm, start, shortest);
    return VM_OK;
}

enum vm_status disasm_copy_name(struct disasm *disasm) {
    const uint8_t *const start = disasm->reader.at;
    struct vm_bytes name;
    uint32_t size;
    unsigned width;
    TRY(disasm_read_u32(disasm, &size, &width));
    disasm->reader.at = start;
    TRY(loader_read_name(&disasm->reader, &name));
    disasm_width(disasm, width);
    disasm_string(disasm, name);
    return VM_OK;
}

enum vm_status disasm_copy_index(struct disasm *disasm, enum disasm_space space) {
    uint32_t index;
    unsigned width;
    TRY(disasm_read_u32(disasm, &index, &width));
    disasm_width(disasm, width);
    if (space == 0)
        disasm_number(disasm, index);
    else
        disasm_index(disasm, space, index);
    return VM_OK;
}
