/* loader/walk.c - the first pass: sections, signatures, and what each body has of refused things. */
#include "loader/walk.h"

#include <stdio.h>

#include "loader/context.h"
#include "loader/skip.h"

/* Notes one refused thing in a function; the first one gives the finding its words. */
static enum vm_status note(struct loader_walk *walk, struct loader_node *node, uint32_t offset, enum vm_feature feature,
                           const char *what, const char *kind) {
    struct loader_finding *const finding = &node->finding;
    if (finding->count++ != 0)
        return VM_OK;
    char text[64];
    snprintf(text, sizeof text, "%s%s", what, kind);
    const struct vm_bytes copy = vm_arena_copy(&walk->report->arena, vm_bytes_of_text(text));
    if (copy.data == NULL)
        return vm_fail(walk->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    finding->offset = offset;
    finding->feature = feature;
    finding->instruction = (const char *)copy.data;
    return VM_OK;
}

static enum vm_status note_type(struct loader_walk *walk, struct loader_node *node, uint32_t offset, uint8_t type,
                                const char *kind) {
    const char *name;
    const enum vm_feature feature = loader_type_feature(type, &name);
    if (feature == VM_FEATURE_COUNT || loader_admits(walk->options, feature))
        return VM_OK;
    return note(walk, node, offset, feature, name, kind);
}

/* A count of things that the walk keeps in memory, within the limit that the loader has for them. */
static enum vm_status read_count(struct loader_walk *walk, uint64_t limit, const char *what, uint32_t *count) {
    const uint32_t offset = loader_offset(&walk->reader);
    TRY(loader_read_size(&walk->reader, count));
    if (*count > limit)
        return vm_fail(walk->reader.error, VM_ERROR_OVER_LIMIT, offset, "%s: %lu, at most %llu are allowed", what,
                       (unsigned long)*count, (unsigned long long)limit);
    return VM_OK;
}

static enum vm_status walk_types(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    uint32_t count;
    TRY(read_count(walk, walk->options->limits->types, "types", &count));
    TRY(LOADER_WALK_ALLOCATE(walk, &walk->scratch, walk->types, count));
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t offset = loader_offset(reader);
        uint8_t form;
        TRY(loader_read_byte(reader, &form));
        if (form != 0x60)
            return vm_fail(reader->error, VM_ERROR_DEFINITION_TYPE, offset, "0x%02x", form);
        const uint8_t *const start = reader->at;
        struct loader_node signature = {0};
        for (uint32_t half = 0; half < 2; half++) {
            uint32_t members;
            uint8_t type;
            TRY(loader_read_size(reader, &members));
            for (uint32_t k = 0; k < members; k++) {
                const uint32_t at = loader_offset(reader);
                TRY(loader_skip_value_type(reader, &type));
                TRY(note_type(walk, &signature, at, type, half == 0 ? " parameter" : " result"));
            }
        }
        walk->types[i].bytes = vm_bytes(start, (size_t)(reader->at - start));
        walk->types[i].first = LOADER_NONE;
        walk->types[i].finding = signature.finding;
        walk->type_count++;
    }
    return VM_OK;
}

/* Adds a function of the given type, with what its signature has of refused types. */
static enum vm_status add_node(struct loader_walk *walk, uint32_t type) {
    if (type >= walk->type_count)
        return vm_fail(walk->reader.error, VM_ERROR_UNKNOWN_TYPE, loader_offset(&walk->reader), NULL);
    struct loader_node *const node = &walk->nodes[walk->node_count];
    *node = (struct loader_node){
        .type = type, .parent = LOADER_NONE, .class_next = LOADER_NONE, .finding = walk->types[type].finding};
    node->finding.function = walk->node_count++;
    return VM_OK;
}

/* Makes room for `more` functions behind those there are. */
static enum vm_status add_room(struct loader_walk *walk, uint32_t more) {
    struct loader_node *nodes;
    TRY(LOADER_WALK_ALLOCATE(walk, &walk->scratch, nodes, (size_t)walk->node_count + more));
    if (walk->node_count != 0)
        memcpy(nodes, walk->nodes, walk->node_count * sizeof *nodes);
    walk->nodes = nodes;
    return VM_OK;
}

