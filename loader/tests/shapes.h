/* loader/tests/shapes.h - modules and texts of which one part grows: each kind of thing that a hostile module can have many of. */
#ifndef DELAVM_LOADER_TESTS_SHAPES_H
#define DELAVM_LOADER_TESTS_SHAPES_H

#include "loader/tests/module_builder.h"

#include <stdio.h>

/* Shapes of a growing thing; n is how often the growing part stands there.
 * BODY    types 0: [] -> [], 1: 4 values to the same 4, 2: [] -> 4 values; a memory; one function: first, n times
 *         repeated, n times closing, last; the fast engine must have code for it
 * VECTOR  first, then section `id` with n members, then last
 * TEXT    first, n times repeated, n times closing, last; every # stands for the number of the repetition
 * OWN     a maker of its own */
enum kind { BODY, VECTOR, TEXT, OWN };

struct shape {
    const char *name;
    enum kind kind;
    uint8_t id;
    const char *first;
    const char *repeated;
    const char *closing;
    const char *last;
    void (*make)(struct builder *builder, uint32_t n);
    enum vm_status status; /* of loading, or of assembling */
    bool instantiates;
};

static void build_decimal(struct builder *builder, const char *text, uint32_t number) {
    char digits[16];
    snprintf(digits, sizeof digits, "%u", (unsigned)number);
    for (; *text != '\0'; text++) {
        if (*text == '#')
            build_bytes(builder, digits, strlen(digits));
        else
            build_bytes(builder, text, 1);
    }
}

static void open_body(struct builder *builder, const char *sections) {
    build_text(builder, sections);
    build_text(builder, "0a");
    build_open(builder);
    build_text(builder, "01");
    build_open(builder);
}

static void close_body(struct builder *builder) {
    build_close(builder);
    build_close(builder);
}

/* n members of a section, all the same; `before` ends with the section's id. */
static void build_members(struct builder *builder, const char *before, const char *member, uint32_t n) {
    build_text(builder, before);
    build_open(builder);
    build_u32(builder, n);
    build_repeat(builder, member, n);
    build_close(builder);
}

/* n functions [] -> []. */
static void build_functions(struct builder *builder, const char *body, uint32_t n) {
    build_members(builder, "01[01 60 00 00] 03", "00", n);
    build_members(builder, "0a", body, n);
}

/* 50,000 locals in each, which take 8 bytes. */
static void make_many_locals(struct builder *builder, uint32_t n) {
    build_functions(builder, "[01 d0 86 03 7f 0b]", n);
}

static void make_tiny_functions(struct builder *builder, uint32_t n) {
    build_functions(builder, "[00 0b]", n);
}

/* n declarations of one local, of alternating types, and a use of each. */
static void make_scattered_locals(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++)
        build_text(builder, i % 2 == 0 ? "01 7f" : "01 7e");
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "20");
        build_u32(builder, (uint32_t)((uint64_t)i * 7919 % n));
        build_text(builder, "1a");
    }
    build_text(builder, "0b");
    close_body(builder);
}

/* Many blocks, and as many branches from the innermost to each of them. */
static void make_branches_out(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_text(builder, "00");
    build_repeat(builder, "02 40", n);
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "41 00 0d");
        build_u32(builder, i);
    }
    build_repeat(builder, "0b", n + 1);
    close_body(builder);
}

/* One br_table with a target for each of n blocks. */
static void make_one_table(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_text(builder, "00");
    build_repeat(builder, "02 40", n);
    build_text(builder, "41 00 0e");
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++)
        build_u32(builder, i);
    build_text(builder, "00");
    build_repeat(builder, "0b", n + 1);
    close_body(builder);
}

/* n types of growing length would be quadratic themselves: these differ in their last 12 parameters. */
static void build_types(struct builder *builder, uint32_t n) {
    build_text(builder, "01");
    build_open(builder);
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "60 10 7f 7f 7f 7f");
        for (uint32_t bit = 0; bit < 12; bit++)
            build_text(builder, (i >> bit & 1) != 0 ? "7e" : "7f");
        build_text(builder, "00");
    }
    build_close(builder);
}

