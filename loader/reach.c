/* loader/reach.c - which functions need what is refused, and how a call gets there.
 *
 * After the walk that finds what is refused, a search goes breadth first from the exports and reads each function it
 * comes to once more for its calls, so no edge is ever stored. */
#include "loader/reach.h"

#include "loader/context.h"
#include "loader/skip.h"
#include "loader/sort.h"
#include "loader/walk.h"

static int compare_types(const void *context, uint32_t a, uint32_t b) {
    const struct loader_walk_type *const types = context;
    const int order = vm_bytes_compare(types[a].bytes, types[b].bytes);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Gives equal types the same class: the least index among them. */
static enum vm_status classify_types(struct loader_walk *walk) {
    uint32_t *order;
    TRY(LOADER_WALK_ALLOCATE(walk, &walk->scratch, order, walk->type_count));
    for (uint32_t i = 0; i < walk->type_count; i++)
        order[i] = i;
    loader_sort(order, walk->type_count, compare_types, walk->types);
    for (uint32_t i = 0; i < walk->type_count; i++) {
        struct loader_walk_type *const type = &walk->types[order[i]];
        const struct loader_walk_type *const before = i == 0 ? NULL : &walk->types[order[i - 1]];
        type->class = before != NULL && vm_bytes_equal(before->bytes, type->bytes) ? before->class : order[i];
    }
    return VM_OK;
}

/* Enters a function into the search unless it was entered before. */
static void enter(struct loader_walk *walk, uint32_t function, uint32_t parent, struct loader_step step) {
    if (function >= walk->node_count || walk->nodes[function].depth != 0)
        return;
    struct loader_node *const node = &walk->nodes[function];
    node->step = step;
    node->step.function = function;
    node->parent = parent;
    node->depth = parent == LOADER_NONE ? 1 : walk->nodes[parent].depth + 1;
    walk->queue[walk->queue_count++] = function;
}

/* An indirect call reaches all functions of its type that a table may hold; the first call of a type enters them. */
static void enter_class(struct loader_walk *walk, uint32_t type, uint32_t caller, uint32_t offset) {
    if (type >= walk->type_count)
        return;
    struct loader_walk_type *const class = &walk->types[walk->types[type].class];
    if (class->class_expanded)
        return;
    class->class_expanded = true;
    for (uint32_t i = class->first; i != LOADER_NONE; i = walk->nodes[i].class_next)
        enter(walk, i, caller, (struct loader_step){.indirect = true, .offset = offset});
}

/* Reads a function once more for its calls. */
static enum vm_status search_body(struct loader_walk *walk, uint32_t caller) {
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
static enum vm_status enter_roots(struct loader_walk *walk) {
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
            enter(walk, index, LOADER_NONE, (struct loader_step){.offset = 0});
        }
    }
    enter(walk, walk->start, LOADER_NONE, (struct loader_step){.offset = 0});
    return VM_OK;
}

static enum vm_status search(struct loader_walk *walk) {
    TRY(classify_types(walk));
    TRY(LOADER_WALK_ALLOCATE(walk, &walk->scratch, walk->queue, walk->node_count));
    for (uint32_t i = walk->node_count; i-- > 0;) {
        struct loader_node *const node = &walk->nodes[i];
        if (!node->referenced)
            continue;
        struct loader_walk_type *const class = &walk->types[walk->types[node->type].class];
        node->class_next = class->first;
        class->first = i;
    }
    TRY(enter_roots(walk));
    for (uint32_t i = 0; i < walk->queue_count; i++)
        TRY(search_body(walk, walk->queue[i]));
    return VM_OK;
}

/* Writes the path to a function that was reached; without one if the room for paths is used up. */
static enum vm_status make_path(struct loader_walk *walk, const struct loader_node *node,
                                struct loader_finding *finding, size_t *room) {
    struct loader_step *path;
    finding->path_length = node->depth;
    uint32_t at = finding->function;
    if (node->depth == 0)
        return VM_OK;
    if (node->depth <= *room) {
        *room -= node->depth;
        TRY(LOADER_WALK_ALLOCATE(walk, &walk->report->arena, path, node->depth));
        finding->path = path;
        for (uint32_t i = node->depth; i-- > 0; at = walk->nodes[at].parent)
            path[i] = walk->nodes[at].step;
        finding->export = walk->nodes[path[0].function].finding.export;
    }
    return VM_OK;
}

static enum vm_status make_report(struct loader_walk *walk, struct vm_bytes bytes) {
    struct loader_report *const report = walk->report;
    struct loader_finding *findings;
    uint32_t count = 0;
    size_t room = bytes.size + 4096;
    for (uint32_t i = 0; i < walk->node_count; i++)
        count += walk->nodes[i].finding.count != 0;
    TRY(LOADER_WALK_ALLOCATE(walk, &report->arena, findings, count));
    report->findings = findings;
    report->function_count = walk->node_count;
    for (uint32_t i = 0; i < walk->node_count; i++) {
        const struct loader_node *const node = &walk->nodes[i];
        if (node->finding.count == 0)
            continue;
        struct loader_finding *const finding = &findings[report->count++];
        *finding = node->finding;
        finding->export = (struct vm_bytes){NULL, 0};
        TRY(make_path(walk, node, finding, &room));
    }
    return VM_OK;
}

static enum vm_status explain(struct loader_walk *walk, struct vm_bytes bytes) {
    TRY(loader_walk_module(walk));
    TRY(search(walk));
    TRY(make_report(walk, bytes));
    return loader_take_names(walk->names, walk->node_count, walk->options->limits->name_bytes, &walk->report->arena,
                             &walk->report->function_names, walk->reader.error);
}

enum vm_status loader_explain(struct vm_bytes bytes, const struct loader_options *options,
                              const struct vm_allocator *allocator, struct loader_report *report,
                              struct vm_error *error) {
    *report = (struct loader_report){.count = 0};
    vm_arena_init(&report->arena, allocator);
    struct loader_walk walk = {.options = options, .report = report, .start = LOADER_NONE};
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
        status = explain(&walk, copy);
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
