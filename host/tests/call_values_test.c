/* host/tests/call_values_test.c - what the host functions that move bytes answer: input, context, output, base64. */
#include <sodium.h>

#include "host/tests/run.h"

static const struct host_argument arguments[] = {
    {{(const uint8_t *)"", 0}, {(const uint8_t *)"empty key", 9}},
    {{(const uint8_t *)"a", 1}, {(const uint8_t *)"1", 1}},
    {{(const uint8_t *)"ab", 2}, {(const uint8_t *)"", 0}},
    {{(const uint8_t *)"b\0c", 3}, {(const uint8_t *)"0123456789abcdef0123456789abcdef", 32}},
};
static const struct host_argument previous_arguments[] = {
    {{(const uint8_t *)"a", 1}, {(const uint8_t *)"old", 3}},
};
static const struct host_previous previous[] = {
    {{(const uint8_t *)"first", 5}, previous_arguments, 1},
    {{(const uint8_t *)"second", 6}, NULL, 0},
};

static void fill_request(struct host_request *request) {
    request->input = vm_bytes_of_text("raw input");
    request->arguments = arguments;
    request->argument_count = 4;
    request->caller = vm_bytes_of_text("alice");
    request->transaction_id = vm_bytes_of_text("tx 7");
    request->nonce = UINT64_C(0x8877665544332211);
    request->previous = previous;
    request->previous_count = 2;
}

