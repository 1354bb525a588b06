/* spec-tests/state.c - a copy of all that a store holds, to compare with, go back to and take a digest of.
 *
 * The one place of the runner that looks behind vm/store.h: no embedder needs to turn a store back. */
#include "spec-tests/state.h"

#include <stdlib.h>

#include "vm/instance.h"

enum object_kind { OBJECT_MEMORY, OBJECT_TABLE, OBJECT_GLOBAL, OBJECT_FLAGS };

struct copy {
    uint8_t *data;
    size_t size, capacity;
};

struct spec_object {
    enum object_kind kind;
    void *live; /* the vm's own object; for OBJECT_FLAGS the flags */
    size_t flags;
    struct copy before, after;
    bool changed; /* since before, when it was marked */
    uint8_t digest[SPEC_HASH_BYTES];
};

static struct vm_bytes live_bytes(const struct spec_object *object) {
    switch (object->kind) {
    case OBJECT_MEMORY: {
        const struct vm_memory *const memory = object->live;
        return vm_bytes(memory->data, (size_t)memory->bytes);
    }
    case OBJECT_TABLE: {
        const struct vm_table *const table = object->live;
        return vm_bytes(table->elements, (size_t)table->size * sizeof(vm_value));
    }
    case OBJECT_GLOBAL:
        return vm_bytes(&((const struct vm_global_cell *)object->live)->value, sizeof(vm_value));
    case OBJECT_FLAGS:
        break;
    }
    return vm_bytes(object->live, object->flags);
}

static bool is_copy(const struct copy *copy, struct vm_bytes bytes) {
    return vm_bytes_equal(vm_bytes(copy->data, copy->size), bytes);
}

static bool take_copy(struct copy *copy, struct vm_bytes bytes) {
    if (bytes.size > copy->capacity) {
        uint8_t *const data = realloc(copy->data, bytes.size);
        if (data == NULL)
            return false;
        copy->data = data;
        copy->capacity = bytes.size;
    }
    copy->size = bytes.size;
    if (bytes.size != 0)
        memcpy(copy->data, bytes.data, bytes.size);
    return true;
}

/* A memory or table never shrinks in the spec.  Here it must; what lies behind its new end must be zero again, because
 * vm_pool_grow() relies on it. */
static void shrink(struct vm_buffer *buffer, size_t size) {
    if (size < buffer->used)
        memset((uint8_t *)buffer->data + size, 0, buffer->used - size);
    buffer->used = size;
}

static void put_back(struct spec_object *object) {
    const size_t size = object->before.size;
    switch (object->kind) {
    case OBJECT_MEMORY: {
        struct vm_memory_cell *const cell = object->live;
        shrink(cell->buffer, size);
        cell->memory.bytes = size;
        cell->memory.pages = (uint32_t)((uint64_t)size >> cell->memory.type.page_exponent);
        break;
    }
    case OBJECT_TABLE: {
        struct vm_table_cell *const cell = object->live;
        shrink(cell->buffer, size);
        cell->table.size = (uint32_t)(size / sizeof(vm_value));
        break;
    }
    case OBJECT_GLOBAL:
        memcpy(&((struct vm_global_cell *)object->live)->value, object->before.data, size);
        return;
    case OBJECT_FLAGS:
        memcpy(object->live, object->before.data, size);
        return;
    }
    if (size != 0) {
        const struct vm_bytes live = live_bytes(object);
        memcpy(object->kind == OBJECT_MEMORY ? (void *)((struct vm_memory *)object->live)->data
                                             : (void *)((struct vm_table *)object->live)->elements,
               object->before.data, live.size);
    }
}

/* Values are hashed as numbers and flags as bytes 0 and 1, so the digest is the same whatever the byte order. */
static void take_digest(struct spec_object *object) {
    struct spec_sha256 hash;
    spec_sha256_init(&hash);
    spec_sha256_number(&hash, object->kind);
    const struct vm_bytes live = live_bytes(object);
    spec_sha256_number(&hash, live.size);
    if (object->kind == OBJECT_TABLE || object->kind == OBJECT_GLOBAL) {
        for (size_t at = 0; at < live.size; at += sizeof(vm_value)) {
            vm_value value;
            memcpy(&value, live.data + at, sizeof value);
            spec_sha256_number(&hash, value);
        }
    } else if (object->kind == OBJECT_FLAGS) {
        for (size_t i = 0; i < live.size; i++)
            spec_sha256_number(&hash, ((const bool *)object->live)[i]);
    } else {
        spec_sha256_update(&hash, live.data, live.size);
    }
    spec_sha256_final(&hash, object->digest);
}