static void make_types(struct builder *builder, uint32_t n) {
    build_types(builder, n);
    build_text(builder, "03[01 00] 04[01 70 00 01] 0a");
    build_open(builder);
    build_text(builder, "01");
    build_open(builder);
    build_text(builder, "00 00"); /* what follows can't be reached and takes what it likes */
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "11");
        build_u32(builder, i);
        build_text(builder, "00");
    }
    build_text(builder, "0b");
    close_body(builder);
}

/* Exports of names that begin alike, in an order that is bad for sorting by halves. */
static void make_exports(struct builder *builder, uint32_t n) {
    build_text(builder, "05[01 00 00] 07");
    build_open(builder);
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t number = i % 2 == 0 ? i : n * 2 - i;
        build_byte(builder, 24);
        build_repeat(builder, "61", 20);
        for (uint32_t digit = 0; digit < 4; digit++)
            build_byte(builder, (uint8_t)('a' + (number >> (4 * digit) & 15)));
        build_text(builder, "02 00");
    }
    build_close(builder);
}

/* A name section with n names, of functions that are not there, the last first. */
static void make_names(struct builder *builder, uint32_t n) {
    build_text(builder, "00");
    build_open(builder);
    build_text(builder, "'name' 01");
    build_open(builder);
    build_u32(builder, n);
    for (uint32_t i = n; i-- != 0;) {
        build_u32(builder, i);
        build_text(builder, "'name'");
    }
    build_close(builder);
    build_close(builder);
}

/* Each global is the one before it. */
static void make_globals(struct builder *builder, uint32_t n) {
    build_text(builder, "06");
    build_open(builder);
    build_u32(builder, n + 1);
    build_text(builder, "7f 00 41 00 0b");
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "7f 00 23");
        build_u32(builder, i);
        build_text(builder, "0b");
    }
    build_close(builder);
}

/* Calls of a function with 1,000 parameters and as many results, in n functions. */
static void make_wide_calls(struct builder *builder, uint32_t n) {
    build_text(builder, "01[02 60 00 00");
    build_text(builder, "60 e8 07");
    build_repeat(builder, "7f", 1000);
    build_text(builder, "e8 07");
    build_repeat(builder, "7f", 1000);
    build_members(builder, "] 03", "01", n);
    build_members(builder, "0a", "[00 00 10 00 0b]", n);
}

/* n functions of 50,000 locals that use one of them. */
static void make_used_locals(struct builder *builder, uint32_t n) {
    build_functions(builder, "[01 d0 86 03 7f 20 cf 86 03 41 01 6a 22 00 21 05 0b]", n);
}

/* A block with n results: a branch out of it carries them all, from where they belong, or from one further up. */
static void make_wide_branch(struct builder *builder, uint32_t n, const char *below) {
    build_text(builder, "01");
    build_open(builder);
    build_text(builder, "02 60 00 00 60 00");
    build_u32(builder, n);
    build_repeat(builder, "7f", n);
    build_close(builder);
    build_text(builder, "03[01 00] 0a");
    build_open(builder);
    build_text(builder, "01");
    build_open(builder);
    build_text(builder, "01 01 7f 02 01");
    build_text(builder, below);
    build_repeat(builder, "20 00", n);
    build_text(builder, "0c 00 0b");
    build_repeat(builder, "1a", n);
    build_text(builder, "0b");
    close_body(builder);
}

static void make_wide_branch_in_place(struct builder *builder, uint32_t n) {
    make_wide_branch(builder, n, "");
}

static void make_wide_branch_from_above(struct builder *builder, uint32_t n) {
    make_wide_branch(builder, n, "41 00");
}

/* Ifs with a result in the elses of ifs with a result. */
static void make_ifs_with_results(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_text(builder, "01 01 7f");
    build_repeat(builder, "20 00 04 7f 20 00 05", n);
    build_text(builder, "41 00");
    build_repeat(builder, "0b", n);
    build_text(builder, "1a 0b");
    close_body(builder);
}

/* Branches with a result out of n blocks, each to the one around, which has an operand more below: it is moved. */
static void make_moving_branches(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_text(builder, "01 01 7f");
    build_repeat(builder, "02 7f 41 00", n);
    build_text(builder, "20 00");
    build_repeat(builder, "41 00 0d 00 6a 0b", n);
    build_text(builder, "1a 0b");
    close_body(builder);
}

