/* host/schedule.c - the fuel schedule as canonical text: the writer, the reader and the hash.
 *
 * The text is the one form a schedule has outside memory: it is hashed, shown and read back. */
#include <inttypes.h>
#include <stdio.h>

#include "host/hash.h"

/* Rows of vm/prices.def with their places in struct vm_schedule. */
static const struct {
    const char *name;
    size_t field;
} price_rows[] = {
#define PRICE(name, amount, per, unit, counted) {#name, offsetof(struct vm_schedule, name)},
#include "vm/prices.def"
};
enum { PRICE_ROWS = sizeof price_rows / sizeof *price_rows };

static struct vm_price get_price(const struct vm_schedule *schedule, uint32_t row) {
    struct vm_price price;
    memcpy(&price, (const uint8_t *)schedule + price_rows[row].field, sizeof price);
    return price;
}

static void set_price(struct vm_schedule *schedule, uint32_t row, struct vm_price price) {
    memcpy((uint8_t *)schedule + price_rows[row].field, &price, sizeof price);
}

/* Long enough for every line: the longest name has under 40 letters. */
enum { LINE_SIZE = 128, LABEL_SIZE = 64 };

/* The name of an instruction in schedules.  Where two rows share a text name, the second is told apart by its code. */
static void instruction_label(uint32_t op, char label[LABEL_SIZE]) {
    const struct vm_opcode *const row = &vm_opcodes[op];
    if (op > 0 && strcmp(vm_opcodes[op - 1].text, row->text) == 0)
        snprintf(label, LABEL_SIZE, "%s:0x%" PRIx32, row->text, row->code);
    else
        snprintf(label, LABEL_SIZE, "%s", row->text);
}

/* The word that begins the line of a host function. */
static const char *import_word(uint32_t import) {
    return import < HOST_DELA_COUNT ? "import" : "wasi";
}

/* Takes the next piece of the text. */
typedef void (*text_sink)(void *context, const char *text, size_t size);

static void emit_line(text_sink sink, void *context, const char line[LINE_SIZE]) {
    sink(context, line, strlen(line));
}

static void emit_schedule(const struct host_schedule *schedule, text_sink sink, void *context) {
    char line[LINE_SIZE];
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        char label[LABEL_SIZE];
        instruction_label(op, label);
        const uint32_t cost = schedule->vm.instruction[op];
        if (cost == 0)
            snprintf(line, sizeof line, "instruction %s -\n", label);
        else
            snprintf(line, sizeof line, "instruction %s %" PRIu32 "\n", label, cost);
        emit_line(sink, context, line);
    }
    for (uint32_t i = 0; i < PRICE_ROWS; i++) {
        const struct vm_price price = get_price(&schedule->vm, i);
        snprintf(line, sizeof line, "price %s %" PRIu32 " %" PRIu32 "\n", price_rows[i].name, price.amount, price.per);
        emit_line(sink, context, line);
    }
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++) {
        const struct host_import_price *const import = &schedule->imports[i];
        if (import->base == 0)
            snprintf(line, sizeof line, "%s %s -\n", import_word(i), host_import_rows[i].name);
        else
            snprintf(line, sizeof line, "%s %s %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", import_word(i),
                     host_import_rows[i].name, import->base, import->price.amount, import->price.per);
        emit_line(sink, context, line);
    }
}

/* Where host_schedule_text() writes; `length` counts on past the end. */
struct text_room {
    char *text;
    size_t room;
    size_t length;
};

static void sink_to_room(void *context, const char *text, size_t size) {
    struct text_room *const to = context;
    if (to->length < to->room) {
        const size_t left = to->room - to->length;
        memcpy(to->text + to->length, text, size < left ? size : left);
    }
    to->length += size;
}

size_t host_schedule_text(const struct host_schedule *schedule, char *text, size_t room) {
    struct text_room to = {text, room == 0 ? 0 : room - 1, 0};
    emit_schedule(schedule, sink_to_room, &to);
    if (room != 0)
        text[to.length < room - 1 ? to.length : room - 1] = '\0';
    return to.length;
}

static void sink_to_hash(void *context, const char *text, size_t size) {
    host_hasher_raw(context, text, size);
}

struct host_hash host_schedule_hash(const struct host_schedule *schedule) {
    struct host_hasher hasher;
    host_hasher_begin(&hasher);
    emit_schedule(schedule, sink_to_hash, &hasher);
    return host_hasher_end(&hasher);
}

