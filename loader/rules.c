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

void loader_make_rules(const struct loader_options *options, struct loader_rule rules[VM_OP_COUNT]) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++) {
        const struct vm_opcode *const row = &vm_opcodes[op];
        struct loader_rule *const rule = &rules[op];
        rule->immediate = row->immediate;
        rule->align = row->align;
        const bool in = make_types(row->in, rule->in, sizeof rule->in, &rule->in_count);
        const bool out = make_types(row->out, rule->out, sizeof rule->out, &rule->out_count);
        if (!loader_admits(options, (enum vm_feature)row->feature) || row->in[0] == '-')
            rule->kind = LOADER_RULE_REFUSED;
        else if (options->schedule->instruction[op] == 0)
            rule->kind = LOADER_RULE_UNPRICED;
        else
            rule->kind = in && out                        ? LOADER_RULE_TABLE
                         : row->immediate == VM_IMM_LOCAL ? LOADER_RULE_LOCAL
                                                          : LOADER_RULE_HAND;
    }
}