/* n types that a hash with the constants of FNV-1a, as the translator's, takes for one another: in each of 12 places they
 * have one of two groups of parameters that lead from the state before to the same state. */
enum { STATES = 1 << 14, GROUP = 10, PLACES = 12 };

static uint32_t hash_group(uint32_t hash, uint32_t group) {
    for (uint32_t bit = 0; bit < GROUP; bit++)
        hash = (hash ^ ((group >> bit & 1) != 0 ? 0x7eu : 0x7fu)) * 16777619u;
    return hash % STATES;
}

static void make_colliding_types(struct builder *builder, uint32_t n) {
    static uint16_t pairs[PLACES][2];
    uint32_t hash = 2166136261u ^ GROUP * PLACES;
    for (uint32_t place = 0; place < PLACES; place++) {
        static uint16_t seen[STATES];
        memset(seen, 0, sizeof seen);
        uint32_t group = 0;
        while (seen[hash_group(hash, group)] == 0 && group + 1 < 1u << GROUP) {
            seen[hash_group(hash, group)] = (uint16_t)(group + 1);
            group++;
        }
        pairs[place][0] = (uint16_t)group;
        pairs[place][1] = (uint16_t)(seen[hash_group(hash, group)] - 1);
        hash = hash_group(hash, group);
    }
    build_text(builder, "01");
    build_open(builder);
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++) {
        build_text(builder, "60");
        build_u32(builder, GROUP * PLACES);
        for (uint32_t place = 0; place < PLACES; place++)
            for (uint32_t bit = 0; bit < GROUP; bit++)
                build_byte(builder, (pairs[place][i >> place & 1] >> bit & 1) != 0 ? 0x7e : 0x7f);
        build_text(builder, "00");
    }
    build_close(builder);
}

/* n functions that call each other in a ring, the last of which computes with floats: the way there is long. */
static void make_float_chain(struct builder *builder, uint32_t n) {
    build_members(builder, "01[01 60 00 00] 03", "00", n);
    build_text(builder, "07[01 'e' 00 00] 0a");
    build_open(builder);
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++) {
        build_open(builder);
        build_text(builder, "00 43 00 00 00 00 1a 10");
        build_u32(builder, (i + 1) % n);
        build_text(builder, "0b");
        build_close(builder);
    }
    build_close(builder);
}

/* n functions of floats that stand in a table, each of which calls one of them through it. */
static void make_float_references(struct builder *builder, uint32_t n) {
    build_members(builder, "01[01 60 01 7c 01 7c] 03", "00", n);
    build_text(builder, "04[01 70 00 01] 09");
    build_open(builder);
    build_text(builder, "01 01 00");
    build_u32(builder, n);
    for (uint32_t i = 0; i < n; i++)
        build_u32(builder, i);
    build_close(builder);
    build_members(builder, "0a", "[00 20 00 41 00 11 00 00 9a 0b]", n);
}

/* n roots of one number. */
static void make_float_operations(struct builder *builder, uint32_t n) {
    open_body(builder, "01[01 60 00 00] 03[01 00]");
    build_text(builder, "00 44 00 00 00 00 00 00 00 40");
    build_repeat(builder, "9f", n);
    build_text(builder, "1a 0b");
    close_body(builder);
}