/* Memory opens with the text of `data`; `want` is the result in hex. */
static const struct {
    const char *name;
    const char *data;
    const char *body;
    const char *want;
} rows[] = {
    {"input, whole", "",
     "(call $word (call $input (i32.const 100) (i32.const 16))) (call $bytes (i32.const 100) (i32.const 10))",
     "09000000"
     "72617720696e70757400"},
    {"input, cut", "",
     "(call $word (call $input (i32.const 100) (i32.const 3))) (call $bytes (i32.const 100) (i32.const 4))",
     "09000000"
     "72617700"},
    {"input, asked only", "", "(call $word (call $input (i32.const 65536) (i32.const 0)))", "09000000"},
    {"argument", "a",
     "(call $word (call $argument (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 8))) (call $bytes (i32.const "
     "100) (i32.const 2))",
     "01000000"
     "3100"},
    {"argument, empty key", "",
     "(call $word (call $argument (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 9))) (call $bytes (i32.const "
     "100) (i32.const 9))",
     "09000000"
     "656d707479206b6579"},
    {"argument, empty value", "ab",
     "(call $word (call $argument (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 8)))", "00000000"},
    {"argument, key with a zero", "b\\00c",
     "(call $word (call $argument (i32.const 0) (i32.const 3) (i32.const 100) (i32.const 4))) (call $bytes (i32.const "
     "100) (i32.const 5))",
     "20000000"
     "3031323300"},
    {"argument, absent before", "A",
     "(call $word (call $argument (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))", "ffffffff"},
    {"argument, absent between", "aa",
     "(call $word (call $argument (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)))", "ffffffff"},
    {"argument, absent behind", "c",
     "(call $word (call $argument (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0)))", "ffffffff"},
    {"argument, written over its key", "a",
     "(call $word (call $argument (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8))) (call $bytes (i32.const 0) "
     "(i32.const 1))",
     "01000000"
     "31"},
    {"argument_count", "", "(call $word (call $argument_count))", "04000000"},
    {"argument_key", "",
     "(call $word (call $argument_key (i32.const 3) (i32.const 100) (i32.const 9))) (call $bytes (i32.const 100) "
     "(i32.const 3))",
     "03000000"
     "620063"},
    {"argument_key, first", "", "(call $word (call $argument_key (i32.const 0) (i32.const 100) (i32.const 9)))",
     "00000000"},
    {"argument_key, past the end", "", "(call $word (call $argument_key (i32.const 4) (i32.const 100) (i32.const 9)))",
     "ffffffff"},
    {"argument_key, far past the end", "",
     "(call $word (call $argument_key (i32.const -1) (i32.const 100) (i32.const 9)))", "ffffffff"},
    {"caller", "",
     "(call $word (call $caller (i32.const 100) (i32.const 9))) (call $bytes (i32.const 100) (i32.const 5))",
     "05000000"
     "616c696365"},
    {"transaction_id", "",
     "(call $word (call $transaction_id (i32.const 100) (i32.const 9))) (call $bytes (i32.const 100) (i32.const 4))",
     "04000000"
     "74782037"},
    {"nonce", "", "(call $long (call $nonce))", "1122334455667788"},
    {"previous_count", "", "(call $word (call $previous_count))", "02000000"},
    {"previous_id", "",
     "(call $word (call $previous_id (i32.const 1) (i32.const 100) (i32.const 9))) (call $bytes (i32.const 100) "
     "(i32.const 6))",
     "06000000"
     "7365636f6e64"},
    {"previous_id, past the end", "", "(call $word (call $previous_id (i32.const 2) (i32.const 100) (i32.const 9)))",
     "ffffffff"},
    {"previous_argument", "a",
     "(call $word (call $previous_argument (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 9))) "
     "(call $bytes (i32.const 100) (i32.const 3))",
     "03000000"
     "6f6c64"},
    {"previous_argument, absent", "b",
     "(call $word (call $previous_argument (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 9)))",
     "ffffffff"},
    {"previous_argument of one without", "a",
     "(call $word (call $previous_argument (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 9)))",
     "ffffffff"},
    {"previous_argument, past the end", "a",
     "(call $word (call $previous_argument (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 9)))",
     "ffffffff"},
    {"result, the last counts", "onetwo",
     "(call $result (i32.const 0) (i32.const 3)) (call $result (i32.const 3) (i32.const 3)) (return)", "74776f"},
    {"result, longer then shorter", "longer",
     "(call $result (i32.const 0) (i32.const 6)) (call $result (i32.const 0) (i32.const 1)) (return)", "6c"},
    {"result, empty after one", "x",
     "(call $result (i32.const 0) (i32.const 1)) (call $result (i32.const 0) (i32.const 0)) (return)", ""},
    {"result is a copy", "x",
     "(call $result (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 0) (i32.const 121)) (return)", "78"},
    {"encode nothing", "",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 0) (i32.const 100) (i32.const 9)))", "00000000"},
    {"encode 1", "f",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 1) (i32.const 100) (i32.const 4))) (call $bytes "
     "(i32.const 100) (i32.const 5))",
     "04000000"
     "5a673d3d00"},
    {"encode 2", "fo",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 4))) (call $bytes "
     "(i32.const 100) (i32.const 4))",
     "04000000"
     "5a6d383d"},
    {"encode 3", "foo",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 3) (i32.const 100) (i32.const 4))) (call $bytes "
     "(i32.const 100) (i32.const 4))",
     "04000000"
     "5a6d3976"},
    {"encode, no room: nothing written", "foo",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 3) (i32.const 100) (i32.const 3))) (call $bytes "
     "(i32.const 100) (i32.const 4))",
     "04000000"
     "00000000"},
    {"encode over itself", "foobar",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 8))) (call $bytes "
     "(i32.const 0) (i32.const 8))",
     "08000000"
     "5a6d397659"
     "6d4679"},
    {"encode into its middle", "foobar",
     "(call $word (call $base64_encode (i32.const 0) (i32.const 6) (i32.const 3) (i32.const 8))) (call $bytes "
     "(i32.const 0) (i32.const 11))",
     "08000000"
     "666f6f5a6d3976596d4679"},
    {"decode", "Zm9vYmE=",
     "(call $word (call $base64_decode (i32.const 0) (i32.const 8) (i32.const 100) (i32.const 5))) (call $bytes "
     "(i32.const 100) (i32.const 6))",
     "05000000"
     "666f6f626100"},
    {"decode, no room: nothing written", "Zm9vYmE=",
     "(call $word (call $base64_decode (i32.const 0) (i32.const 8) (i32.const 100) (i32.const 4))) (call $bytes "
     "(i32.const 100) (i32.const 5))",
     "05000000"
     "0000000000"},
    {"decode over itself", "Zm9vYmE=",
     "(call $word (call $base64_decode (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 8))) (call $bytes "
     "(i32.const 0) (i32.const 8))",
     "05000000"
     "666f6f62616d453d"},
    {"decode into its end", "Zm9vYmE=",
     "(call $word (call $base64_decode (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 8))) (call $bytes "
     "(i32.const 0) (i32.const 9))",
     "05000000"
     "5a6d3976666f6f6261"},
    {"decode, bad: nothing written", "Zm9v*mE=",
     "(call $word (call $base64_decode (i32.const 0) (i32.const 8) (i32.const 100) (i32.const 9))) (call $bytes "
     "(i32.const 100) (i32.const 3))",
     "ffffffff"
     "000000"},
};

