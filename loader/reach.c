/* loader/reach.c - which functions need what is refused, and how a call gets there.
 *
 * Two passes over the code: the first counts what is refused in each function, the second searches breadth first from
 * the exports and reads each function it comes to once more for its calls, so no edge is ever stored. */
#include "loader/reach.h"

#include <stdio.h>

#include "loader/context.h"
#include "loader/skip.h"
#include "loader/sort.h"

#define NONE UINT32_MAX

/* A function of the index space. */
struct node {
    struct vm_bytes body;          /* own functions, behind the size */
    uint32_t type;                 /* index in types */
    uint32_t class_next;           /* the next function of the same type that a table may hold */
    struct loader_finding finding; /* count == 0: nothing refused */
    struct loader_step step;       /* how the search came here */
    uint32_t parent;               /* from which function; NONE for a root */
    uint32_t depth;                /* steps from the root, itself included; 0: not reached */
    bool referenced;               /* in an element segment or ref.func */
};

/* A function type by its bytes: parameters and results as they stand in the module. */
struct type {
    struct vm_bytes bytes;
    uint32_t class;      /* equal types have the same */
    uint32_t first;      /* of the class: functions that a table may hold */
    bool class_expanded; /* the search has entered these */
};

struct walk {
    struct loader_reader reader; /* start is the module's; at and end move */
    const struct loader_options *options;
    struct loader_report *report;
    struct vm_arena scratch;
    struct type *types;
    uint32_t type_count;
    struct node *nodes;
    uint32_t node_count;
    uint32_t imported;
    struct vm_bytes exports; /* content of the export section */
    struct vm_bytes names;
    uint32_t start;
    uint32_t *queue;
    uint32_t queue_count;
};

#define ALLOCATE(walk, arena, pointer, count)                                                                          \
    (((pointer) = vm_arena_allocate(arena, count, sizeof *(pointer))) != NULL                                          \
         ? VM_OK                                                                                                       \
         : vm_fail((walk)->reader.error, VM_ERROR_OUT_OF_MEMORY, 0, NULL))

/* Notes one refused thing in a function; the first one gives the finding its words. */
static enum vm_status note(struct walk *walk, struct node *node, uint32_t offset, enum vm_feature feature,
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

static enum vm_status note_type(struct walk *walk, struct node *node, uint32_t offset, uint8_t type, const char *kind) {
    const char *name;
    const enum vm_feature feature = loader_type_feature(type, &name);
    if (feature == VM_FEATURE_COUNT || loader_admits(walk->options, feature))
        return VM_OK;
    return note(walk, node, offset, feature, name, kind);
}

/* A count of things that the walk keeps in memory, within the limit that the loader has for them. */
static enum vm_status read_count(struct walk *walk, uint64_t limit, const char *what, uint32_t *count) {
    const uint32_t offset = loader_offset(&walk->reader);
    TRY(loader_read_size(&walk->reader, count));
    if (*count > limit)
        return vm_fail(walk->reader.error, VM_ERROR_OVER_LIMIT, offset, "%s: %lu, at most %llu are allowed", what,
                       (unsigned long)*count, (unsigned long long)limit);
    return VM_OK;
}

static enum vm_status walk_types(struct walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    uint32_t count;
    TRY(read_count(walk, walk->options->limits->types, "types", &count));
    TRY(ALLOCATE(walk, &walk->scratch, walk->types, count));
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t offset = loader_offset(reader);
        uint8_t form;
        TRY(loader_read_byte(reader, &form));
        if (form != 0x60)
            return vm_fail(reader->error, VM_ERROR_DEFINITION_TYPE, offset, "0x%02x", form);
        const uint8_t *const start = reader->at;
        for (uint32_t half = 0; half < 2; half++) {
            uint32_t members;
            uint8_t type;
            TRY(loader_read_size(reader, &members));
            for (uint32_t k = 0; k < members; k++)
                TRY(loader_skip_value_type(reader, &type));
        }
        walk->types[i].bytes = vm_bytes(start, (size_t)(reader->at - start));
        walk->types[i].first = NONE;
        walk->type_count++;
    }
    return VM_OK;
}

