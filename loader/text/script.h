/* loader/text/script.h - reads a test script (.wast), one command at a time.
 *
 * A script is the text format plus commands around it; see interpreter/README.md of the spec repository.  The reader
 * assembles module text itself, so a malformed module is a command like any other and carries its error.
 *
 *     struct text_script *script;
 *     text_script_new(source, &options, &allocator, &script);
 *     struct text_command command;
 *     while (text_script_next(script, &command)) ...
 *     if (text_script_error(script, &error) != VM_OK) ...    the script itself is broken, or memory was short
 *     text_script_free(script);
 *
 * Spec: script (interpreter/README.md, "Scripts") */
#ifndef DELAVM_LOADER_TEXT_SCRIPT_H
#define DELAVM_LOADER_TEXT_SCRIPT_H

#include "loader/text/text.h"
#include "vm/types.h"

enum text_command_kind {
    TEXT_MODULE,            /* define and instantiate `module` */
    TEXT_MODULE_DEFINITION, /* define `module` only */
    TEXT_MODULE_INSTANCE,   /* instantiate the definition `of` as `name` */
    TEXT_REGISTER,          /* make instance `of` importable as `text` */
    TEXT_ACTION,            /* perform `action`, ignore its results */
    TEXT_ASSERT_RETURN,     /* `action` gives values that match `expected` */
    TEXT_ASSERT_TRAP,       /* `action`, or instantiating `module` if has_module, traps with `text` */
    TEXT_ASSERT_EXHAUSTION, /* `action` exhausts a resource */
    TEXT_ASSERT_EXCEPTION,  /* `action` throws */
    TEXT_ASSERT_MALFORMED,  /* decoding or assembling `module` fails with `text` */
    TEXT_ASSERT_INVALID,    /* validating `module` fails with `text` */
    TEXT_ASSERT_UNLINKABLE, /* linking `module` fails with `text` */
};

/* "module", "assert_return", ...: the keyword(s) of a command. */
const char *text_command_name(enum text_command_kind kind);

enum text_module_form {
    TEXT_FORM_TEXT,   /* (module ...) */
    TEXT_FORM_BINARY, /* (module binary "..."): bytes as given, may be anything */
    TEXT_FORM_QUOTE,  /* (module quote "..."): text in strings, may be anything */
};

/* A module of the script.  status VM_OK: `bytes` holds the binary; VM_MALFORMED: `error` says why it could not be
 * assembled, with line and column in the script (TEXT) or in the quoted text (QUOTE). */
struct text_module {
    enum text_module_form form;
    struct vm_bytes name; /* without '$'; empty if it has none */
    enum vm_status status;
    struct vm_bytes bytes;
    struct text_error error;
};

enum text_value_kind {
    TEXT_I32,
    TEXT_I64,
    TEXT_F32,
    TEXT_F64,
    TEXT_V128,
    TEXT_REF_NULL,   /* heap_type says which, empty: any null */
    TEXT_REF_EXTERN, /* host reference number `bits`; any non-null one if !has_number */
    TEXT_REF_HOST,   /* (ref.host n): the same, as anyref */
    TEXT_REF_FUNC,   /* any non-null function reference */
    TEXT_REF_OTHER,  /* any non-null reference of heap_type: "any", "eq", "i31", "struct", "array", "exn" */
    TEXT_EITHER,     /* one of `alternatives` */
};

/* What a float may be instead of exactly its bits.  Spec: (interpreter/README.md) nan:canonical, nan:arithmetic */
enum text_nan { TEXT_NAN_NONE, TEXT_NAN_CANONICAL, TEXT_NAN_ARITHMETIC };

enum text_shape { TEXT_I8X16, TEXT_I16X8, TEXT_I32X4, TEXT_I64X2, TEXT_F32X4, TEXT_F64X2 };

/* An argument, or a pattern for a result. */
struct text_value {
    enum text_value_kind kind;
    uint64_t bits;              /* I32, F32: in the low half; REF_EXTERN, REF_HOST: the number */
    bool has_number;            /* REF_EXTERN, REF_HOST */
    enum text_nan nan;          /* F32, F64 */
    enum text_shape shape;      /* V128 */
    uint8_t vector[16];         /* V128, as it lies in linear memory */
    enum text_nan lane_nan[4];  /* V128 of shape F32X4 or F64X2, by lane */
    struct vm_bytes heap_type;  /* REF_NULL, REF_OTHER: "func", "extern", ... */
    uint32_t alternative_count; /* EITHER */
    const struct text_value *alternatives;
};

enum text_action_kind { TEXT_INVOKE, TEXT_GET };

struct text_action {
    enum text_action_kind kind;
    struct vm_bytes instance; /* without '$'; empty: the latest one */
    struct vm_bytes name;     /* of the export, any UTF-8 text */
    uint32_t argument_count;  /* INVOKE */
    const struct text_value *arguments;
};

/* One command.  Slices and pointers are good until the next call of text_script_next() or text_script_free(). */
struct text_command {
    enum text_command_kind kind;
    uint32_t line;   /* of its opening parenthesis, from 1 */
    bool has_module; /* `module` is filled */
    bool has_action; /* `action` is filled */
    bool text_only;  /* ASSERT_MALFORMED of a quoted module: a test of the assembler alone */
    struct text_module module;
    struct text_action action;
    uint32_t expected_count; /* ASSERT_RETURN */
    const struct text_value *expected;
    struct vm_bytes name; /* MODULE_INSTANCE: of the new instance, may be empty */
    struct vm_bytes of;   /* MODULE_INSTANCE: the definition; REGISTER: the instance; empty: the latest */
    struct vm_bytes text; /* expected message, or the name to register */
};

struct text_script;

/* Starts to read.  The source must stay until text_script_free().  options: as for text_assemble().
 * Returns VM_OK or VM_RESOURCE. */
enum vm_status text_script_new(struct vm_bytes source, const struct text_options *options,
                               const struct vm_allocator *allocator, struct text_script **out);

/* Reads the next command; false at the end, or if the script is broken there or memory was short. */
bool text_script_next(struct text_script *script, struct text_command *command);

/* VM_OK if the whole script was read; else VM_MALFORMED or VM_RESOURCE, and *error is filled. */
enum vm_status text_script_error(const struct text_script *script, struct text_error *error);

void text_script_free(struct text_script *script);

#endif