static enum vm_status skip_limits(struct loader_reader *reader) {
    uint32_t flags;
    int64_t bound;
    TRY(loader_read_u32(reader, &flags));
    TRY(loader_read_s(reader, 64, &bound));
    if ((flags & 1) != 0)
        TRY(loader_read_s(reader, 64, &bound));
    return (flags & 8) != 0 ? loader_read_u32(reader, &flags) : VM_OK;
}

static enum vm_status walk_import(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    struct vm_bytes name;
    uint8_t kind;
    uint32_t index;
    TRY(loader_read_name(reader, &name));
    TRY(loader_read_name(reader, &name));
    TRY(loader_read_byte(reader, &kind));
    switch (kind) {
    case 0:
        TRY(loader_read_u32(reader, &index));
        return add_node(walk, index);
    case 1:
        TRY(loader_skip_value_type(reader, &kind));
        return skip_limits(reader);
    case 2:
        return skip_limits(reader);
    case 3:
        TRY(loader_skip_value_type(reader, &kind));
        return loader_read_byte(reader, &kind);
    case 4:
        TRY(loader_read_byte(reader, &kind));
        return loader_read_u32(reader, &index);
    default:
        return vm_fail(reader->error, VM_ERROR_IMPORT_KIND, loader_offset(reader) - 1, "0x%02x", kind);
    }
}

static enum vm_status walk_imports(struct loader_walk *walk) {
    uint32_t count;
    TRY(read_count(walk, walk->options->limits->imports, "imports", &count));
    TRY(add_room(walk, count));
    for (uint32_t i = 0; i < count; i++)
        TRY(walk_import(walk));
    walk->imported = walk->node_count;
    return VM_OK;
}

static enum vm_status walk_functions(struct loader_walk *walk) {
    uint32_t count;
    TRY(read_count(walk, walk->options->limits->functions, "functions", &count));
    TRY(add_room(walk, count));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t type;
        TRY(loader_read_u32(&walk->reader, &type));
        TRY(add_node(walk, type));
    }
    return VM_OK;
}

static void refer(struct loader_walk *walk, uint32_t function) {
    if (function < walk->node_count)
        walk->nodes[function].referenced = true;
}

/* Passes over a constant expression for its ref.func. */
static enum vm_status walk_constant(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    for (;;) {
        uint32_t op;
        uint32_t function;
        TRY(loader_skip_op(reader, &op));
        if (op == VM_OP_END)
            return VM_OK;
        if (op == VM_OP_REF_FUNC) {
            TRY(loader_read_u32(reader, &function));
            refer(walk, function);
        } else {
            TRY(loader_skip_immediate(reader, op));
        }
    }
}

static enum vm_status walk_globals(struct loader_walk *walk) {
    uint32_t count;
    TRY(loader_read_size(&walk->reader, &count));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t byte;
        TRY(loader_skip_value_type(&walk->reader, &byte));
        TRY(loader_read_byte(&walk->reader, &byte));
        TRY(walk_constant(walk));
    }
    return VM_OK;
}

static enum vm_status walk_element(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    uint32_t flags;
    uint32_t index;
    uint32_t count;
    uint8_t kind;
    TRY(loader_read_u32(reader, &flags));
    if ((flags & 1) == 0) {
        if ((flags & 2) != 0)
            TRY(loader_read_u32(reader, &index));
        TRY(walk_constant(walk));
    }
    if ((flags & 3) != 0)
        TRY(loader_skip_value_type(reader, &kind));
    TRY(loader_read_size(reader, &count));
    for (uint32_t i = 0; i < count; i++) {
        if ((flags & 4) != 0) {
            TRY(walk_constant(walk));
        } else {
            TRY(loader_read_u32(reader, &index));
            refer(walk, index);
        }
    }
    return VM_OK;
}

