/* Shared support for the benchmark kernels: fixed-width types, a tiny libc, a PRNG.
   Every kernel defines  int64_t run(int32_t n)  and is compiled both to wasm32
   (no libc, no imports, integers only) and natively (with native_main.c). */
#ifndef KERN_H
#define KERN_H
#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define EXPORT __attribute__((export_name("run")))
#else
#define EXPORT
#endif
#define NOINLINE __attribute__((noinline))

#if defined(__wasm__) && !defined(__wasm_bulk_memory__)
/* MVP: plain loops; no_builtin keeps clang from turning them into calls to themselves. */
#define NB __attribute__((no_builtin, noinline))
typedef uint64_t __attribute__((aligned(1), may_alias)) u64_un;
NB void *memcpy(void *d, const void *s, size_t n) {
    unsigned char *a = d;
    const unsigned char *b = s;
    while (n >= 8) {
        *(u64_un *)a = *(const u64_un *)b;
        a += 8;
        b += 8;
        n -= 8;
    }
    while (n--)
        *a++ = *b++;
    return d;
}
NB void *memset(void *d, int c, size_t n) {
    unsigned char *a = d;
    uint64_t v = (uint8_t)c;
    v |= v << 8;
    v |= v << 16;
    v |= v << 32;
    while (n >= 8) {
        *(u64_un *)a = v;
        a += 8;
        n -= 8;
    }
    while (n--)
        *a++ = (unsigned char)c;
    return d;
}
NB void *memmove(void *d, const void *s, size_t n) {
    unsigned char *a = d;
    const unsigned char *b = s;
    if (a <= b || a >= b + n)
        return memcpy(d, s, n);
    while (n--)
        a[n] = b[n];
    return d;
}
#elif defined(__wasm__)
/* bulk memory: clang turns these into memory.copy / memory.fill */
NOINLINE void *memcpy(void *d, const void *s, size_t n) {
    return __builtin_memcpy(d, s, n);
}
NOINLINE void *memmove(void *d, const void *s, size_t n) {
    return __builtin_memmove(d, s, n);
}
NOINLINE void *memset(void *d, int c, size_t n) {
    return __builtin_memset(d, c, n);
}
#else
#include <string.h>
#endif
#ifdef __wasm__
__attribute__((no_builtin, noinline)) int memcmp(const void *x, const void *y, size_t n) {
    const unsigned char *a = x, *b = y;
    for (; n; n--, a++, b++)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}
__attribute__((no_builtin, noinline)) size_t strlen(const char *s) {
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}
#endif

static inline uint32_t rotl32(uint32_t x, int k) {
    return (x << k) | (x >> (32 - k));
}
static inline uint32_t rotr32(uint32_t x, int k) {
    return (x >> k) | (x << (32 - k));
}
static inline uint64_t rotl64(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}
static inline uint64_t rotr64(uint64_t x, int k) {
    return (x >> k) | (x << (64 - k));
}

typedef struct {
    uint64_t s;
} prng_t;
static inline uint32_t prng(prng_t *p) { /* xorshift64* */
    p->s ^= p->s >> 12;
    p->s ^= p->s << 25;
    p->s ^= p->s >> 27;
    return (uint32_t)((p->s * 0x2545F4914F6CDD1Dull) >> 32);
}
static inline uint64_t mix64(uint64_t h, uint64_t v) {
    h ^= v + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccdull;
    return h ^ (h >> 32);
}
#endif
