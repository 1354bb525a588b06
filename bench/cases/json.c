/* JSON: builds a document, tokenizes it (strings with escapes, integers, nesting) into a node arena, walks the tree. */
#include "kern.h"
#define DOC 65536
static char doc[DOC];
static uint32_t len;
typedef struct {
    uint8_t type;
    uint32_t start, end, next, child;
    int64_t num;
} node;
static node nodes[8192];
static uint32_t nn;
static void putc_(char c) {
    if (len < DOC - 1)
        doc[len++] = c;
}
static void puts_(const char *s) {
    while (*s)
        putc_(*s++);
}
static void putn(int64_t v) {
    char t[24];
    int k = 0;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        t[k++] = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0)
        putc_('-');
    while (k)
        putc_(t[--k]);
}
static void gen(prng_t *r, int depth) {
    uint32_t k = prng(r) % 10;
    if (depth == 0 || k < 3) {
        switch (k) {
        case 0:
            puts_("true");
            break;
        case 1:
            puts_("null");
            break;
        case 2:
            puts_("false");
            break;
        case 3:
        case 4:
        case 5:
            putn((int32_t)prng(r));
            break;
        default: {
            putc_('"');
            uint32_t m = prng(r) % 24;
            while (m--) {
                uint32_t c = prng(r) % 70;
                if (c < 62)
                    putc_((char)(c < 26 ? 'a' + c : c < 52 ? 'A' + c - 26 : '0' + c - 52));
                else if (c < 66)
                    putc_(' ');
                else if (c == 66)
                    puts_("\\n");
                else if (c == 67)
                    puts_("\\\"");
                else
                    puts_("\\u00e9");
            }
            putc_('"');
        }
        }
    } else {
        uint32_t m = 1 + prng(r) % 6;
        int obj = k & 1;
        putc_(obj ? '{' : '[');
        for (uint32_t i = 0; i < m; i++) {
            if (i)
                puts_(", ");
            if (obj) {
                puts_("\"key_");
                putn(prng(r) % 1000);
                puts_("\": ");
            }
            gen(r, depth - 1);
        }
        putc_(obj ? '}' : ']');
    }
}
static uint32_t pos;
static int bad;
static inline void ws(void) {
    while (pos < len && (doc[pos] == ' ' || doc[pos] == '\n' || doc[pos] == '\t' || doc[pos] == '\r'))
        pos++;
}
static NOINLINE uint32_t value(void);
static NOINLINE uint32_t str(void) {
    uint32_t id = nn++;
    node *d = &nodes[id];
    d->type = 's';
    d->next = d->child = 0;
    d->start = ++pos;
    uint64_t h = 14695981039346656037ull;
    for (;;) {
        if (pos >= len) {
            bad = 1;
            break;
        }
        uint8_t c = (uint8_t)doc[pos++];
        if (c == '"')
            break;
        if (c < 0x20)
            bad = 1;
        if (c == '\\') {
            c = (uint8_t)doc[pos++];
            switch (c) {
            case 'n':
                c = '\n';
                break;
            case 't':
                c = '\t';
                break;
            case 'r':
                c = '\r';
                break;
            case 'b':
                c = 8;
                break;
            case 'f':
                c = 12;
                break;
            case '"':
            case '\\':
            case '/':
                break;
            case 'u': {
                uint32_t u = 0;
                for (int i = 0; i < 4; i++) {
                    uint8_t x = (uint8_t)doc[pos++];
                    u = u << 4 | (x >= '0' && x <= '9'   ? x - '0'
                                  : x >= 'a' && x <= 'f' ? x - 'a' + 10u
                                  : x >= 'A' && x <= 'F' ? x - 'A' + 10u
                                                         : (bad = 1, 0u));
                }
                if (u >= 0x80) {
                    h = (h ^ (0xc0 | u >> 6)) * 1099511628211ull;
                    c = (uint8_t)(0x80 | (u & 63));
                } else
                    c = (uint8_t)u;
                break;
            }
            default:
                bad = 1;
            }
        }
        h = (h ^ c) * 1099511628211ull;
    }
    d->end = pos;
    d->num = (int64_t)h;
    return id;
}
static NOINLINE uint32_t number(void) {
    uint32_t id = nn++;
    node *d = &nodes[id];
    d->type = 'n';
    d->next = d->child = 0;
    d->start = pos;
    int neg = 0;
    int64_t v = 0;
    if (doc[pos] == '-') {
        neg = 1;
        pos++;
    }
    while (pos < len && doc[pos] >= '0' && doc[pos] <= '9')
        v = v * 10 + (doc[pos++] - '0');
    if (pos == d->start + (uint32_t)neg) {
        bad = 1;
        pos++;
    }
    d->end = pos;
    d->num = neg ? -v : v;
    return id;
}
static int lit(const char *s) {
    uint32_t p = pos;
    while (*s) {
        if (p >= len || doc[p] != *s)
            return 0;
        p++;
        s++;
    }
    pos = p;
    return 1;
}
static uint32_t value(void) {
    ws();
    if (pos >= len || nn > 8000) {
        bad = 1;
        return 0;
    }
    uint32_t id, last = 0;
    node *d;
    switch (doc[pos]) {
    case '{':
    case '[': {
        char close = doc[pos] == '{' ? '}' : ']';
        id = nn++;
        d = &nodes[id];
        d->type = (uint8_t)doc[pos];
        d->start = pos++;
        d->next = d->child = 0;
        d->num = 0;
        for (;;) {
            ws();
            if (bad || pos >= len) {
                bad = 1;
                return id;
            }
            if (doc[pos] == close) {
                pos++;
                break;
            }
            if (d->num) {
                if (doc[pos] != ',') {
                    bad = 1;
                    return id;
                }
                pos++;
                ws();
            }
            uint32_t k;
            if (close == '}') {
                if (doc[pos] != '"') {
                    bad = 1;
                    return id;
                }
                k = str();
                ws();
                if (doc[pos] != ':') {
                    bad = 1;
                    return id;
                }
                pos++;
                nodes[k].child = value();
            } else
                k = value();
            if (last)
                nodes[last].next = k;
            else
                d->child = k;
            last = k;
            d->num++;
        }
        d->end = pos;
        return id;
    }
    case '"':
        return str();
    case 't':
        id = nn++;
        nodes[id] = (node){'t', pos, pos + 4, 0, 0, 1};
        if (!lit("true"))
            bad = 1;
        return id;
    case 'f':
        id = nn++;
        nodes[id] = (node){'f', pos, pos + 5, 0, 0, 0};
        if (!lit("false"))
            bad = 1;
        return id;
    case 'N':
    case 'n':
        id = nn++;
        nodes[id] = (node){'z', pos, pos + 4, 0, 0, 0};
        if (!lit("null"))
            bad = 1;
        return id;
    default:
        return number();
    }
}
static NOINLINE uint64_t walk(uint32_t id, uint64_t h) {
    for (; id; id = nodes[id].next) {
        node *d = &nodes[id];
        h = mix64(h, (uint64_t)d->num ^ (uint64_t)d->type << 56 ^ (d->end - d->start));
        if (d->child)
            h = walk(d->child, h);
    }
    return h;
}
EXPORT int64_t run(int32_t n) {
    prng_t r = {5};
    uint64_t h = 0;
    for (int32_t i = 0; i < n; i++) {
        if (i % 8 == 0) {
            len = 0;
            putc_('[');
            for (int k = 0; k < 12; k++) {
                if (k)
                    putc_(',');
                gen(&r, 5);
            }
            putc_(']');
        }
        pos = 0;
        nn = 1;
        bad = 0;
        uint32_t root = value();
        h = mix64(walk(root, h), nn + (uint64_t)bad * 1000000u);
    }
    return (int64_t)h;
}