struct host_schedule host_default_schedule(void) {
    struct host_schedule schedule = {.vm = vm_default_schedule()};
    for (uint32_t i = 0; i < HOST_IMPORT_COUNT; i++)
        schedule.imports[i] = (struct host_import_price){host_import_rows[i].base, host_import_rows[i].price};
    schedule.hash = host_schedule_hash(&schedule);
    return schedule;
}

/* ---- The reader ------------------------------------------------------------------------------------------------- */

struct schedule_reader {
    struct host_schedule *schedule;
    struct vm_error *error;
    uint64_t line;
    bool instruction_seen[VM_OP_COUNT];
    bool price_seen[PRICE_ROWS];
    bool import_seen[HOST_IMPORT_COUNT];
};

enum { WORDS = 5 };

/* Cuts a line into words at blanks; `count` goes to WORDS + 1 when there are more than fit. */
static uint32_t split_words(struct vm_bytes line, struct vm_bytes words[WORDS]) {
    uint32_t count = 0;
    size_t at = 0;
    for (;;) {
        while (at < line.size && (line.data[at] == ' ' || line.data[at] == '\t' || line.data[at] == '\r'))
            at++;
        if (at == line.size || line.data[at] == '#')
            return count;
        const size_t start = at;
        while (at < line.size && line.data[at] != ' ' && line.data[at] != '\t' && line.data[at] != '\r')
            at++;
        if (count == WORDS)
            return WORDS + 1;
        words[count++] = vm_bytes(line.data + start, at - start);
    }
}

/* A word for a message: cut to fit, and harmless in a terminal. */
static const char *show_word(struct vm_bytes word, char shown[40]) {
    size_t size = 0;
    while (size < word.size && size < 39) {
        const uint8_t c = word.data[size];
        shown[size++] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    shown[size] = '\0';
    return shown;
}

static enum vm_status fail_word(const struct schedule_reader *reader, struct vm_bytes word, const char *what) {
    char shown[40];
    return vm_fail(reader->error, VM_ERROR_SCHEDULE, reader->line, "line %" PRIu64 ": \"%s\" %s", reader->line,
                   show_word(word, shown), what);
}

static enum vm_status fail_line(const struct schedule_reader *reader, const char *what) {
    return vm_fail(reader->error, VM_ERROR_SCHEDULE, reader->line, "line %" PRIu64 ": %s", reader->line, what);
}

/* A decimal number from `least` to 4294967295. */
static enum vm_status read_number(const struct schedule_reader *reader, struct vm_bytes word, uint32_t least,
                                  uint32_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return fail_word(reader, word, "is not a decimal number");
        value = value * 10 + (uint64_t)(word.data[i] - '0');
        if (value > UINT32_MAX)
            return fail_word(reader, word, "is more than 4294967295");
    }
    if (value < least)
        return fail_word(reader, word, "is no price: the least is 1");
    *out = (uint32_t)value;
    return VM_OK;
}

static enum vm_status mark_seen(const struct schedule_reader *reader, bool *seen, struct vm_bytes name) {
    if (*seen)
        return fail_word(reader, name, "was given a price before");
    *seen = true;
    return VM_OK;
}

/* The instruction with this label, VM_OP_COUNT if there is none. */
static uint32_t find_instruction(struct vm_bytes label) {
    size_t size = 0;
    while (size < label.size && label.data[size] != ':')
        size++;
    const uint32_t first = vm_op_by_text((const char *)label.data, size);
    for (uint32_t op = first; op < VM_OP_COUNT && op <= first + 1; op++) {
        char known[LABEL_SIZE];
        instruction_label(op, known);
        if (vm_bytes_equal(label, vm_bytes_of_text(known)))
            return op;
    }
    return VM_OP_COUNT;
}

static enum vm_status read_instruction(struct schedule_reader *reader, const struct vm_bytes words[WORDS],
                                       uint32_t count) {
    if (count != 3)
        return fail_line(reader, "write: instruction NAME COST, or - for no price");
    const uint32_t op = find_instruction(words[1]);
    if (op == VM_OP_COUNT)
        return fail_word(reader, words[1], "is no instruction");
    const enum vm_status seen = mark_seen(reader, &reader->instruction_seen[op], words[1]);
    if (seen != VM_OK)
        return seen;
    if (vm_bytes_equal(words[2], vm_bytes_of_text("-"))) {
        reader->schedule->vm.instruction[op] = 0;
        return VM_OK;
    }
    return read_number(reader, words[2], 1, &reader->schedule->vm.instruction[op]);
}