static int compare_types(const void *context, uint32_t a, uint32_t b) {
    const struct type *const types = context;
    const int order = vm_bytes_compare(types[a].bytes, types[b].bytes);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Gives equal types the same class: the least index among them. */
static enum vm_status classify_types(struct walk *walk) {
    uint32_t *order;
    TRY(ALLOCATE(walk, &walk->scratch, order, walk->type_count));
    for (uint32_t i = 0; i < walk->type_count; i++)
        order[i] = i;
    loader_sort(order, walk->type_count, compare_types, walk->types);
    for (uint32_t i = 0; i < walk->type_count; i++) {
        struct type *const type = &walk->types[order[i]];
        const struct type *const before = i == 0 ? NULL : &walk->types[order[i - 1]];
        type->class = before != NULL && vm_bytes_equal(before->bytes, type->bytes) ? before->class : order[i];
    }
    return VM_OK;
}

/* Adds a function of the given type, noting what its signature has of refused types. */
static enum vm_status add_node(struct walk *walk, uint32_t type) {
    if (type >= walk->type_count)
        return vm_fail(walk->reader.error, VM_ERROR_UNKNOWN_TYPE, loader_offset(&walk->reader), NULL);
    struct node *const node = &walk->nodes[walk->node_count];
    *node = (struct node){.type = type, .parent = NONE, .class_next = NONE};
    node->finding.function = walk->node_count++;
    const struct vm_bytes bytes = walk->types[type].bytes;
    struct loader_reader reader = walk->reader;
    reader.at = bytes.data;
    reader.end = bytes.data + bytes.size;
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t members;
        uint8_t value;
        TRY(loader_read_size(&reader, &members));
        for (uint32_t k = 0; k < members; k++) {
            const uint32_t offset = loader_offset(&reader);
            TRY(loader_skip_value_type(&reader, &value));
            TRY(note_type(walk, node, offset, value, half == 0 ? " parameter" : " result"));
        }
    }
    return VM_OK;
}