void spec_state_init(struct spec_state *state, struct vm_store *store) {
    *state = (struct spec_state){.store = store};
}

void spec_state_clear(struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++) {
        free(state->objects[i].before.data);
        free(state->objects[i].after.data);
    }
    free(state->objects);
    *state = (struct spec_state){0};
}

static bool add_object(struct spec_state *state, enum object_kind kind, void *live, size_t flags) {
    for (uint32_t i = 0; i < state->count; i++)
        if (state->objects[i].live == live)
            return true;
    if (state->count == state->capacity) {
        const uint32_t capacity = state->capacity == 0 ? 16 : 2 * state->capacity;
        struct spec_object *const objects = realloc(state->objects, capacity * sizeof *objects);
        if (objects == NULL)
            return false;
        state->objects = objects;
        state->capacity = capacity;
    }
    struct spec_object *const object = &state->objects[state->count];
    *object = (struct spec_object){.kind = kind, .live = live, .flags = flags};
    if (!take_copy(&object->before, live_bytes(object)))
        return false;
    take_digest(object);
    state->count++;
    return true;
}

bool spec_state_add(struct spec_state *state, const struct vm_extern *thing) {
    switch (thing->kind) {
    case VM_EXTERN_FUNCTION:
        return true;
    case VM_EXTERN_TABLE:
        return add_object(state, OBJECT_TABLE, thing->of.table, 0);
    case VM_EXTERN_MEMORY:
        return add_object(state, OBJECT_MEMORY, thing->of.memory, 0);
    case VM_EXTERN_GLOBAL:
        return add_object(state, OBJECT_GLOBAL, thing->of.global, 0);
    }
    return true;
}

bool spec_state_grow(struct spec_state *state) {
    for (; state->instances < state->store->instance_count; state->instances++) {
        const struct vm_instance *const instance = state->store->instances[state->instances];
        const struct vm_module *const module = instance->module;
        bool good = true;
        for (uint32_t i = 0; i < module->memory_count; i++)
            good = good && add_object(state, OBJECT_MEMORY, instance->memories[i], 0);
        for (uint32_t i = 0; i < module->table_count; i++)
            good = good && add_object(state, OBJECT_TABLE, instance->tables[i], 0);
        for (uint32_t i = 0; i < module->global_count; i++)
            good = good && add_object(state, OBJECT_GLOBAL, instance->globals[i], 0);
        if (module->element_count != 0)
            good = good && add_object(state, OBJECT_FLAGS, instance->dropped_elements, module->element_count);
        if (module->data_count != 0)
            good = good && add_object(state, OBJECT_FLAGS, instance->dropped_data, module->data_count);
        if (!good)
            return false;
    }
    return true;
}

bool spec_state_mark(struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++) {
        struct spec_object *const object = &state->objects[i];
        const struct vm_bytes live = live_bytes(object);
        object->changed = !is_copy(&object->before, live);
        if (object->changed && !take_copy(&object->after, live))
            return false;
    }
    return true;
}

void spec_state_back(struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++)
        if (!is_copy(&state->objects[i].before, live_bytes(&state->objects[i])))
            put_back(&state->objects[i]);
}

bool spec_state_same(const struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++) {
        const struct spec_object *const object = &state->objects[i];
        if (!is_copy(object->changed ? &object->after : &object->before, live_bytes(object)))
            return false;
    }
    return true;
}

bool spec_state_unchanged(const struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++)
        if (!is_copy(&state->objects[i].before, live_bytes(&state->objects[i])))
            return false;
    return true;
}

bool spec_state_commit(struct spec_state *state) {
    for (uint32_t i = 0; i < state->count; i++) {
        struct spec_object *const object = &state->objects[i];
        const struct vm_bytes live = live_bytes(object);
        if (is_copy(&object->before, live))
            continue;
        if (!take_copy(&object->before, live))
            return false;
        take_digest(object);
    }
    return true;
}

void spec_state_digest(const struct spec_state *state, struct spec_sha256 *hash) {
    spec_sha256_number(hash, state->count);
    for (uint32_t i = 0; i < state->count; i++)
        spec_sha256_update(hash, state->objects[i].digest, SPEC_HASH_BYTES);
}
