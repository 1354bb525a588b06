/* Chained hash map with string keys and a bump allocator with free lists: insert, look up, delete, grow. Memory heavy
 * (several MB). */
#include "kern.h"
static uint8_t heap[6 << 20] __attribute__((aligned(16)));
static uint32_t brk_;
static void *freel[64];
static void *alloc(uint32_t n) {
    uint32_t c = (n + 15) / 16;
    n = c * 16;
    if (c < 64 && freel[c]) {
        void *p = freel[c];
        freel[c] = *(void **)p;
        return p;
    }
    if (brk_ + n > sizeof heap)
        __builtin_trap();
    void *p = heap + brk_;
    brk_ += n;
    return p;
}
static void release(void *p, uint32_t n) {
    uint32_t c = (n + 15) / 16;
    if (c < 64) {
        *(void **)p = freel[c];
        freel[c] = p;
    }
}
typedef struct ent {
    struct ent *next;
    uint32_t hash;
    uint32_t klen;
    uint64_t val;
    char key[];
} ent;
typedef struct {
    ent **tab;
    uint32_t cap, cnt;
} map;
static uint32_t hash(const char *k, uint32_t n) {
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)k[i]) * 16777619u;
    return h ^ h >> 15;
}
static void grow(map *m) {
    uint32_t nc = m->cap * 2;
    ent **t = alloc(nc * (uint32_t)sizeof *t);
    for (uint32_t i = 0; i < nc; i++)
        t[i] = 0;
    for (uint32_t i = 0; i < m->cap; i++)
        for (ent *e = m->tab[i], *x; e; e = x) {
            x = e->next;
            e->next = t[e->hash & (nc - 1)];
            t[e->hash & (nc - 1)] = e;
        }
    m->tab = t;
    m->cap = nc;
}
static NOINLINE ent **find(map *m, const char *k, uint32_t n, uint32_t h) {
    ent **p = &m->tab[h & (m->cap - 1)];
    while (*p) {
        ent *e = *p;
        if (e->hash == h && e->klen == n) {
            uint32_t i = 0;
            while (i < n && e->key[i] == k[i])
                i++;
            if (i == n)
                break;
        }
        p = &e->next;
    }
    return p;
}
static NOINLINE void put(map *m, const char *k, uint32_t n, uint64_t v) {
    uint32_t h = hash(k, n);
    ent **p = find(m, k, n, h);
    if (*p) {
        (*p)->val += v;
        return;
    }
    if (m->cnt >= m->cap) {
        grow(m);
        p = find(m, k, n, h);
    }
    ent *e = alloc((uint32_t)sizeof *e + n);
    e->next = 0;
    e->hash = h;
    e->klen = n;
    e->val = v;
    for (uint32_t i = 0; i < n; i++)
        e->key[i] = k[i];
    *p = e;
    m->cnt++;
}
static NOINLINE int del(map *m, const char *k, uint32_t n) {
    ent **p = find(m, k, n, hash(k, n));
    ent *e = *p;
    if (!e)
        return 0;
    *p = e->next;
    release(e, (uint32_t)sizeof *e + e->klen);
    m->cnt--;
    return 1;
}
static uint32_t key(char *k, uint32_t v) {
    uint32_t n = 0;
    k[n++] = 'u';
    k[n++] = 's';
    k[n++] = 'e';
    k[n++] = 'r';
    k[n++] = ':';
    do {
        k[n++] = (char)('a' + v % 26);
        v /= 26;
    } while (v);
    return n;
}
EXPORT int64_t run(int32_t n) {
    uint64_t sum = 0;
    char k[32];
    prng_t r = {99};
    for (int32_t t = 0; t < n; t++) {
        brk_ = 0;
        for (int i = 0; i < 64; i++)
            freel[i] = 0;
        map m = {alloc(64 * sizeof(ent *)), 64, 0};
        for (int i = 0; i < 64; i++)
            m.tab[i] = 0;
        for (int i = 0; i < 30000; i++) {
            uint32_t v = prng(&r) % 40000;
            uint32_t l = key(k, v * 2654435761u >> 8);
            put(&m, k, l, (uint64_t)v + (uint32_t)i);
        }
        for (int i = 0; i < 30000; i++) {
            uint32_t v = prng(&r) % 80000;
            uint32_t l = key(k, v * 2654435761u >> 8);
            ent *e = *find(&m, k, l, hash(k, l));
            if (e)
                sum = sum * 31 + e->val;
            else
                sum++;
        }
        for (int i = 0; i < 20000; i++) {
            uint32_t v = prng(&r) % 40000;
            uint32_t l = key(k, v * 2654435761u >> 8);
            sum += (uint64_t)del(&m, k, l);
            if (i & 1)
                put(&m, k, l, 7);
        }
        for (uint32_t i = 0; i < m.cap; i++)
            for (ent *e = m.tab[i]; e; e = e->next)
                sum += e->val ^ e->hash;
        sum = mix64(sum, m.cnt);
    }
    return (int64_t)sum;
}
