/* host/config.h - everything that decides what a run does and costs, and the hashes that name it.
 *
 * Two nodes agree on all receipts exactly when they agree on these hashes and on the engine version. */
#ifndef DELAVM_HOST_CONFIG_H
#define DELAVM_HOST_CONFIG_H

#include "loader/loader.h"
#include "vm/machine.h"

/* Rows of host/imports.def, HOST_DELA_COUNT of them, then those of host/wasi.def. */
enum host_import {
#define IMPORT(name, params, results, base, amount, per, function, documentation) HOST_IMPORT_##name,
#include "host/imports.def"
    HOST_DELA_COUNT,
    HOST_BEFORE_WASI = HOST_DELA_COUNT - 1,
#define WASI(name, params, results, base, amount, per, function, documentation) HOST_IMPORT_##name,
#include "host/wasi.def"
    HOST_IMPORT_COUNT
};

/* One row of host/imports.def or host/wasi.def. */
struct host_import_row {
    const char *module;
    const char *name;
    const char *params;
    const char *results;
    uint32_t base;
    struct vm_price price;
    const char *documentation;
};
extern const struct host_import_row host_import_rows[HOST_IMPORT_COUNT];

/* The modules that rows are imported from, and room for the types of any row. */
#define HOST_DELA_MODULE "dela"
#define HOST_WASI_MODULE "wasi_snapshot_preview1"
#define HOST_IMPORT_VALUES 10

/* The types of a row, parameters first; returns how many there are. */
uint32_t host_import_type(enum host_import import, uint8_t types[HOST_IMPORT_VALUES]);

/* BLAKE2b-256.  Everything that is named by hash here is named by 32 bytes, lower-case hex in text. */
#define HOST_HASH_BYTES 32
struct host_hash {
    uint8_t bytes[HOST_HASH_BYTES];
};

/* Semantics of the engine as a number: raised whenever any receipt could change for the same input. */
#define HOST_ENGINE_VERSION 2u
#define HOST_VERSION_TEXT "0.1.0"

/* The price of a host function: `base` before it is entered, `price` for the bytes it works on.  base == 0: it has no
 * price, and a module that imports it is refused. */
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
 * limits_hash covers, in the encodings of host/receipt.h: for each MODULE, RUN and HOST row of vm/limits.def bytes
 * name, u64 value; for each row of vm/features.def bytes name, u8 on; then u8 policy (0 strict, 1 lazy).
 * engine  what runs contracts: VM_ENGINE_FAST unless chosen.  It changes no outcome, so no hash covers it
 * fold    what the fast engine runs: several wasm instructions in one cell, or one each (struct vm_fast_options)
 * check   each run is done by both engines; where they differ there is no outcome (host_runner_other_outcome()) */
struct host_config {
    enum vm_profile profile;
    enum loader_policy policy;
    struct vm_limits limits;
    struct vm_features features;
    struct host_schedule schedule;
    struct host_hash limits_hash;
    enum vm_engine engine;
    bool fold;
    bool check;
};

/* The profile's configuration with the default schedule, hashes computed.  Also readies libsodium, so it comes before
 * any other use of host; threads may call it at the same time. */
void host_config_init(struct host_config *config, enum vm_profile profile);

/* Recomputes both hashes; to be called after any field was changed by hand. */
void host_config_seal(struct host_config *config);

/* Names what modules are lowered to (loader/lower/lower.h): BLAKE2b-256 of u32 version, bytes routines, in the encodings
 * of host/receipt.h.  Nodes that lower modules themselves must have it equal, or they store different modules; a module
 * that is deployed lowered already does not depend on it. */
struct host_hash host_lowering_hash(void);

/* False if this build has no routines to lower floats to. */
bool host_lowering_built(void);

/* The schedule as canonical text: one line per price, in table order, "instruction i32.add 1", "price memory_byte 1 8",
 * "import sha256 256 1 1", "wasi fd_write 32 1 1"; a "-" for an instruction or host function without a price.  Where two
 * instructions share a text name, the second is told apart by its code: "instruction select:0x1c 2".  This is also the
 * format of schedule files.
 * Writes at most `room` bytes (NUL-terminated if room > 0), returns the whole length without NUL. */
size_t host_schedule_text(const struct host_schedule *schedule, char *text, size_t room);

/* BLAKE2b-256 of the canonical text; what schedule->hash should be. */
struct host_hash host_schedule_hash(const struct host_schedule *schedule);

/* The costs of vm/opcodes.def, vm/prices.def, host/imports.def and host/wasi.def; hash computed. */
struct host_schedule host_default_schedule(void);

/* Reads a schedule file: every line of the canonical text in any order, blank lines and # comments; what is not named
 * keeps the default price.  Refuses unknown names, repeated lines, zero or oversized prices ("-" is how an instruction
 * or host function is left without a price), with line number and words in *error (offset = line).  A host function that counts no bytes
 * (amount 0 in host/imports.def) keeps amount 0; all other amounts are at least 1.
 * Returns VM_OK, *schedule filled and hashed; or VM_MALFORMED, *schedule as it was. */
enum vm_status host_schedule_read(struct vm_bytes text, struct host_schedule *schedule, struct vm_error *error);

/* BLAKE2b-256 of some bytes. */
struct host_hash host_hash_of(struct vm_bytes bytes);
bool host_hash_equal(const struct host_hash *a, const struct host_hash *b);

/* 64 lower-case hex digits and a NUL; and back: false unless exactly 64 hex digits (either case). */
#define HOST_HASH_TEXT_SIZE (2 * HOST_HASH_BYTES + 1)
void host_hash_text(const struct host_hash *hash, char text[HOST_HASH_TEXT_SIZE]);
bool host_hash_read(struct vm_bytes text, struct host_hash *hash);

#endif
