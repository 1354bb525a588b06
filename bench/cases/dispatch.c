/* call_indirect heavy: objects with method tables, an expression tree evaluator, and a table of state handlers. */
#include "kern.h"
typedef struct obj obj;
typedef struct {
    int32_t (*area)(const obj *);
    void (*step)(obj *, int32_t);
    uint64_t (*fold)(const obj *, uint64_t);
} vt;
struct obj {
    const vt *v;
    int32_t a, b, c;
};
static int32_t sq_area(const obj *o) {
    return o->a * o->a;
}
static int32_t re_area(const obj *o) {
    return o->a * o->b;
}
static int32_t tr_area(const obj *o) {
    return (o->a * o->b) >> 1;
}
static int32_t bx_area(const obj *o) {
    return 2 * (o->a * o->b + o->b * o->c + o->a * o->c);
}
static void inc_step(obj *o, int32_t k) {
    o->a = (o->a + k) & 1023;
}
static void rot_step(obj *o, int32_t k) {
    int32_t t = o->a;
    o->a = o->b;
    o->b = o->c;
    o->c = (t + k) & 1023;
}
static void xor_step(obj *o, int32_t k) {
    o->b = (o->b ^ k) & 1023;
    o->c = (o->c + o->b) & 1023;
}
static uint64_t f1(const obj *o, uint64_t h) {
    return h * 31 + (uint32_t)o->a;
}
static uint64_t f2(const obj *o, uint64_t h) {
    return (h ^ (uint32_t)o->b) * 1099511628211ull;
}
static const vt vts[6] = {{sq_area, inc_step, f1}, {re_area, rot_step, f2}, {tr_area, xor_step, f1},
                          {bx_area, inc_step, f2}, {re_area, xor_step, f1}, {bx_area, rot_step, f2}};
static obj objs[512];
typedef struct expr {
    int64_t (*ev)(const struct expr *, int64_t);
    const struct expr *l, *r;
    int64_t k;
} expr;
static int64_t e_const(const expr *e, int64_t x) {
    (void)x;
    return e->k;
}
static int64_t e_var(const expr *e, int64_t x) {
    return x + e->k;
}
static int64_t e_add(const expr *e, int64_t x) {
    return (int64_t)((uint64_t)e->l->ev(e->l, x) + (uint64_t)e->r->ev(e->r, x));
}
static int64_t e_mul(const expr *e, int64_t x) {
    return (int64_t)((uint64_t)e->l->ev(e->l, x) * (uint64_t)e->r->ev(e->r, x));
}
static int64_t e_xor(const expr *e, int64_t x) {
    return e->l->ev(e->l, x) ^ e->r->ev(e->r, x);
}
static int64_t e_sel(const expr *e, int64_t x) {
    return x & e->k ? e->l->ev(e->l, x) : e->r->ev(e->r, x);
}
static expr pool[1024];
static int np;
static const expr *mk(prng_t *r, int d) {
    expr *e = &pool[np++];
    e->k = (int64_t)(prng(r) % 17);
    if (!d) {
        e->ev = prng(r) & 1 ? e_const : e_var;
        return e;
    }
    switch (prng(r) & 3) {
    case 0:
        e->ev = e_add;
        break;
    case 1:
        e->ev = e_mul;
        break;
    case 2:
        e->ev = e_xor;
        break;
    default:
        e->ev = e_sel;
    }
    e->l = mk(r, d - 1);
    e->r = mk(r, d - 1);
    return e;
}
static uint32_t st0(uint32_t *s, uint32_t c), st1(uint32_t *s, uint32_t c), st2(uint32_t *s, uint32_t c),
    st3(uint32_t *s, uint32_t c);
static uint32_t (*volatile const states[4])(uint32_t *, uint32_t) = {st0, st1, st2, st3};
static uint32_t st0(uint32_t *s, uint32_t c) {
    *s += c;
    return c & 3;
}
static uint32_t st1(uint32_t *s, uint32_t c) {
    *s ^= c << 3;
    return (c >> 2) & 3;
}
static uint32_t st2(uint32_t *s, uint32_t c) {
    *s = rotl32(*s, 5) + 1;
    return (c >> 4) & 3;
}
static uint32_t st3(uint32_t *s, uint32_t c) {
    *s = (*s + c) * 0x01000193u;
    return (*s >> 7) & 3;
}
EXPORT int64_t run(int32_t n) {
    prng_t r = {21};
    uint64_t h = 1;
    np = 0;
    const expr *root = mk(&r, 8);
    for (int i = 0; i < 512; i++)
        objs[i] = (obj){&vts[prng(&r) % 6], (int32_t)(prng(&r) & 1023), (int32_t)(prng(&r) & 1023),
                        (int32_t)(prng(&r) & 1023)};
    for (int32_t t = 0; t < n; t++) {
        uint32_t area = 0, st = 0, acc = (uint32_t)t;
        for (int i = 0; i < 512; i++) {
            obj *o = &objs[i];
            area += (uint32_t)o->v->area(o);
            o->v->step(o, t);
            h = o->v->fold(o, h);
        }
        h = mix64(h, (uint64_t)root->ev(root, t) + area);
        for (uint32_t i = 0; i < 600; i++)
            st = states[st](&acc, i * 2654435761u ^ acc);
        h ^= acc;
    }
    return (int64_t)h;
}
