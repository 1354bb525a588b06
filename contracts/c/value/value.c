/* value - keys and values, by the commands and in the words of Dela's native Value contract.
 *
 * value:command   WRITE, READ, DELETE or LIST
 * value:key       WRITE, READ, DELETE: 1 to 32 bytes
 * value:value     WRITE
 * result          READ: "key=value", with an empty value if the key is absent; LIST: all of them, sorted, with commas
 *
 * The native contract remembers its keys in the memory of the node; storage has no iteration, so this one keeps them in
 * an index, stored under a key of its own: each key as a byte of length and its bytes, in order. */
#include "contract.h"

ACCESS("{value:command}");
READS("dela.Value:index");
READS("{value:key}");

#define INDEX_KEY TEXT("dela.Value:index")
#define KEY_NAME TEXT("value:key")
#define VALUE_NAME TEXT("value:value")
#define COMMAND_NAME TEXT("value:command")

enum { LONGEST_KEY = 32, LONGEST_VALUE = 65536 };

static _Noreturn void fail(struct text command, struct text reason) {
    reject(join(4, TEXT("failed to "), command, TEXT(": "), reason));
}

/* An argument that the command can't do without. */
static struct text need(struct text command, struct text name) {
    struct text value;
    if (!find_argument(name, &value) || value.size == 0)
        fail(command, join(3, TEXT("'"), name, TEXT("' not found in tx arg")));
    return value;
}

/* The key argument; `doing` is what the native contract says it failed to do. */
static struct text need_key(struct text command, struct text doing) {
    const struct text key = need(command, KEY_NAME);
    if (key.size > LONGEST_KEY)
        fail(command, join(2, doing, TEXT(": the key has more than 32 bytes")));
    if (text_equal(key, INDEX_KEY))
        fail(command, join(2, doing, TEXT(": the key is the index's own")));
    return key;
}

/* The entry of the index at *at, which moves behind it; false at the end. */
static bool next_key(struct text index, uint32_t *at, struct text *key) {
    if (*at >= index.size)
        return false;
    *key = (struct text){index.data + *at + 1, index.data[*at]};
    if (key->size > index.size - *at - 1)
        reject(TEXT("the stored index is damaged"));
    *at += 1 + key->size;
    return true;
}

/* Where a key stands in the index, or would stand; *size is what it takes there, 0 if it is not there. */
static uint32_t find_place(struct text index, struct text key, uint32_t *size) {
    struct text entry;
    uint32_t at = 0, start = 0;
    *size = 0;
    while (next_key(index, &at, &entry)) {
        const int32_t order = text_compare(entry, key);
        if (order == 0)
            *size = at - start;
        if (order >= 0)
            return start;
        start = at;
    }
    return start;
}

static void write(void) {
    const struct text command = TEXT("WRITE");
    const struct text key = need_key(command, TEXT("failed to set value"));
    const struct text value = need(command, VALUE_NAME);
    if (value.size > LONGEST_VALUE)
        fail(command, TEXT("failed to set value: the value has more than 65536 bytes"));
    struct text index;
    stored(INDEX_KEY, &index);
    uint32_t size;
    const uint32_t at = find_place(index, key, &size);
    if (size == 0) {
        if (index.size + 1 + key.size > LONGEST_VALUE)
            fail(command, TEXT("failed to set value: the index is full"));
        const uint8_t length = (uint8_t)key.size;
        store(INDEX_KEY, join(4, {index.data, at}, {&length, 1}, key, {index.data + at, index.size - at}));
    }
    store(key, value);
}

static void read(void) {
    const struct text key = need_key(TEXT("READ"), TEXT("failed to get key"));
    struct text value;
    stored(key, &value);
    result(join(3, key, TEXT("="), value));
}

static void delete(void) {
    const struct text key = need_key(TEXT("DELETE"), TEXT("failed to delete key"));
    struct text index;
    stored(INDEX_KEY, &index);
    uint32_t size;
    const uint32_t at = find_place(index, key, &size);
    unstore(key);
    if (size != 0) {
        const uint32_t rest = at + size;
        store(INDEX_KEY, join(2, {index.data, at}, {index.data + rest, index.size - rest}));
    }
}

/* Keys are expected first, so that a caller who did not bring them hears of all at once. */
static void list(void) {
    struct text index, key, value, all = TEXT("");
    stored(INDEX_KEY, &index);
    for (uint32_t at = 0; next_key(index, &at, &key);)
        dela_storage_expect(key.data, key.size);
    uint32_t count = 0;
    for (uint32_t at = 0; next_key(index, &at, &key); count++) {
    }
    /* key = value , for each */
    struct text *const parts = (struct text *)(void *)allocate(count * 4 * (uint32_t)sizeof *parts);
    uint32_t used = 0;
    for (uint32_t at = 0; next_key(index, &at, &key);) {
        stored(key, &value);
        if (used != 0)
            parts[used++] = TEXT(",");
        parts[used++] = key;
        parts[used++] = TEXT("=");
        parts[used++] = value;
    }
    if (used != 0)
        all = join_parts(parts, used);
    result(all);
}

static const struct {
    const char *name;
    uint32_t size;
    void (*run)(void);
} commands[] = {
    {"WRITE", 5, write},
    {"READ", 4, read},
    {"DELETE", 6, delete},
    {"LIST", 4, list},
};

CONTRACT {
    const struct text command = argument(COMMAND_NAME);
    for (uint32_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (text_equal(command, (struct text){(const uint8_t *)commands[i].name, commands[i].size})) {
            commands[i].run();
            return;
        }
    }
    reject(join(2, TEXT("unknown command: "), command));
}