static void check_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_context("%s", rows[i].name);
        struct trial trial;
        trial_call(&trial, rows[i].data, rows[i].body);
        fill_request(&trial.request);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_TEXT(host_status_name(outcome->status), "accepted");
        CHECK_TEXT(trial_hex(outcome->result), rows[i].want);
        trial_close(&trial);
    }
}

/* A copy is paid by the bytes that are copied, not by the room or the length. */
static void check_copy_price(void) {
    static const char *const calls[] = {
        "(call $word (call $input (i32.const 100) ",
        "(call $word (call $argument (i32.const 0) (i32.const 3) (i32.const 100) ",
        "(call $word (call $storage_get (i32.const 0) (i32.const 3) (i32.const 100) ",
    };
    const struct vm_bytes key = vm_bytes("b\0c", 3);
    for (size_t i = 0; i < 3; i++) {
        uint64_t none = 0;
        for (unsigned room = 0; room < 80; room++) {
            check_context("%s, room %u", calls[i], room);
            char body[256];
            snprintf(body, sizeof body, "%s(i32.const %u)))", calls[i], room + 4096 /* one size of constant */);
            struct trial trial;
            trial_call(&trial, "b\\00c", body);
            fill_request(&trial.request);
            char value[81];
            memset(value, 'v', sizeof value);
            trial.request.input = vm_bytes(value, room);
            const struct host_argument argument = {key, vm_bytes(value, room)};
            trial.request.arguments = &argument;
            trial.request.argument_count = 1;
            const struct host_entry entry = {key, vm_bytes(value, room), true};
            trial.request.storage = &entry;
            trial.request.storage_count = 1;
            const uint64_t used = trial_run(&trial)->fuel_used;
            if (room == 0)
                none = used;
            CHECK_U64(used - none, (room + 15) / 16);
            trial_close(&trial);
        }
    }
}

/* Base64 against libsodium, both ways, all lengths and many wrong texts. */
static void check_base64(void) {
    struct trial encoder, decoder;
    trial_call(&encoder, "",
               "(local $n i32) (local $m i32)\n"
               "(local.set $n (call $input (i32.const 0) (i32.const 1000)))\n"
               "(local.set $m (call $base64_encode (i32.const 0) (local.get $n) (i32.const 2000) (i32.const 2000)))\n"
               "(call $result (i32.const 2000) (local.get $m)) (return)");
    trial_call(&decoder, "",
               "(local $n i32) (local $m i32)\n"
               "(local.set $n (call $input (i32.const 0) (i32.const 1000)))\n"
               "(local.set $m (call $base64_decode (i32.const 0) (local.get $n) (i32.const 2000) (i32.const 2000)))\n"
               "(if (i32.eq (local.get $m) (i32.const -1)) (then (call $reject (i32.const 0) (i32.const 0))))\n"
               "(call $result (i32.const 2000) (local.get $m)) (return)");
    uint8_t data[100], decoded[200];
    char text[200];
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 167 + 13);
    for (size_t size = 0; size <= sizeof data; size++) {
        check_context("base64 of %u bytes", (unsigned)size);
        sodium_bin2base64(text, sizeof text, data, size, sodium_base64_VARIANT_ORIGINAL);
        encoder.request.input = vm_bytes(data, size);
        CHECK_TEXT(trial_text(trial_run(&encoder)->result), text);
        decoder.request.input = vm_bytes_of_text(text);
        CHECK(vm_bytes_equal(trial_run(&decoder)->result, vm_bytes(data, size)));
        CHECK_U64(decoder.outcome->status, HOST_ACCEPTED);
    }
    /* Every byte value at every place of a short text, and every cut. */
    static const char *const texts[] = {"QUJD", "QUI=", "QQ==", "QUJDRA==", "QUJDREVG"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        const size_t size = strlen(texts[t]);
        for (size_t at = 0; at <= size; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                check_context("base64 %s with byte %u at %u", texts[t], byte, (unsigned)at);
                memcpy(text, texts[t], size + 1);
                text[at] = (char)byte;
                const size_t changed = at == size ? size + 1 : size;
                size_t want = 0;
                /* libsodium 1.0.18 takes bytes from 128 on for letters where char is signed; they are none. */
                const bool good = byte < 128 && sodium_base642bin(decoded, sizeof decoded, text, changed, NULL, &want,
                                                                  NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
                decoder.request.input = vm_bytes(text, changed);
                const struct host_outcome *const outcome = trial_run(&decoder);
                CHECK_U64(outcome->status, good ? HOST_ACCEPTED : HOST_REJECTED);
                if (good)
                    CHECK(vm_bytes_equal(outcome->result, vm_bytes(decoded, want)));
            }
        }
    }
    trial_close(&encoder);
    trial_close(&decoder);
}

