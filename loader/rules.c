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

/* Translates a column; false if it has letters that are no types. */
static bool make_types(const char *letters, uint8_t *types, uint32_t room, uint8_t *count) {
    *count = 0;
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const uint8_t type = loader_type_of_letter(*letter);
        if (type == VM_BOTTOM || *count == room)
            return false;
        types[(*count)++] = type;
    }
    return true;
}

static void make_rule(const struct loader_options *options, uint32_t op, struct loader_rule *rule) {
    const struct vm_opcode *const row = &vm_opcodes[op];
    rule->immediate = row->immediate;
    rule->align = row->align;
    const bool typed = make_types(row->in, rule->in, sizeof rule->in, &rule->in_count);
    const bool by_table = make_types(row->out, rule->out, sizeof rule->out, &rule->out_count) && typed;
    if (!loader_admits(options, (enum vm_feature)row->feature) || row->in[0] == '-')
        rule->kind = LOADER_RULE_REFUSED;
    else if (options->schedule->instruction[op] == 0)
        rule->kind = LOADER_RULE_UNPRICED;
    else
        rule->kind = by_table ? LOADER_RULE_TABLE : LOADER_RULE_HAND;
}

static enum loader_common_kind common_kind(uint32_t op) {
    const struct vm_opcode *const opcode = &vm_opcodes[op];
#define OP(name)                                                                                                       \
    if (op == VM_OP_##name)                                                                                            \
        return LOADER_COMMON_##name;
#define ROW(name, number, takes, gives)                                                                                \
    if (opcode->immediate == VM_IMM_##number && strcmp(opcode->in, takes) == 0 && strcmp(opcode->out, gives) == 0)     \
        return LOADER_COMMON_##name;
    LOADER_COMMON_OPS(OP)
    LOADER_COMMON_ROWS(ROW)
    return LOADER_COMMON_NONE;
}

void loader_make_rules(struct loader_context *context) {
    for (uint32_t op = 0; op < VM_OP_COUNT; op++)
        make_rule(context->options, op, &context->rules[op]);
    context->rules[VM_OP_COUNT].kind = LOADER_RULE_PREFIX;
}

void loader_make_common(struct loader_context *context) {
    for (uint32_t byte = 0; byte <= UINT8_MAX; byte++) {
        const uint32_t op = vm_op_by_byte[byte];
        const struct loader_rule *const rule = &context->rules[op];
        const bool wants_memory = rule->immediate == VM_IMM_MEMARG;
        if (rule->kind < LOADER_RULE_PREFIX && (!wants_memory || context->module->memory_count != 0))
            context->common[byte] = (struct loader_common){(uint8_t)common_kind(op), rule->align};
    }
}