static enum vm_status walk_elements(struct loader_walk *walk) {
    uint32_t count;
    TRY(loader_read_size(&walk->reader, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(walk_element(walk));
    return VM_OK;
}

static enum vm_status walk_locals(struct loader_walk *walk, struct loader_node *node) {
    uint32_t declarations;
    TRY(loader_read_size(&walk->reader, &declarations));
    for (uint32_t i = 0; i < declarations; i++) {
        uint32_t count;
        uint8_t type;
        TRY(loader_read_u32(&walk->reader, &count));
        const uint32_t offset = loader_offset(&walk->reader);
        TRY(loader_skip_value_type(&walk->reader, &type));
        TRY(note_type(walk, node, offset, type, " local"));
    }
    return VM_OK;
}

/* One instruction of the first pass. */
static enum vm_status walk_instruction(struct loader_walk *walk, struct loader_node *node) {
    struct loader_reader *const reader = &walk->reader;
    const uint32_t offset = loader_offset(reader);
    uint32_t op;
    TRY(loader_skip_op(reader, &op));
    const enum vm_feature feature = (enum vm_feature)vm_opcodes[op].feature;
    const uint8_t *const immediate = reader->at;
    TRY(loader_skip_immediate(reader, op));
    if (!loader_admits(walk->options, feature))
        return note(walk, node, offset, feature, vm_opcodes[op].text, "");
    if (vm_opcodes[op].immediate == VM_IMM_BLOCK && (*immediate & 0xC0) == 0x40 && *immediate != 0x40)
        return note_type(walk, node, offset, *immediate, " block");
    /* The count of types, which is one in any valid module, stands before the type. */
    if (op == VM_OP_SELECT_TYPED && reader->at - immediate > 1)
        return note_type(walk, node, offset, immediate[1], " select");
    if (op == VM_OP_REF_FUNC) {
        struct loader_reader again = *reader;
        uint32_t function;
        again.at = immediate;
        TRY(loader_read_u32(&again, &function));
        refer(walk, function);
    }
    return VM_OK;
}

static enum vm_status walk_code(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    uint32_t count;
    TRY(loader_read_size(reader, &count));
    if (count > walk->node_count - walk->imported)
        return vm_fail(reader->error, VM_ERROR_FUNCTION_CODE_MISMATCH, loader_offset(reader), NULL);
    for (uint32_t i = 0; i < count; i++) {
        struct loader_node *const node = &walk->nodes[walk->imported + i];
        const uint8_t *const section_end = reader->end;
        uint32_t size;
        TRY(loader_read_size(reader, &size));
        TRY(loader_read_bytes(reader, size, &node->body));
        reader->at = node->body.data;
        reader->end = node->body.data + size;
        TRY(walk_locals(walk, node));
        while (reader->at != reader->end)
            TRY(walk_instruction(walk, node));
        reader->end = section_end;
    }
    return VM_OK;
}

/* Sections that the walk reads, by id; it passes over the others. */
static enum vm_status walk_section(struct loader_walk *walk, uint8_t id) {
    struct loader_reader *const reader = &walk->reader;
    struct vm_bytes name;
    switch (id) {
    case 0:
        if (loader_read_name(reader, &name) == VM_OK && vm_bytes_equal(name, vm_bytes_of_text("name")) &&
            walk->names.data == NULL)
            walk->names = vm_bytes(reader->at, loader_rest(reader));
        return VM_OK;
    case 1:
        return walk_types(walk);
    case 2:
        return walk_imports(walk);
    case 3:
        return walk_functions(walk);
    case 6:
        return walk_globals(walk);
    case 7:
        walk->exports = vm_bytes(reader->at, loader_rest(reader));
        return VM_OK;
    case 8:
        return loader_read_u32(reader, &walk->start);
    case 9:
        return walk_elements(walk);
    case 10:
        return walk_code(walk);
    default:
        return VM_OK;
    }
}

enum vm_status loader_walk_module(struct loader_walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    const uint8_t *const end = reader->end;
    uint32_t seen = 0;
    struct vm_bytes header;
    TRY(loader_read_bytes(reader, 8, &header));
    while (reader->at != end) {
        uint8_t id;
        uint32_t size;
        TRY(loader_read_byte(reader, &id));
        TRY(loader_read_size(reader, &size));
        if (size > loader_rest(reader))
            return loader_fail_end(reader);
        /* A section that comes twice could make the work more than linear. */
        if (id != 0 && id < 32 && (seen >> id & 1) != 0)
            return vm_fail(reader->error, VM_ERROR_SECTION_ORDER, loader_offset(reader), NULL);
        if (id < 32)
            seen |= (uint32_t)1 << id;
        const uint8_t *const content = reader->at;
        reader->end = content + size;
        TRY(walk_section(walk, id));
        reader->at = content + size;
        reader->end = end;
    }
    return VM_OK;
}
