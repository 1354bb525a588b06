/* contract.h - what makes writing a contract in C comfortable: texts, memory, arguments, storage, big decimal numbers.
 *
 * A contract is one C file without a C library.  It includes this header and has one CONTRACT function:
 *
 *     #include "contract.h"
 *
 *     CONTRACT {
 *         const struct text name = argument(TEXT("name"));
 *         result(join(3, TEXT("Hello, "), name, TEXT("!")));
 *     }
 *
 * Every call starts from a fresh memory and ends when the function returns (accepted) or rejects.  Nothing is ever
 * freed. Everything here is a short function over dela.h, which is made from the table of host functions. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dela.h"
#include "manifest.h"

/* The function that a call enters. */
#define CONTRACT __attribute__((export_name("call"))) void contract_call(void)

/* Most contracts use only some of these functions. */
#define CONTRACT_INLINE static inline __attribute__((unused))

/* ---- Texts: a pointer and a length ------------------------------------------------------------------------------- */

struct text {
    const uint8_t *data;
    uint32_t size;
};

/* A string literal as a text. */
#define TEXT(literal) ((struct text){(const uint8_t *)(literal), sizeof(literal) - 1})

/* Bytewise order, a proper prefix first: below, at or above zero. */
CONTRACT_INLINE int32_t text_compare(struct text a, struct text b) {
    for (uint32_t i = 0; i < a.size && i < b.size; i++) {
        if (a.data[i] != b.data[i])
            return a.data[i] < b.data[i] ? -1 : 1;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

CONTRACT_INLINE bool text_equal(struct text a, struct text b) {
    return a.size == b.size && text_compare(a, b) == 0;
}

/* ---- Ways to end, and to speak ----------------------------------------------------------------------------------- */

/* Ends the call: nothing is written, the message goes back. */
CONTRACT_INLINE _Noreturn void reject(struct text message) {
    dela_reject(message.data, message.size);
}

/* Sets the result; the last one counts. */
CONTRACT_INLINE void result(struct text text) {
    dela_result(text.data, text.size);
}

/* A line for people. */
CONTRACT_INLINE void say(struct text text) {
    dela_log(text.data, text.size);
}

CONTRACT_INLINE void event(struct text name, struct text data) {
    dela_event(name.data, name.size, data.data, data.size);
}

/* ---- Memory: taken from the end, never given back --------------------------------------------------------------- */

extern uint8_t __heap_base; /* the linker's: the first byte behind data and stack */
static uint32_t heap_used;

CONTRACT_INLINE uint8_t *heap_top(void) {
    return &__heap_base + heap_used;
}

/* Free bytes that need no more memory. */
CONTRACT_INLINE uint32_t heap_room(void) {
    return (uint32_t)(__builtin_wasm_memory_size(0) << 16) - (uint32_t)(uintptr_t)heap_top();
}

/* Makes `size` bytes at heap_top() usable; rejects when there is no more memory. */
CONTRACT_INLINE uint8_t *heap_reserve(uint32_t size) {
    if (size > heap_room()) {
        const uint32_t pages = ((size - heap_room()) >> 16) + 1;
        if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
            reject(TEXT("out of memory"));
    }
    return heap_top();
}

/* Keeps the first `size` bytes of what was reserved, and what else makes the next start at a multiple of 8. */
CONTRACT_INLINE struct text heap_keep(uint32_t size) {
    const struct text kept = {heap_top(), size};
    const uint32_t rounded = (size + 7) & ~7u;
    heap_used += rounded <= heap_room() ? rounded : heap_room();
    return kept;
}

/* `size` zeroed bytes, as memory is fresh in each call. */
CONTRACT_INLINE uint8_t *allocate(uint32_t size) {
    uint8_t *const memory = heap_reserve(size);
    heap_keep(size);
    return memory;
}

/* Several texts as one. */
CONTRACT_INLINE struct text join_parts(const struct text *parts, uint32_t count) {
    uint32_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += parts[i].size;
    uint8_t *to = heap_reserve(size);
    for (uint32_t i = 0; i < count; i++) {
        __builtin_memcpy(to, parts[i].data, parts[i].size);
        to += parts[i].size;
    }
    return heap_keep(size);
}
#define join(count, ...) join_parts((const struct text[count]){__VA_ARGS__}, count)

/* ---- Arguments --------------------------------------------------------------------------------------------------- */

/* The argument of that name; false, and *value empty, if there is none. */
CONTRACT_INLINE bool find_argument(struct text name, struct text *value) {
    int32_t size = dela_argument(name.data, name.size, heap_top(), heap_room());
    if (size > 0 && (uint32_t)size > heap_room())
        size = dela_argument(name.data, name.size, heap_reserve((uint32_t)size), (uint32_t)size);
    *value = size < 0 ? TEXT("") : heap_keep((uint32_t)size);
    return size >= 0;
}

/* The argument of that name; rejects, in Dela's words, if there is none or it is empty. */
CONTRACT_INLINE struct text argument(struct text name) {
    struct text value;
    if (!find_argument(name, &value) || value.size == 0)
        reject(join(3, TEXT("'"), name, TEXT("' not found in tx arg")));
    return value;
}

/* ---- Storage ----------------------------------------------------------------------------------------------------- */

/* The stored value; false, and *value empty, if the key is absent.  Keys have 1 to 32 bytes. */
CONTRACT_INLINE bool stored(struct text key, struct text *value) {
    int32_t size = dela_storage_get(key.data, key.size, heap_top(), heap_room());
    if (size > 0 && (uint32_t)size > heap_room())
        size = dela_storage_get(key.data, key.size, heap_reserve((uint32_t)size), (uint32_t)size);
    *value = size < 0 ? TEXT("") : heap_keep((uint32_t)size);
    return size >= 0;
}

CONTRACT_INLINE void store(struct text key, struct text value) {
    dela_storage_set(key.data, key.size, value.data, value.size);
}

CONTRACT_INLINE void unstore(struct text key) {
    dela_storage_delete(key.data, key.size);
}

/* ---- Whole numbers of any size, as decimal text -------------------------------------------------------------------
 */

/* True for an optional minus and at least one digit. */
CONTRACT_INLINE bool is_decimal(struct text text) {
    const uint32_t start = text.size > 0 && text.data[0] == '-';
    for (uint32_t i = start; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size > start;
}

/* number + 1, without leading zeros; `number` is_decimal(). */
CONTRACT_INLINE struct text decimal_increment(struct text number) {
    const bool negative = number.data[0] == '-';
    uint32_t first = negative;
    while (first + 1 < number.size && number.data[first] == '0')
        first++;
    /* One place in front for a carry or the sign, then the digits. */
    const uint32_t count = number.size - first;
    uint8_t *const digits = heap_reserve(count + 2) + 2;
    __builtin_memcpy(digits, number.data + first, count);
    heap_keep(count + 2);

    const bool zero = count == 1 && digits[0] == '0';
    const uint8_t last = negative && !zero ? '0' : '9', wrapped = negative && !zero ? '9' : '0';
    uint32_t at = count;
    while (at > 0 && digits[at - 1] == last)
        digits[--at] = wrapped;
    struct text sum = {digits, count};
    if (negative && !zero) {
        digits[at - 1]--; /* there is one: the number is not zero */
        if (digits[0] == '0' && count > 1)
            sum = (struct text){digits + 1, count - 1};
        if (sum.size == 1 && sum.data[0] == '0')
            return sum;
        uint8_t *const sign = digits + (sum.data - digits) - 1;
        *sign = '-';
        return (struct text){sign, sum.size + 1};
    }
    if (at > 0) {
        digits[at - 1]++;
        return sum;
    }
    digits[-1] = '1';
    return (struct text){digits - 1, count + 1};
}

/* A number from 1 to 4294967295 in decimal; 0 if the text is anything else. */
CONTRACT_INLINE uint32_t small_number(struct text text) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        if (value > UINT32_MAX)
            return 0;
    }
    return (uint32_t)value;
}

/* ---- Base64 ------------------------------------------------------------------------------------------------------ */

CONTRACT_INLINE struct text base64_text(const void *data, uint32_t size) {
    const uint32_t text_size = (size + 2) / 3 * 4;
    uint8_t *const to = heap_reserve(text_size);
    dela_base64_encode(data, size, to, text_size);
    return heap_keep(text_size);
}

/* The argument of that name, base64 of exactly 32 bytes; rejects if it is missing or anything else. */
CONTRACT_INLINE void argument_32(struct text name, uint8_t to[32]) {
    const struct text text = argument(name);
    const int32_t size = dela_base64_decode(text.data, text.size, to, 32);
    if (size < 0)
        reject(join(2, name, TEXT(" is not base64")));
    if (size != 32)
        reject(join(2, name, TEXT(" has not the 32 bytes it must have")));
}

/* The optional argument `iterations`, 1 if there is none; rejects what is not a number from 1 to 4294967295. */
CONTRACT_INLINE uint32_t argument_iterations(void) {
    struct text text;
    if (!find_argument(TEXT("iterations"), &text))
        return 1;
    const uint32_t count = small_number(text);
    if (count == 0)
        reject(TEXT("iterations is not a number from 1 to 4294967295"));
    return count;
}

#endif