/* Makes room for `more` functions behind those there are. */
static enum vm_status add_room(struct walk *walk, uint32_t more) {
    struct node *nodes;
    TRY(ALLOCATE(walk, &walk->scratch, nodes, (size_t)walk->node_count + more));
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

static enum vm_status walk_import(struct walk *walk) {
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

static enum vm_status walk_imports(struct walk *walk) {
    uint32_t count;
    TRY(read_count(walk, walk->options->limits->imports, "imports", &count));
    TRY(add_room(walk, count));
    for (uint32_t i = 0; i < count; i++)
        TRY(walk_import(walk));
    walk->imported = walk->node_count;
    return VM_OK;
}

static enum vm_status walk_functions(struct walk *walk) {
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

static void refer(struct walk *walk, uint32_t function) {
    if (function < walk->node_count)
        walk->nodes[function].referenced = true;
}

/* Passes over a constant expression for its ref.func. */
static enum vm_status walk_constant(struct walk *walk) {
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

static enum vm_status walk_globals(struct walk *walk) {
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

static enum vm_status walk_element(struct walk *walk) {
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

static enum vm_status walk_elements(struct walk *walk) {
    uint32_t count;
    TRY(loader_read_size(&walk->reader, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(walk_element(walk));
    return VM_OK;
}

static enum vm_status walk_locals(struct walk *walk, struct node *node) {
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
static enum vm_status walk_instruction(struct walk *walk, struct node *node) {
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

static enum vm_status walk_code(struct walk *walk) {
    struct loader_reader *const reader = &walk->reader;
    uint32_t count;
    TRY(loader_read_size(reader, &count));
    if (count > walk->node_count - walk->imported)
        return vm_fail(reader->error, VM_ERROR_FUNCTION_CODE_MISMATCH, loader_offset(reader), NULL);
    for (uint32_t i = 0; i < count; i++) {
        struct node *const node = &walk->nodes[walk->imported + i];
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

/* Enters a function into the search unless it was entered before. */
static void enter(struct walk *walk, uint32_t function, uint32_t parent, struct loader_step step) {
    if (function >= walk->node_count || walk->nodes[function].depth != 0)
        return;
    struct node *const node = &walk->nodes[function];
    node->step = step;
    node->step.function = function;
    node->parent = parent;
    node->depth = parent == NONE ? 1 : walk->nodes[parent].depth + 1;
    walk->queue[walk->queue_count++] = function;
}

/* An indirect call reaches all functions of its type that a table may hold; the first call of a type enters them. */
static void enter_class(struct walk *walk, uint32_t type, uint32_t caller, uint32_t offset) {
    if (type >= walk->type_count)
        return;
    struct type *const class = &walk->types[walk->types[type].class];
    if (class->class_expanded)
        return;
    class->class_expanded = true;
    for (uint32_t i = class->first; i != NONE; i = walk->nodes[i].class_next)
        enter(walk, i, caller, (struct loader_step){.indirect = true, .offset = offset});
}

/* Reads a function once more for its calls. */
static enum vm_status search_body(struct walk *walk, uint32_t caller) {
    const struct vm_bytes body = walk->nodes[caller].body;
    struct loader_reader reader = walk->reader;
    uint32_t declarations;
    uint32_t index;
    uint8_t type;
    if (body.data == NULL)
        return VM_OK;
    reader.at = body.data;
    reader.end = body.data + body.size;
    TRY(loader_read_size(&reader, &declarations));
    for (uint32_t i = 0; i < declarations; i++) {
        TRY(loader_read_u32(&reader, &index));
        TRY(loader_skip_value_type(&reader, &type));
    }
    while (reader.at != reader.end) {
        const uint32_t offset = loader_offset(&reader);
        uint32_t op;
        TRY(loader_skip_op(&reader, &op));
        struct loader_reader immediate = reader;
        TRY(loader_skip_immediate(&reader, op));
        if (op == VM_OP_CALL || op == VM_OP_RETURN_CALL) {
            TRY(loader_read_u32(&immediate, &index));
            enter(walk, index, caller, (struct loader_step){.offset = offset});
        } else if (op == VM_OP_CALL_INDIRECT || op == VM_OP_RETURN_CALL_INDIRECT || op == VM_OP_CALL_REF ||
                   op == VM_OP_RETURN_CALL_REF) {
            TRY(loader_read_u32(&immediate, &index));
            enter_class(walk, index, caller, offset);
        }
    }
    return VM_OK;
}

/* Seeds the search with the exported functions in order, then the start function. */
static enum vm_status enter_roots(struct walk *walk) {
    struct loader_reader reader = walk->reader;
    if (walk->exports.data != NULL) {
        uint32_t count;
        reader.at = walk->exports.data;
        reader.end = reader.at + walk->exports.size;
        TRY(loader_read_size(&reader, &count));
        for (uint32_t i = 0; i < count; i++) {
            struct vm_bytes name;
            uint8_t kind;
            uint32_t index;
            TRY(loader_read_name(&reader, &name));
            TRY(loader_read_byte(&reader, &kind));
            TRY(loader_read_u32(&reader, &index));
            if (kind != 0 || index >= walk->node_count || walk->nodes[index].depth != 0)
                continue;
            walk->nodes[index].finding.export = name;
            enter(walk, index, NONE, (struct loader_step){.offset = 0});
        }
    }
    enter(walk, walk->start, NONE, (struct loader_step){.offset = 0});
    return VM_OK;
}

static enum vm_status search(struct walk *walk) {
    TRY(classify_types(walk));
    TRY(ALLOCATE(walk, &walk->scratch, walk->queue, walk->node_count));
    for (uint32_t i = walk->node_count; i-- > 0;) {
        struct node *const node = &walk->nodes[i];
        if (!node->referenced)
            continue;
        struct type *const class = &walk->types[walk->types[node->type].class];
        node->class_next = class->first;
        class->first = i;
    }
    TRY(enter_roots(walk));
    for (uint32_t i = 0; i < walk->queue_count; i++)
        TRY(search_body(walk, walk->queue[i]));
    return VM_OK;
}

/* Writes the path to a function that was reached; without one if the room for paths is used up. */
static enum vm_status make_path(struct walk *walk, const struct node *node, struct loader_finding *finding,
                                size_t *room) {
    struct loader_step *path;
    finding->path_length = node->depth;
    uint32_t at = finding->function;
    if (node->depth == 0)
        return VM_OK;
    if (node->depth <= *room) {
        *room -= node->depth;
        TRY(ALLOCATE(walk, &walk->report->arena, path, node->depth));
        finding->path = path;
        for (uint32_t i = node->depth; i-- > 0; at = walk->nodes[at].parent)
            path[i] = walk->nodes[at].step;
        finding->export = walk->nodes[path[0].function].finding.export;
    }
    return VM_OK;
}

static enum vm_status make_report(struct walk *walk, struct vm_bytes bytes) {
    struct loader_report *const report = walk->report;
    struct loader_finding *findings;
    uint32_t count = 0;
    size_t room = bytes.size + 4096;
    for (uint32_t i = 0; i < walk->node_count; i++)
        count += walk->nodes[i].finding.count != 0;
    TRY(ALLOCATE(walk, &report->arena, findings, count));
    report->findings = findings;
    report->function_count = walk->node_count;
    for (uint32_t i = 0; i < walk->node_count; i++) {
        const struct node *const node = &walk->nodes[i];
        if (node->finding.count == 0)
            continue;
        struct loader_finding *const finding = &findings[report->count++];
        *finding = node->finding;
        finding->export = (struct vm_bytes){NULL, 0};
        TRY(make_path(walk, node, finding, &room));
    }
    return VM_OK;
}

/* Sections that the walk reads, by id; it passes over the others. */
static enum vm_status walk_section(struct walk *walk, uint8_t id) {
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

static enum vm_status walk_module(struct walk *walk, struct vm_bytes bytes) {
    struct loader_reader *const reader = &walk->reader;
    const uint8_t *const end = bytes.data + bytes.size;
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
    TRY(search(walk));
    TRY(make_report(walk, bytes));
    return loader_take_names(walk->names, walk->node_count, walk->options->limits->name_bytes, &walk->report->arena,
                             &walk->report->function_names, reader->error);
}

enum vm_status loader_explain(struct vm_bytes bytes, const struct loader_options *options,
                              const struct vm_allocator *allocator, struct loader_report *report,
                              struct vm_error *error) {
    *report = (struct loader_report){.count = 0};
    vm_arena_init(&report->arena, allocator);
    struct walk walk = {.options = options, .report = report, .start = NONE};
    vm_arena_init(&walk.scratch, allocator);
    enum vm_status status = VM_OK;
    if (bytes.size > options->limits->module_bytes || bytes.size > UINT32_MAX)
        status = vm_fail(error, VM_ERROR_OVER_LIMIT, 0, "module_bytes");
    /* Names in the report point into a copy, so that it may outlive the caller's bytes. */
    const struct vm_bytes copy = status == VM_OK ? vm_arena_copy(&report->arena, bytes) : bytes;
    if (copy.data == NULL)
        status = vm_fail(error, VM_ERROR_OUT_OF_MEMORY, 0, NULL);
    if (status == VM_OK) {
        walk.reader = (struct loader_reader){copy.data, copy.data, copy.data + copy.size, error};
        status = walk_module(&walk, copy);
    }
    vm_arena_clear(&walk.scratch);
    if (status != VM_OK)
        loader_report_clear(report);
    return status;
}

void loader_report_clear(struct loader_report *report) {
    vm_arena_clear(&report->arena);
    report->count = 0;
    report->findings = NULL;
    report->function_names = NULL;
    report->function_count = 0;
}
