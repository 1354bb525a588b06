/* loader/text/lexer.c - source bytes to tokens.  Spec: text-lexical */
#include "loader/text/lexer.h"

enum character { BAD, SPACE, NAME, QUOTE, PAREN_OPEN, PAREN_CLOSE, SEMICOLON, PUNCTUATION, HIGH };

/* clang-format off */
static const uint8_t characters[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, [' '] = SPACE,
    ['"'] = QUOTE, ['('] = PAREN_OPEN, [')'] = PAREN_CLOSE, [';'] = SEMICOLON,
    [','] = PUNCTUATION, ['['] = PUNCTUATION, [']'] = PUNCTUATION, ['{'] = PUNCTUATION, ['}'] = PUNCTUATION,
    ['!'] = NAME, ['#'] = NAME, ['$'] = NAME, ['%'] = NAME, ['&'] = NAME, ['\''] = NAME, ['*'] = NAME,
    ['+'] = NAME, ['-'] = NAME, ['.'] = NAME, ['/'] = NAME, [':'] = NAME, ['<'] = NAME, ['='] = NAME,
    ['>'] = NAME, ['?'] = NAME, ['@'] = NAME, ['\\'] = NAME, ['^'] = NAME, ['_'] = NAME, ['`'] = NAME,
    ['|'] = NAME, ['~'] = NAME,
    ['0'] = NAME, ['1'] = NAME, ['2'] = NAME, ['3'] = NAME, ['4'] = NAME,
    ['5'] = NAME, ['6'] = NAME, ['7'] = NAME, ['8'] = NAME, ['9'] = NAME,
    ['A'] = NAME, ['B'] = NAME, ['C'] = NAME, ['D'] = NAME, ['E'] = NAME, ['F'] = NAME, ['G'] = NAME, ['H'] = NAME,
    ['I'] = NAME, ['J'] = NAME, ['K'] = NAME, ['L'] = NAME, ['M'] = NAME, ['N'] = NAME, ['O'] = NAME, ['P'] = NAME,
    ['Q'] = NAME, ['R'] = NAME, ['S'] = NAME, ['T'] = NAME, ['U'] = NAME, ['V'] = NAME, ['W'] = NAME, ['X'] = NAME,
    ['Y'] = NAME, ['Z'] = NAME,
    ['a'] = NAME, ['b'] = NAME, ['c'] = NAME, ['d'] = NAME, ['e'] = NAME, ['f'] = NAME, ['g'] = NAME, ['h'] = NAME,
    ['i'] = NAME, ['j'] = NAME, ['k'] = NAME, ['l'] = NAME, ['m'] = NAME, ['n'] = NAME, ['o'] = NAME, ['p'] = NAME,
    ['q'] = NAME, ['r'] = NAME, ['s'] = NAME, ['t'] = NAME, ['u'] = NAME, ['v'] = NAME, ['w'] = NAME, ['x'] = NAME,
    ['y'] = NAME, ['z'] = NAME,
    [0x80] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0x90] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xA0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xB0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xC0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xD0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xE0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
    [0xF0] = HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH,
};
/* clang-format on */

static const char bad_utf8[] = "malformed UTF-8 encoding";