#define ONE "01[01 60 00 00] 03[01 00]"
static const struct shape shapes[] = {
    {"blocks", BODY, 0, "00", "02 40", "0b", "0b", NULL, VM_OK, false},
    {"loops_with_parameters", BODY, 0, "00 41 00 42 00 41 00 42 00", "03 01", "0b", "1a 1a 1a 1a 0b", NULL, VM_OK,
     false},
    {"ifs_with_elses", BODY, 0, "00", "41 00 04 40 05", "0b", "0b", NULL, VM_OK, false},
    {"blocks_with_operands", BODY, 0, "00", "41 00 02 40", "0b 1a", "0b", NULL, VM_OK, false},
    {"unreachable_blocks", BODY, 0, "00 00", "02 01 00", "0b", "1a 1a 1a 1a 0b", NULL, VM_OK, false},
    {"operands", BODY, 0, "00", "41 00", "1a", "0b", NULL, VM_OK, false},
    {"operands_then_returns", BODY, 0, "00", "41 00", "0f", "0b", NULL, VM_OK, false},
    {"operands_left_behind", BODY, 0, "00", "41 00", "0c 00", "0b", NULL, VM_OK, false},
    {"straight_code", BODY, 0, "01 01 7f", "20 00 41 07 6a 21 00", "", "0b", NULL, VM_OK, false},
    {"selects_of_nothing", BODY, 0, "00 00", "1b", "", "1a 0b", NULL, VM_OK, false},
    {"branches_to_the_body", BODY, 0, "00", "41 00 0d 00", "", "0b", NULL, VM_OK, false},
    {"branches_with_values", BODY, 0, "00 02 02 41 00 42 00 41 00 42 00", "41 00 0d 00", "", "0b 1a 1a 1a 1a 0b", NULL,
     VM_OK, false},
    {"tables_of_branches", BODY, 0, "00", "41 00 0e 03 00 00 00 00", "", "0b", NULL, VM_OK, false},
    {"gets_before_a_set", BODY, 0, "01 01 7f", "20 00", "41 00 21 00 1a", "0b", NULL, VM_OK, false},
    {"sums_before_a_set", BODY, 0, "01 01 7f", "20 00 41 01 6a", "41 00 21 00 1a", "0b", NULL, VM_OK, false},
    {"sets_between_gets", BODY, 0, "01 01 7f", "20 00 41 00 21 00", "1a", "0b", NULL, VM_OK, false},
    {"tees_between_gets", BODY, 0, "01 01 7f", "20 00 41 00 22 00", "1a 1a", "0b", NULL, VM_OK, false},
    {"tees_of_the_same", BODY, 0, "01 01 7f", "20 00 22 00", "1a", "0b", NULL, VM_OK, false},
    {"gets_under_blocks", BODY, 0, "01 01 7f", "20 00", "02 40 0b 1a", "0b", NULL, VM_OK, false},
    {"gets_between_blocks", BODY, 0, "01 01 7f", "20 00 02 40 0b", "1a", "0b", NULL, VM_OK, false},
    {"gets_between_open_blocks", BODY, 0, "01 01 7f", "20 00 02 40", "0b 1a", "0b", NULL, VM_OK, false},
    {"constants_under_calls", BODY, 0, "00", "41 00", "10 00 1a", "0b", NULL, VM_OK, false},
    {"gets_between_calls", BODY, 0, "01 01 7f", "20 00 10 00", "1a", "0b", NULL, VM_OK, false},
    {"branches_over_operands", BODY, 0, "01 01 7f", "20 00", "20 00 0d 00 1a", "0b", NULL, VM_OK, false},
    {"branches_with_values_to_move", BODY, 0, "00 02 02 41 00 41 00 42 00 41 00 42 00", "41 00 0d 00", "",
     "00 0b 1a 1a 1a 1a 0b", NULL, VM_OK, false},
    {"tables_in_blocks", BODY, 0, "00", "02 40 41 00 0e 01 00 01 0b", "", "0b", NULL, VM_OK, false},
    {"unreachable_tables", BODY, 0, "00 00", "0e 02 00 00 00", "", "0b", NULL, VM_OK, false},
    {"loops_in_a_row", BODY, 0, "00", "03 40 41 00 0d 00 0b", "", "0b", NULL, VM_OK, false},
    {"selects", BODY, 0, "01 01 7f", "20 00 41 01 6a 20 00 41 01 6a", "20 00 1b 1a", "0b", NULL, VM_OK, false},
    {"sums_of_sums", BODY, 0, "01 01 7f", "20 00 20 00 6a", "20 00 6a 1a", "0b", NULL, VM_OK, false},
    {"sums_from_the_top", BODY, 0, "01 01 7f 20 00", "20 00", "6a", "1a 0b", NULL, VM_OK, false},
    {"comparisons", BODY, 0, "01 01 7f", "20 00 41 01 48 45 0d 00", "", "0b", NULL, VM_OK, false},
    {"long_constants", BODY, 0, "00", "42 80 80 80 80 80 80 80 80 80 7f", "1a", "0b", NULL, VM_OK, false},
    {"loads_and_stores", BODY, 0, "01 01 7f", "20 00 20 00 28 02 04 36 02 08", "", "0b", NULL, VM_OK, false},
    {"loads_of_a_tall_stack", BODY, 0, "01 01 7f", "20 00 41 04 6a", "28 02 00 21 00", "0b", NULL, VM_OK, false},
    {"escapes_in_a_tall_stack", BODY, 0, "01 01 7f", "20 00 41 00 40 00", "1a 1a", "0b", NULL, VM_OK, false},
    {"ifs_with_results", OWN, 0, NULL, NULL, NULL, NULL, make_ifs_with_results, VM_OK, false},
    {"branches_that_move", OWN, 0, NULL, NULL, NULL, NULL, make_moving_branches, VM_OK, false},
    {"wide_branch_in_place", OWN, 0, NULL, NULL, NULL, NULL, make_wide_branch_in_place, VM_OK, false},
    {"wide_branch_from_above", OWN, 0, NULL, NULL, NULL, NULL, make_wide_branch_from_above, VM_OK, false},
    {"used_locals_of_50000", OWN, 0, NULL, NULL, NULL, NULL, make_used_locals, VM_OK, false},
    {"colliding_types", OWN, 0, NULL, NULL, NULL, NULL, make_colliding_types, VM_OK, false},
    {"scattered_locals", OWN, 0, NULL, NULL, NULL, NULL, make_scattered_locals, VM_OK, false},
    {"branches_out", OWN, 0, NULL, NULL, NULL, NULL, make_branches_out, VM_OK, false},
    {"one_table_of_branches", OWN, 0, NULL, NULL, NULL, NULL, make_one_table, VM_OK, false},
    {"functions_of_50000_locals", OWN, 0, NULL, NULL, NULL, NULL, make_many_locals, VM_OK, true},
    {"tiny_functions", OWN, 0, NULL, NULL, NULL, NULL, make_tiny_functions, VM_OK, true},
    {"types", OWN, 0, NULL, NULL, NULL, NULL, make_types, VM_OK, true},
    {"wide_calls", OWN, 0, NULL, NULL, NULL, NULL, make_wide_calls, VM_OK, false},
    {"exports", OWN, 0, NULL, NULL, NULL, NULL, make_exports, VM_OK, true},
    {"names", OWN, 0, NULL, NULL, NULL, NULL, make_names, VM_OK, true},
    {"globals", OWN, 0, NULL, NULL, NULL, NULL, make_globals, VM_OK, true},
    {"floats_at_the_end_of_calls", OWN, 0, NULL, NULL, NULL, NULL, make_float_chain, VM_UNSUPPORTED, false},
    {"floats_through_a_table", OWN, 0, NULL, NULL, NULL, NULL, make_float_references, VM_UNSUPPORTED, false},
    {"float_operations", OWN, 0, NULL, NULL, NULL, NULL, make_float_operations, VM_UNSUPPORTED, false},
    {"same_types", VECTOR, 1, "", "60 01 7f 01 7e", NULL, "", NULL, VM_OK, true},
    {"imports", VECTOR, 2, "", "'a' 'b' 03 7f 00", NULL, "", NULL, VM_OK, false},
    {"tables", VECTOR, 4, "", "70 00 01", NULL, "", NULL, VM_OK, true},
    {"element_segments", VECTOR, 9, ONE "04[01 70 00 01]", "00 41 00 0b 01 00", NULL, "0a[01 [00 0b]]", NULL, VM_OK,
     true},
    {"elements", VECTOR, 9, ONE, "01 00 03 00 00 00", NULL, "0a[01 [00 0b]]", NULL, VM_OK, true},
    {"data_segments", VECTOR, 11, "05[01 00 01]", "00 41 00 0b 03 61 62 63", NULL, "", NULL, VM_OK, true},
    {"empty_data_segments", VECTOR, 11, "05[01 00 01]", "01 00", NULL, "", NULL, VM_OK, true},
    {"text_folded", TEXT, 0, "(func (drop ", "(i32.eqz ", ")", "))", NULL, VM_OK, false},
    {"text_blocks", TEXT, 0, "(func ", "(block ", ")", ")", NULL, VM_OK, false},
    {"text_labels", TEXT, 0, "(func ", "block $l# br $l0 ", "end ", ")", NULL, VM_OK, false},
    {"text_labels_alike", TEXT, 0, "(func ", "block $l br $l ", "end ", ")", NULL, VM_OK, false},
    {"text_ifs", TEXT, 0, "(func ", "(if (i32.const 0) (then ", ")) ", ")", NULL, VM_OK, false},
    {"text_functions", TEXT, 0, "(module ", "(func $f# (call $f#))", "", ")", NULL, VM_OK, false},
    {"text_functions_ahead", TEXT, 0, "(module (func $f (call $f0))", "(func $f#)", "", ")", NULL, VM_OK, false},
    {"text_locals", TEXT, 0, "(func ", "(local $l# i32) ", "(drop (local.get $l#))", ")", NULL, VM_OK, false},
    {"text_exports", TEXT, 0, "(func $f) ", "(export \"name#\" (func $f)) ", "", "", NULL, VM_OK, false},
    {"text_exports_inline", TEXT, 0, "(func $f ", "(export \"name#\") ", "", ")", NULL, VM_OK, false},
    {"text_type_uses", TEXT, 0, "", "(func (param i32 i64) (result i32) unreachable) ", "", "", NULL, VM_OK, false},
    {"text_types", TEXT, 0, "", "(type $t# (func (param i32))) ", "", "", NULL, VM_OK, false},
    {"text_data", TEXT, 0, "(memory 1) (data (i32.const 0) ", "\"abc\\00\\u{263a}\" ", "", ")", NULL, VM_OK, false},
    {"text_long_string", TEXT, 0, "(memory 1) (data (i32.const 0) \"", "abc\\00", "", "\")", NULL, VM_OK, false},
    {"text_comments", TEXT, 0, "(module ", "(; ", ";)", ")", NULL, VM_OK, false},
    {"text_annotations", TEXT, 0, "(module ", "(@a ", ")", ")", NULL, VM_OK, false},
    {"text_lines", TEXT, 0, "(module ", ";; line\n", "", ") x", NULL, VM_MALFORMED, false},
    {"text_never_closed", TEXT, 0, "(func ", "(block ", "", "", NULL, VM_MALFORMED, false},
    {"text_numbers", TEXT, 0, "(func (drop (f64.const 0.", "7", "", ")))", NULL, VM_OK, false},
    {"text_table_of_branches", TEXT, 0, "(func $f i32.const 0 br_table ", "$f ", "", ")", NULL, VM_MALFORMED, false},
    {"text_table_of_labels", TEXT, 0, "(func (block $l i32.const 0 br_table ", "$l ", "", "))", NULL, VM_OK, false},
};
#undef ONE

static void make(struct builder *builder, const struct shape *shape, uint32_t n) {
    build_header(builder);
    switch (shape->kind) {
    case BODY:
        open_body(builder,
                  "01[03 60 00 00 60 04 7f 7e 7f 7e 04 7f 7e 7f 7e 60 00 04 7f 7e 7f 7e] 03[01 00] 05[01 00 01]");
        build_text(builder, shape->first);
        build_repeat(builder, shape->repeated, n);
        build_repeat(builder, shape->closing, n);
        build_text(builder, shape->last);
        close_body(builder);
        break;
    case VECTOR:
        build_text(builder, shape->first);
        build_byte(builder, shape->id);
        build_open(builder);
        build_u32(builder, n);
        build_repeat(builder, shape->repeated, n);
        build_close(builder);
        build_text(builder, shape->last);
        break;
    case TEXT:
        builder->size = 0;
        build_decimal(builder, shape->first, 0);
        for (uint32_t i = 0; i < n; i++)
            build_decimal(builder, shape->repeated, i);
        for (uint32_t i = 0; i < n; i++)
            build_decimal(builder, shape->closing, i);
        build_decimal(builder, shape->last, 0);
        break;
    case OWN:
        shape->make(builder, n);
        break;
    }
}

#endif
