/* host/effects.c - collects what a run says. */
#include "host/effects.h"

void host_effects_init(struct host_effects *effects, const struct vm_limits *limits,
                       const struct vm_allocator *allocator, struct vm_arena *arena) {
    *effects = (struct host_effects){.limits = limits, .allocator = allocator, .arena = arena};
    effects->result.width = 1;
    effects->message.width = 1;
    effects->logs.width = sizeof(struct vm_bytes);
    effects->events.width = sizeof(struct host_event);
}

void host_effects_begin(struct host_effects *effects) {
    host_buffer_reset(&effects->result);
    effects->has_result = false;
    host_buffer_reset(&effects->message);
    host_buffer_reset(&effects->logs);
    host_buffer_reset(&effects->events);
    effects->log_bytes = 0;
    effects->event_bytes = 0;
    effects->logs_dropped = 0;
}

void host_effects_free(struct host_effects *effects) {
    host_buffer_free(&effects->result, effects->allocator);
    host_buffer_free(&effects->message, effects->allocator);
    host_buffer_free(&effects->logs, effects->allocator);
    host_buffer_free(&effects->events, effects->allocator);
}

/* Replaces the content of a byte buffer. */
static enum host_effect set_bytes(const struct host_effects *effects, struct host_buffer *buffer,
                                  struct vm_bytes bytes) {
    if (!host_buffer_reserve(buffer, effects->allocator, bytes.size))
        return HOST_EFFECT_FAILED;
    if (bytes.size != 0)
        memcpy(buffer->data, bytes.data, bytes.size);
    buffer->count = bytes.size;
    return HOST_EFFECT_DONE;
}

enum host_effect host_effects_result(struct host_effects *effects, struct vm_bytes result) {
    if (result.size > effects->limits->result_bytes)
        return HOST_EFFECT_OVER_LIMIT;
    effects->has_result = true;
    return set_bytes(effects, &effects->result, result);
}

enum host_effect host_effects_message(struct host_effects *effects, struct vm_bytes message) {
    if (message.size > effects->limits->message_bytes) {
        size_t cut = (size_t)effects->limits->message_bytes;
        /* A character has at most three continuation bytes; more of them are not UTF-8 and are cut where they are. */
        for (size_t back = 0; back < 4 && back < cut; back++) {
            if ((message.data[cut - back] & 0xC0) != 0x80) {
                cut -= back;
                break;
            }
        }
        message.size = cut;
    }
    return set_bytes(effects, &effects->message, message);
}

enum host_effect host_effects_log(struct host_effects *effects, struct vm_bytes text) {
    const struct vm_limits *const limits = effects->limits;
    if (effects->logs.count >= limits->logs || text.size > limits->log_bytes - effects->log_bytes) {
        if (effects->logs_dropped < UINT32_MAX)
            effects->logs_dropped++;
        return HOST_EFFECT_DONE;
    }
    const struct vm_bytes copy = vm_arena_copy(effects->arena, text);
    if (copy.data == NULL)
        return HOST_EFFECT_FAILED;
    struct vm_bytes *const log = host_buffer_push(&effects->logs, effects->allocator);
    if (log == NULL)
        return HOST_EFFECT_FAILED;
    *log = copy;
    effects->log_bytes += text.size;
    return HOST_EFFECT_DONE;
}

enum host_effect host_effects_event(struct host_effects *effects, struct vm_bytes name, struct vm_bytes data) {
    const struct vm_limits *const limits = effects->limits;
    const uint64_t size = (uint64_t)name.size + data.size;
    if (effects->events.count >= limits->events || size > limits->event_bytes - effects->event_bytes)
        return HOST_EFFECT_OVER_LIMIT;
    const struct vm_bytes name_copy = vm_arena_copy(effects->arena, name);
    const struct vm_bytes data_copy = vm_arena_copy(effects->arena, data);
    if (name_copy.data == NULL || data_copy.data == NULL)
        return HOST_EFFECT_FAILED;
    struct host_event *const event = host_buffer_push(&effects->events, effects->allocator);
    if (event == NULL)
        return HOST_EFFECT_FAILED;
    *event = (struct host_event){name_copy, data_copy};
    effects->event_bytes += size;
    return HOST_EFFECT_DONE;
}
