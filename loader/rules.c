/* loader/rules.c - rows of vm/opcodes.def made ready for the validator's loop.
 *
 * Letters of the columns in and out become value types once per load, and the feature and the price are judged once per
 * row instead of once per instruction. */
#include "loader/context.h"

bool loader_admits(const struct loader_options *options, enum vm_feature feature) {
    if (feature == VM_FEATURE_FLOAT)
        return options->policy == LOADER_LAZY;
    return vm_feature_rows[feature].ready && options->features->on[feature];
}

bool loader_reads_wide(const struct loader_options *options) {
    return options->features->on[VM_FEATURE_MEMORY64];
}

static uint8_t type_of_letter(char letter) {
    switch (letter) {
    case 'i':
        return VM_I32;
    case 'I':
        return VM_I64;
    case 'f':
        return VM_F32;
    case 'F':
        return VM_F64;
    default:
        return VM_BOTTOM;
    }
}

/* Translates a column; false if it has letters that are no types. */
static bool make_types(const char *letters, uint8_t *types, uint32_t room, uint8_t *count) {
    *count = 0;
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const uint8_t type = type_of_letter(*letter);
        if (type == VM_BOTTOM || *count == room)
            return false;
        types[(*count)++] = type;
    }
    return true;
}

static enum loader_rule_kind kind_by_immediate(uint32_t op) {
    switch (vm_opcodes[op].immediate) {
    case VM_IMM_NONE:
        return LOADER_RULE_PLAIN;
    case VM_IMM_I32:
    case VM_IMM_I64:
        return LOADER_RULE_NUMBER;
    case VM_IMM_MEMARG:
        return LOADER_RULE_ACCESS;
    default:
        return LOADER_RULE_TABLE;
    }
}

static enum loader_rule_kind kind_by_hand(uint32_t op) {
    switch (op) {
    case VM_OP_LOCAL_GET:
        return LOADER_RULE_LOCAL_GET;
    case VM_OP_LOCAL_SET:
        return LOADER_RULE_LOCAL_SET;
    case VM_OP_LOCAL_TEE:
        return LOADER_RULE_LOCAL_TEE;
    case VM_OP_GLOBAL_GET:
        return LOADER_RULE_GLOBAL_GET;
    default:
        return LOADER_RULE_HAND;
    }
}

static void make_rule(const struct loader_options *options, uint32_t op, struct loader_rule *rule) {
    const struct vm_opcode *const row = &vm_opcodes[op];
    uint8_t in[LOADER_MOST_IN];
    rule->immediate = row->immediate;
    rule->align = row->align;
    const bool typed = make_types(row->in, in, sizeof in, &rule->in_count);
    const bool by_table = make_types(row->out, rule->out, sizeof rule->out, &rule->out_count) && typed;
    for (uint32_t i = 0; typed && i < rule->in_count; i++) {
        const uint32_t place = LOADER_MOST_IN - rule->in_count + i;
        rule->in[place] = in[i];
        rule->mask[place] = 0xFF;
    }
    if (!loader_admits(options, (enum vm_feature)row->feature) || row->in[0] == '-')
        rule->kind = LOADER_RULE_REFUSED;
    else if (options->schedule->instruction[op] == 0)
        rule->kind = LOADER_RULE_UNPRICED;
    else
        rule->kind = (uint8_t)(by_table ? kind_by_immediate(op) : kind_by_hand(op));
}

void loader_make_rules(const struct loader_options *options, struct loader_rule rules[VM_OP_COUNT + 1]) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        make_rule(options, op, &rules[op]);
    rules[VM_OP_COUNT].kind = LOADER_RULE_PREFIX;
}
