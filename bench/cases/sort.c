/* Quicksort (median of 3 + insertion sort) of i32, heap sort of i64, merge sort of records through a comparator. */
#include "kern.h"
#define N 4096
static int32_t a[N];
static uint64_t b[N];
typedef struct {
    uint32_t key, val;
} rec;
static rec r[N], tmp[N];
static NOINLINE void qsort32(int32_t *v, int lo, int hi) {
    while (hi - lo > 12) {
        int m = lo + (hi - lo) / 2;
        int32_t t;
        if (v[m] < v[lo]) {
            t = v[m];
            v[m] = v[lo];
            v[lo] = t;
        }
        if (v[hi] < v[lo]) {
            t = v[hi];
            v[hi] = v[lo];
            v[lo] = t;
        }
        if (v[hi] < v[m]) {
            t = v[hi];
            v[hi] = v[m];
            v[m] = t;
        }
        int32_t p = v[m];
        int i = lo, j = hi;
        while (i <= j) {
            while (v[i] < p)
                i++;
            while (v[j] > p)
                j--;
            if (i <= j) {
                t = v[i];
                v[i] = v[j];
                v[j] = t;
                i++;
                j--;
            }
        }
        if (j - lo < hi - i) {
            qsort32(v, lo, j);
            lo = i;
        } else {
            qsort32(v, i, hi);
            hi = j;
        }
    }
    for (int i = lo + 1; i <= hi; i++) {
        int32_t x = v[i];
        int j = i - 1;
        while (j >= lo && v[j] > x) {
            v[j + 1] = v[j];
            j--;
        }
        v[j + 1] = x;
    }
}
static void sift(uint64_t *v, uint32_t i, uint32_t n) {
    uint64_t x = v[i];
    for (;;) {
        uint32_t c = 2 * i + 1;
        if (c >= n)
            break;
        if (c + 1 < n && v[c + 1] > v[c])
            c++;
        if (v[c] <= x)
            break;
        v[i] = v[c];
        i = c;
    }
    v[i] = x;
}
static NOINLINE void heapsort64(uint64_t *v, uint32_t n) {
    for (uint32_t i = n / 2; i-- > 0;)
        sift(v, i, n);
    for (uint32_t e = n - 1; e > 0; e--) {
        uint64_t t = v[0];
        v[0] = v[e];
        v[e] = t;
        sift(v, 0, e);
    }
}
typedef int (*cmp_t)(const rec *, const rec *);
static int by_key(const rec *x, const rec *y) {
    return x->key < y->key ? -1 : x->key > y->key;
}
static int by_val(const rec *x, const rec *y) {
    return x->val > y->val ? -1 : x->val < y->val;
}
static cmp_t volatile cmps[2] = {by_key, by_val};
static NOINLINE void msort(rec *v, rec *t, int n, cmp_t cmp) {
    if (n < 2)
        return;
    int m = n / 2;
    msort(v, t, m, cmp);
    msort(v + m, t, n - m, cmp);
    int i = 0, j = m, k = 0;
    while (i < m && j < n)
        t[k++] = cmp(&v[j], &v[i]) < 0 ? v[j++] : v[i++];
    while (i < m)
        t[k++] = v[i++];
    while (j < n)
        t[k++] = v[j++];
    for (i = 0; i < n; i++)
        v[i] = t[i];
}
EXPORT int64_t run(int32_t n) {
    prng_t g = {11};
    uint64_t h = 0;
    for (int32_t t = 0; t < n; t++) {
        for (int i = 0; i < N; i++) {
            a[i] = (int32_t)prng(&g);
            b[i] = (uint64_t)prng(&g) << 32 | (uint32_t)a[i];
            r[i].key = (uint32_t)a[i] & 1023;
            r[i].val = (uint32_t)i;
        }
        qsort32(a, 0, N - 1);
        heapsort64(b, N);
        msort(r, tmp, N, cmps[t & 1]);
        msort(r, tmp, N, cmps[0]);
        for (int i = 1; i < N; i += 17) {
            h = mix64(h, (uint32_t)a[i]);
            h = mix64(h, b[i]);
            h = mix64(h, r[i].key ^ r[i].val << 10);
        }
        for (int i = 1; i < N; i++)
            if (a[i - 1] > a[i] || b[i - 1] > b[i] || r[i - 1].key > r[i].key)
                return -1;
    }
    return (int64_t)h;
}
