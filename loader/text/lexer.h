/* loader/text/lexer.h - source bytes to tokens.
 *
 * Comments and annotations are passed over, except that annotations of ours leave a mark on the token after them,
 * `(@leb N)`: encode its integer in N bytes, and `(@empty)`: none of these; and, if asked for, `(@custom ...)` and its
 * like as tokens of their own. What kind of number or keyword a word is, is found out where it is used.  Spec:
 * text-lexical */
#ifndef DELAVM_LOADER_TEXT_LEXER_H
#define DELAVM_LOADER_TEXT_LEXER_H

#include "vm/bytes.h"

enum text_token_kind {
    TEXT_TOKEN_END,
    TEXT_TOKEN_OPEN,       /* ( */
    TEXT_TOKEN_CLOSE,      /* ) */
    TEXT_TOKEN_WORD,       /* keyword, number or junk made of id characters */
    TEXT_TOKEN_ID,         /* $name or $"name" */
    TEXT_TOKEN_STRING,     /* "..." with its quotes; its escapes are good */
    TEXT_TOKEN_RESERVED,   /* what runs together or stands alone but means nothing */
    TEXT_TOKEN_ANNOTATION, /* "(@name", if annotations are kept */
    TEXT_TOKEN_ERROR,      /* lexer.error says why */
};

/* The "width" that (@empty) gives. */
enum { TEXT_EMPTY = 255 };

struct text_token {
    enum text_token_kind kind;
    uint8_t width; /* of the integer in LEB128, from (@leb N); 0: the shortest; TEXT_EMPTY */
    size_t start;  /* offset in the source */
    size_t end;
};

struct text_lexer {
    struct vm_bytes source;
    size_t at;
    bool keep_annotations;
    const char *error; /* words of a TEXT_TOKEN_ERROR, else NULL */
};

/* The next token.  After END or ERROR it gives the same again. */
struct text_token text_lex(struct text_lexer *lexer);

/* The bytes of a token as they stand in the source. */
static inline struct vm_bytes text_token_bytes(const struct text_lexer *lexer, struct text_token token) {
    return vm_bytes(lexer->source.data + token.start, token.end - token.start);
}

/* Size, and content, of a string token's bytes without quotes, escapes resolved.  `out` may be NULL to ask for the
 * size; it never exceeds the token's own size. */
size_t text_string_content(struct vm_bytes token, uint8_t *out);

/* Spec: syntax-name.  No surrogates, nothing above 0x10FFFF, no overlong forms. */
bool text_is_utf8(struct vm_bytes bytes);

#endif