/* Size of the UTF-8 sequence at `at`, 0 if there is none.  Spec: binary-utf8 */
static size_t utf8_size(struct vm_bytes bytes, size_t at) {
    const uint8_t *const p = bytes.data + at;
    const size_t rest = bytes.size - at;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        return rest >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        const uint8_t low = p[0] == 0xE0 ? 0xA0 : 0x80, high = p[0] == 0xED ? 0x9F : 0xBF;
        return rest >= 3 && p[1] >= low && p[1] <= high && (p[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        const uint8_t low = p[0] == 0xF0 ? 0x90 : 0x80, high = p[0] == 0xF4 ? 0x8F : 0xBF;
        return rest >= 4 && p[1] >= low && p[1] <= high && (p[2] & 0xC0) == 0x80 && (p[3] & 0xC0) == 0x80 ? 4 : 0;
    }
    return 0;
}

bool text_is_utf8(struct vm_bytes bytes) {
    for (size_t at = 0; at < bytes.size;) {
        const size_t size = utf8_size(bytes, at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

static int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads what follows "\u" at *at: {hex digits}, which may have single underscores between them. */
static bool unicode_escape(struct vm_bytes bytes, size_t *at, uint32_t *point) {
    size_t i = *at;
    bool after_digit = false;
    *point = 0;
    if (i >= bytes.size || bytes.data[i++] != '{')
        return false;
    for (; i < bytes.size && bytes.data[i] != '}'; i++) {
        const int digit = hex_digit(bytes.data[i]);
        if (digit >= 0) {
            *point = *point << 4 | (uint32_t)digit;
            if (*point > 0x10FFFF)
                return false;
        } else if (bytes.data[i] != '_' || !after_digit)
            return false;
        after_digit = digit >= 0;
    }
    *at = i + 1;
    return i < bytes.size && after_digit && (*point < 0xD800 || *point > 0xDFFF);
}

/* Reads one escape whose backslash was just passed.  Gives a byte value, or a code point if *is_point. */
static bool string_escape(struct vm_bytes bytes, size_t *at, uint32_t *value, bool *is_point) {
    *is_point = false;
    if (*at >= bytes.size)
        return false;
    const uint8_t c = bytes.data[(*at)++];
    switch (c) {
    case 't':
        *value = '\t';
        return true;
    case 'n':
        *value = '\n';
        return true;
    case 'r':
        *value = '\r';
        return true;
    case '"':
    case '\'':
    case '\\':
        *value = c;
        return true;
    case 'u':
        *is_point = true;
        return unicode_escape(bytes, at, value);
    default:
        break;
    }
    const int high = hex_digit(c);
    const int low = *at < bytes.size ? hex_digit(bytes.data[*at]) : -1;
    if (high < 0 || low < 0)
        return false;
    *value = (uint32_t)(high * 16 + low);
    (*at)++;
    return true;
}

/* Passes over the string whose opening quote is at *at.  Returns NULL, or the words of what is wrong. */
static const char *scan_string(struct vm_bytes source, size_t *at) {
    size_t i = *at + 1;
    while (i < source.size) {
        const uint8_t c = source.data[i];
        if (c == '"') {
            *at = i + 1;
            return NULL;
        }
        if (c == '\n' || c == '\r')
            break;
        if (c < 0x20 || c == 0x7F)
            return "illegal control character in string literal";
        if (c == '\\') {
            uint32_t value;
            bool is_point;
            i++;
            if (!string_escape(source, &i, &value, &is_point))
                return i >= source.size ? "unclosed string literal" : "illegal escape";
        } else if (c >= 0x80) {
            const size_t size = utf8_size(source, i);
            if (size == 0)
                return bad_utf8;
            i += size;
        } else
            i++;
    }
    return "unclosed string literal";
}

static size_t put_point(uint32_t point, uint8_t *out) {
    uint8_t bytes[4];
    size_t size = 1;
    if (point < 0x80)
        bytes[0] = (uint8_t)point;
    else if (point < 0x800) {
        bytes[0] = (uint8_t)(0xC0 | point >> 6);
        bytes[1] = (uint8_t)(0x80 | (point & 0x3F));
        size = 2;
    } else if (point < 0x10000) {
        bytes[0] = (uint8_t)(0xE0 | point >> 12);
        bytes[1] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        bytes[2] = (uint8_t)(0x80 | (point & 0x3F));
        size = 3;
    } else {
        bytes[0] = (uint8_t)(0xF0 | point >> 18);
        bytes[1] = (uint8_t)(0x80 | (point >> 12 & 0x3F));
        bytes[2] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        bytes[3] = (uint8_t)(0x80 | (point & 0x3F));
        size = 4;
    }
    if (out != NULL)
        memcpy(out, bytes, size);
    return size;
}

size_t text_string_content(struct vm_bytes token, uint8_t *out) {
    const struct vm_bytes inside = vm_bytes(token.data + 1, token.size - 2);
    size_t size = 0;
    for (size_t i = 0; i < inside.size;) {
        uint32_t value = inside.data[i++];
        bool is_point = false;
        if (value == '\\')
            string_escape(inside, &i, &value, &is_point);
        if (is_point)
            size += put_point(value, out == NULL ? NULL : out + size);
        else {
            if (out != NULL)
                out[size] = (uint8_t)value;
            size++;
        }
    }
    return size;
}

/* Content of a string token is empty, or no UTF-8?  Without memory of its own: it decodes into a small window. */
static const char *check_quoted_name(struct vm_bytes token, const char *when_empty) {
    /* Bytes of escapes and of the source may join to one sequence, so they are judged together. */
    uint8_t window[8];
    struct vm_bytes held = {window, 0};
    const struct vm_bytes inside = vm_bytes(token.data + 1, token.size - 2);
    if (inside.size == 0)
        return when_empty;
    for (size_t i = 0; i < inside.size || held.size != 0;) {
        while (i < inside.size && held.size < 4) {
            uint32_t value = inside.data[i++];
            bool is_point = false;
            if (value == '\\')
                string_escape(inside, &i, &value, &is_point);
            if (is_point)
                held.size += put_point(value, window + held.size);
            else
                window[held.size++] = (uint8_t)value;
        }
        const size_t size = utf8_size(held, 0);
        if (size == 0)
            return bad_utf8;
        held.size -= size;
        memmove(window, window + size, held.size);
    }
    return NULL;
}

static struct text_token token_to(const struct text_lexer *lexer, enum text_token_kind kind, size_t start) {
    return (struct text_token){kind, 0, start, lexer->at};
}

static struct text_token error_at(struct text_lexer *lexer, size_t at, const char *words) {
    lexer->error = words;
    lexer->at = at;
    return (struct text_token){TEXT_TOKEN_ERROR, 0, at, at};
}

static uint8_t peek(const struct text_lexer *lexer, size_t distance) {
    return lexer->source.size - lexer->at > distance ? lexer->source.data[lexer->at + distance] : 0;
}

/* Passes over the rest of a line comment. */
static const char *skip_line(struct text_lexer *lexer) {
    while (lexer->at < lexer->source.size) {
        const uint8_t c = lexer->source.data[lexer->at];
        if (c == '\n' || c == '\r')
            break;
        const size_t size = utf8_size(lexer->source, lexer->at);
        if (size == 0)
            return bad_utf8;
        lexer->at += size;
    }
    return NULL;
}

/* Passes over a block comment, whose opening is ahead, and those nested in it. */
static const char *skip_block(struct text_lexer *lexer) {
    size_t depth = 0;
    while (lexer->at < lexer->source.size) {
        const uint8_t c = lexer->source.data[lexer->at];
        if (c == '(' && peek(lexer, 1) == ';') {
            depth++;
            lexer->at += 2;
        } else if (c == ';' && peek(lexer, 1) == ')') {
            lexer->at += 2;
            if (--depth == 0)
                return NULL;
        } else {
            const size_t size = utf8_size(lexer->source, lexer->at);
            if (size == 0)
                return bad_utf8;
            lexer->at += size;
        }
    }
    return "unclosed comment";
}

/* Passes over space and comments.  Returns NULL, or the words of what is wrong at lexer->at. */
static const char *skip_space(struct text_lexer *lexer) {
    for (;;) {
        while (lexer->at < lexer->source.size && characters[lexer->source.data[lexer->at]] == SPACE)
            lexer->at++;
        const uint8_t first = peek(lexer, 0), second = peek(lexer, 1);
        const char *wrong = NULL;
        if (first == ';' && second == ';')
            wrong = skip_line(lexer);
        else if (first == '(' && second == ';')
            wrong = skip_block(lexer);
        else
            return NULL;
        if (wrong != NULL)
            return wrong;
    }
}

static const char *wrong_character(const struct text_lexer *lexer) {
    return utf8_size(lexer->source, lexer->at) == 0 ? bad_utf8 : "illegal character";
}

/* Passes over the content of an annotation up to and with its closing parenthesis. */
static const char *skip_annotation(struct text_lexer *lexer) {
    for (size_t depth = 1; depth > 0;) {
        const char *wrong = skip_space(lexer);
        if (wrong != NULL)
            return wrong;
        if (lexer->at >= lexer->source.size)
            return "unclosed annotation";
        switch (characters[lexer->source.data[lexer->at]]) {
        case QUOTE:
            wrong = scan_string(lexer->source, &lexer->at);
            if (wrong != NULL)
                return wrong;
            continue;
        case PAREN_OPEN:
            depth++;
            break;
        case PAREN_CLOSE:
            depth--;
            break;
        case BAD:
        case HIGH:
            return wrong_character(lexer);
        default:
            break;
        }
        lexer->at++;
    }
    return NULL;
}

/* Reads the name of an annotation behind "(@". */
static const char *annotation_name(struct text_lexer *lexer, struct vm_bytes *name) {
    static const char empty[] = "empty annotation id";
    const size_t start = lexer->at;
    if (peek(lexer, 0) == '"') {
        const char *wrong = scan_string(lexer->source, &lexer->at);
        if (wrong != NULL)
            return wrong == bad_utf8 ? wrong : empty;
        *name = vm_bytes(lexer->source.data + start, lexer->at - start);
        return check_quoted_name(*name, empty);
    }
    while (lexer->at < lexer->source.size && characters[lexer->source.data[lexer->at]] == NAME)
        lexer->at++;
    *name = vm_bytes(lexer->source.data + start, lexer->at - start);
    return name->size == 0 ? empty : NULL;
}

/* The N of "(@leb N)", if the annotation goes on like this; else 0, and any other annotation is passed over as well. */
static uint8_t leb_width(const struct text_lexer *lexer) {
    size_t distance = 0;
    while (peek(lexer, distance) == ' ')
        distance++;
    uint8_t width = (uint8_t)(peek(lexer, distance++) - '0');
    if (width == 1 && peek(lexer, distance) == '0') {
        width = 10;
        distance++;
    }
    return width <= 10 && peek(lexer, distance) == ')' ? width : 0;
}

/* An identifier, string, word or reserved token.  Spec: text-token, text-id */
static struct text_token lex_word(struct text_lexer *lexer) {
    const size_t start = lexer->at;
    enum text_token_kind kind = TEXT_TOKEN_WORD;
    bool closed = false; /* behind a string, or a quoted identifier, nothing may follow directly */
    if (peek(lexer, 0) == '$') {
        static const char empty[] = "empty identifier";
        kind = TEXT_TOKEN_ID;
        lexer->at++;
        if (peek(lexer, 0) == '"') {
            const size_t quote = lexer->at;
            const char *wrong = scan_string(lexer->source, &lexer->at);
            if (wrong == NULL)
                wrong = check_quoted_name(vm_bytes(lexer->source.data + quote, lexer->at - quote), empty);
            else if (wrong != bad_utf8)
                wrong = empty;
            if (wrong != NULL)
                return error_at(lexer, start, wrong);
            closed = true;
        } else if (characters[peek(lexer, 0)] != NAME)
            return error_at(lexer, start, empty);
    } else if (peek(lexer, 0) == '"') {
        kind = TEXT_TOKEN_STRING;
        const char *wrong = scan_string(lexer->source, &lexer->at);
        if (wrong != NULL)
            return error_at(lexer, start, wrong);
        closed = true;
    }
    for (; lexer->at < lexer->source.size; lexer->at++) {
        const uint8_t class = characters[lexer->source.data[lexer->at]];
        if (class == QUOTE) {
            const char *wrong = scan_string(lexer->source, &lexer->at);
            if (wrong != NULL)
                return error_at(lexer, lexer->at, wrong);
            lexer->at--;
            kind = TEXT_TOKEN_RESERVED;
        } else if (class != NAME)
            break;
        else if (closed)
            kind = TEXT_TOKEN_RESERVED;
    }
    return token_to(lexer, kind, start);
}

static bool is_kept(struct vm_bytes name) {
    static const char *const kept[] = {"custom", "section"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (vm_bytes_equal(name, vm_bytes_of_text(kept[i])))
            return true;
    return false;
}

struct text_token text_lex(struct text_lexer *lexer) {
    uint8_t width = 0;
    if (lexer->error != NULL)
        return error_at(lexer, lexer->at, lexer->error);
    for (;;) {
        const char *wrong = skip_space(lexer);
        if (wrong != NULL)
            return error_at(lexer, lexer->at, wrong);
        const size_t start = lexer->at;
        if (start >= lexer->source.size)
            return token_to(lexer, TEXT_TOKEN_END, start);
        switch (characters[lexer->source.data[start]]) {
        case PAREN_CLOSE:
            lexer->at++;
            return token_to(lexer, TEXT_TOKEN_CLOSE, start);
        case SEMICOLON:
        case PUNCTUATION:
            lexer->at++;
            return token_to(lexer, TEXT_TOKEN_RESERVED, start);
        case NAME:
        case QUOTE: {
            struct text_token token = lex_word(lexer);
            token.width = width;
            return token;
        }
        case PAREN_OPEN:
            break;
        default:
            return error_at(lexer, start, wrong_character(lexer));
        }
        if (peek(lexer, 1) != '@') {
            lexer->at++;
            return (struct text_token){TEXT_TOKEN_OPEN, width, start, lexer->at};
        }
        struct vm_bytes name;
        lexer->at += 2;
        wrong = annotation_name(lexer, &name);
        if (wrong == NULL && lexer->keep_annotations && is_kept(name))
            return token_to(lexer, TEXT_TOKEN_ANNOTATION, start);
        if (wrong == NULL && vm_bytes_equal(name, vm_bytes_of_text("leb")))
            width = leb_width(lexer);
        if (wrong == NULL && vm_bytes_equal(name, vm_bytes_of_text("empty")))
            width = TEXT_EMPTY;
        if (wrong == NULL)
            wrong = skip_annotation(lexer);
        if (wrong != NULL)
            return error_at(lexer, lexer->at, wrong);
    }
}