/* AMOUNT PER; free is 0 for prices that may not be 0, else 1: then only 0 will do, as nothing is counted. */
static enum vm_status read_amount(const struct schedule_reader *reader, const struct vm_bytes *words, bool counted,
                                  struct vm_price *out) {
    struct vm_price price = {0, 1};
    enum vm_status status = read_number(reader, words[0], counted ? 1 : 0, &price.amount);
    if (status != VM_OK)
        return status;
    if (!counted && price.amount != 0)
        return fail_word(reader, words[0], "must be 0: this function counts no bytes");
    status = read_number(reader, words[1], 1, &price.per);
    if (status == VM_OK)
        *out = price;
    return status;
}

static enum vm_status read_price(struct schedule_reader *reader, const struct vm_bytes words[WORDS], uint32_t count) {
    if (count != 4)
        return fail_line(reader, "write: price NAME AMOUNT PER");
    for (uint32_t i = 0; i < PRICE_ROWS; i++) {
        if (!vm_bytes_equal(words[1], vm_bytes_of_text(price_rows[i].name)))
            continue;
        struct vm_price price;
        enum vm_status status = mark_seen(reader, &reader->price_seen[i], words[1]);
        if (status == VM_OK)
            status = read_amount(reader, &words[2], true, &price);
        if (status == VM_OK)
            set_price(&reader->schedule->vm, i, price);
        return status;
    }
    return fail_word(reader, words[1], "is no price");
}

/* One of the host functions from row `first` to before row `end`. */
static enum vm_status read_import(struct schedule_reader *reader, const struct vm_bytes words[WORDS], uint32_t count,
                                  uint32_t first, uint32_t end) {
    const bool priceless = count == 3 && vm_bytes_equal(words[2], vm_bytes_of_text("-"));
    if (count != 5 && !priceless)
        return fail_line(reader, first == 0 ? "write: import NAME BASE AMOUNT PER, or - for no price"
                                            : "write: wasi NAME BASE AMOUNT PER, or - for no price");
    for (uint32_t i = first; i < end; i++) {
        if (!vm_bytes_equal(words[1], vm_bytes_of_text(host_import_rows[i].name)))
            continue;
        struct host_import_price *const import = &reader->schedule->imports[i];
        enum vm_status status = mark_seen(reader, &reader->import_seen[i], words[1]);
        if (status == VM_OK && priceless)
            import->base = 0;
        if (status != VM_OK || priceless)
            return status;
        status = read_number(reader, words[2], 1, &import->base);
        if (status == VM_OK)
            status = read_amount(reader, &words[3], host_import_rows[i].price.amount != 0, &import->price);
        return status;
    }
    return fail_word(reader, words[1], "is no host function");
}

static enum vm_status read_line(struct schedule_reader *reader, struct vm_bytes line) {
    struct vm_bytes words[WORDS];
    const uint32_t count = split_words(line, words);
    if (count == 0)
        return VM_OK;
    if (vm_bytes_equal(words[0], vm_bytes_of_text("instruction")))
        return read_instruction(reader, words, count);
    if (vm_bytes_equal(words[0], vm_bytes_of_text("price")))
        return read_price(reader, words, count);
    if (vm_bytes_equal(words[0], vm_bytes_of_text("import")))
        return read_import(reader, words, count, 0, HOST_DELA_COUNT);
    if (vm_bytes_equal(words[0], vm_bytes_of_text("wasi")))
        return read_import(reader, words, count, HOST_DELA_COUNT, HOST_IMPORT_COUNT);
    return fail_word(reader, words[0], "starts no line: instruction, price, import and wasi do");
}

enum vm_status host_schedule_read(struct vm_bytes text, struct host_schedule *schedule, struct vm_error *error) {
    struct host_schedule read = host_default_schedule();
    struct schedule_reader reader = {.schedule = &read, .error = error};
    for (size_t at = 0; at < text.size;) {
        const uint8_t *const end = memchr(text.data + at, '\n', text.size - at);
        const size_t size = end == NULL ? text.size - at : (size_t)(end - (text.data + at));
        reader.line++;
        const enum vm_status status = read_line(&reader, vm_bytes(text.data + at, size));
        if (status != VM_OK)
            return status;
        at += size + 1;
    }
    read.hash = host_schedule_hash(&read);
    *schedule = read;
    return VM_OK;
}
