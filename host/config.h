/* host/config.h - everything that decides what a run does and costs, and the hashes that name it.
 *
 * Two nodes agree on all receipts exactly when they agree on these hashes and on the engine version. */
#ifndef DELAVM_HOST_CONFIG_H
#define DELAVM_HOST_CONFIG_H

#include "loader/loader.h"

/* Rows of host/imports.def. */
enum host_import {
#define IMPORT(name, params, results, base, amount, per, function, documentation) HOST_IMPORT_##name,
#include "host/imports.def"
    HOST_IMPORT_COUNT
};

/* One row of host/imports.def. */
struct host_import_row {
    const char *name;
    const char *params;
    const char *results;
    uint32_t base;
    struct vm_price price;
    const char *documentation;
};
extern const struct host_import_row host_import_rows[HOST_IMPORT_COUNT];

/* BLAKE2b-256.  Everything that is named by hash here is named by 32 bytes, lower-case hex in text. */
#define HOST_HASH_BYTES 32
struct host_hash {
    uint8_t bytes[HOST_HASH_BYTES];
};

/* Semantics of the engine as a number: raised whenever any receipt could change for the same input. */
#define HOST_ENGINE_VERSION 1u
#define HOST_VERSION_TEXT "0.1.0"

/* The price of a host function: `base` before it is entered, `price` for the bytes it works on. */
struct host_import_price {
    uint32_t base;
    struct vm_price price;
};

/* The whole fuel schedule.  hash covers the canonical text that host_schedule_text() writes. */
struct host_schedule {
    struct vm_schedule vm;
    struct host_import_price imports[HOST_IMPORT_COUNT];
    struct host_hash hash;
};

/* What runs are judged by.  Made once, then only read, by any number of threads.
 * limits_hash covers the MODULE, RUN and HOST limits, the features and the policy. */
struct host_config {
    enum vm_profile profile;
    enum loader_policy policy;
    struct vm_limits limits;
    struct vm_features features;
    struct host_schedule schedule;
    struct host_hash limits_hash;
};

/* The profile's configuration with the default schedule, hashes computed. */
void host_config_init(struct host_config *config, enum vm_profile profile);

/* Recomputes both hashes; to be called after any field was changed by hand. */
void host_config_seal(struct host_config *config);

/* The schedule as canonical text: one line per price, in table order, "instruction i32.add 1", "price memory_byte 1 8",
 * "import sha256 256 1 1"; a "-" for an instruction without a price.  This is also the format of schedule files.
 * Writes at most `room` bytes (NUL-terminated if room > 0), returns the whole length without NUL. */
size_t host_schedule_text(const struct host_schedule *schedule, char *text, size_t room);

/* Reads a schedule file: every line of the canonical text in any order, blank lines and # comments; what is not named
 * keeps the default price.  Refuses unknown names, repeated lines, zero or oversized prices ("-" is how an instruction
 * is left without a price), with line number and words in *error (offset = line).  VM_OK or VM_MALFORMED. */
enum vm_status host_schedule_read(struct vm_bytes text, struct host_schedule *schedule, struct vm_error *error);

/* BLAKE2b-256 of some bytes. */
struct host_hash host_hash_of(struct vm_bytes bytes);
bool host_hash_equal(const struct host_hash *a, const struct host_hash *b);

/* 64 lower-case hex digits and a NUL; and back: false unless exactly 64 hex digits (either case). */
#define HOST_HASH_TEXT_SIZE (2 * HOST_HASH_BYTES + 1)
void host_hash_text(const struct host_hash *hash, char text[HOST_HASH_TEXT_SIZE]);
bool host_hash_read(struct vm_bytes text, struct host_hash *hash);

#endif