/* Logs always come back; messages keep their bytes; a call that rejects returns nothing else. */
static void check_output(void) {
    struct trial trial;
    check_context("reject");
    trial_call(&trial, "k\\ff\\fe message",
               "(call $log (i32.const 1) (i32.const 2)) (call $event (i32.const 0) (i32.const 1) (i32.const 1) "
               "(i32.const 2))\n"
               "(call $storage_set (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2)) (call $result (i32.const "
               "0) (i32.const 1))\n"
               "(call $reject (i32.const 1) (i32.const 10)) (unreachable)");
    const struct host_outcome *outcome = trial_run(&trial);
    CHECK_TEXT(host_status_name(outcome->status), "rejected");
    CHECK_TEXT(trial_hex(outcome->message), "fffe206d657373616765");
    CHECK_U64(outcome->result.size + outcome->write_count + outcome->event_count, 0);
    CHECK_U64(outcome->log_count, 1);
    CHECK_TEXT(trial_hex(outcome->logs[0]), "fffe");
    CHECK_U64(outcome->trap.kind, VM_TRAP_NONE);
    CHECK_U64(outcome->depth + outcome->frame_count, 0);
    trial_close(&trial);

    check_context("events");
    trial_call(&trial, "namedata",
               "(call $event (i32.const 0) (i32.const 4) (i32.const 4) (i32.const 4))\n"
               "(call $event (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))\n"
               "(i32.store (i32.const 0) (i32.const 0))\n"
               "(call $event (i32.const 4) (i32.const 1) (i32.const 5) (i32.const 3))");
    outcome = trial_run(&trial);
    CHECK_U64(outcome->event_count, 3);
    CHECK_TEXT(trial_text(outcome->events[0].name), "name");
    CHECK_TEXT(trial_text(outcome->events[0].data), "data");
    CHECK_U64(outcome->events[1].name.size + outcome->events[1].data.size, 0);
    CHECK_TEXT(trial_text(outcome->events[2].name), "d");
    CHECK_TEXT(trial_text(outcome->events[2].data), "ata");
    trial_close(&trial);
}

/* A message over the limit is cut between characters. */
static void check_message_cut(void) {
    static const struct {
        const char *message;
        uint64_t limit;
        const char *want;
    } cuts[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdef", 5, "abcde"},
        {"ab\xC3\xA9", 4, "ab\xC3\xA9"},
        {"ab\xC3\xA9", 3, "ab"},
        {"\xE2\x82\xAC\xE2\x82\xAC", 5, "\xE2\x82\xAC"},
        {"\xE2\x82\xAC\xE2\x82\xAC", 4, "\xE2\x82\xAC"},
        {"a\xF0\x9F\x98\x80z", 4, "a"},
        {"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80"},
        {"abc", 0, ""},
    };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        check_context("message cut %u", (unsigned)i);
        struct trial trial;
        trial_call(&trial, "", "(call $reject (i32.const 0) (call $input (i32.const 0) (i32.const 100)))");
        trial.config.limits.message_bytes = cuts[i].limit;
        trial.request.input = vm_bytes_of_text(cuts[i].message);
        CHECK_TEXT(trial_text(trial_run(&trial)->message), cuts[i].want);
        trial_close(&trial);
    }
}

int main(void) {
    check_rows();
    check_copy_price();
    check_base64();
    check_output();
    check_message_cut();
    return check_done();
}
