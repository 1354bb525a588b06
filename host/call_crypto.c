/* host/call_crypto.c - hashes, ed25519 and ristretto255: guest memory in, libsodium, guest memory out.
 *
 * Inputs are copied before anything is written, so any overlap of inputs and outputs is fine.  A refused operation
 * answers 0 and leaves guest memory alone. */
#include <sodium.h>

#include "host/call.h"
#include "host/group.h"

/* ---- Hashes ----------------------------------------------------------------------------------------------------- */

/* "(from, length, to)" with `size` bytes to write: charged and judged. */
static enum vm_trap_kind open_hash(struct vm_host_call *call, enum host_import import, uint32_t size,
                                   struct vm_bytes *from, uint8_t **to) {
    const uint32_t length = host_call_u32(call, 1);
    HOST_TRY(host_call_charge(call, import, length));
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), length, from));
    return host_call_area(call, host_call_u32(call, 2), size, to);
}

enum vm_trap_kind host_call_sha256(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to, hash[crypto_hash_sha256_BYTES];
    HOST_TRY(open_hash(call, HOST_IMPORT_sha256, sizeof hash, &from, &to));
    crypto_hash_sha256(hash, from.data, from.size);
    memcpy(to, hash, sizeof hash);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_sha512(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to, hash[crypto_hash_sha512_BYTES];
    HOST_TRY(open_hash(call, HOST_IMPORT_sha512, sizeof hash, &from, &to));
    crypto_hash_sha512(hash, from.data, from.size);
    memcpy(to, hash, sizeof hash);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_blake2b(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to, hash[crypto_generichash_blake2b_BYTES_MAX];
    const uint32_t size = host_call_u32(call, 3);
    HOST_TRY(open_hash(call, HOST_IMPORT_blake2b, size, &from, &to));
    if (size == 0 || size > sizeof hash)
        return VM_TRAP_HOST_ARGUMENT;
    crypto_generichash_blake2b(hash, size, from.data, from.size, NULL, 0);
    memcpy(to, hash, size);
    return VM_TRAP_NONE;
}

/* ---- Operations on 32-byte values ------------------------------------------------------------------------------- */

enum { VALUE = 32 };

/* One or two 32-byte operands and the 32 bytes of the result. */
struct operands {
    uint8_t a[VALUE];
    uint8_t b[VALUE];
    uint8_t result[VALUE];
    uint8_t *to;
};

/* "(a, to)" */
static enum vm_trap_kind open_one(const struct vm_host_call *call, struct operands *operands) {
    struct vm_bytes a;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), VALUE, &a));
    HOST_TRY(host_call_area(call, host_call_u32(call, 1), VALUE, &operands->to));
    memcpy(operands->a, a.data, VALUE);
    return VM_TRAP_NONE;
}

/* "(a, b, to)" */
static enum vm_trap_kind open_two(const struct vm_host_call *call, struct operands *operands) {
    struct vm_bytes a, b;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), VALUE, &a));
    HOST_TRY(host_call_view(call, host_call_u32(call, 1), VALUE, &b));
    HOST_TRY(host_call_area(call, host_call_u32(call, 2), VALUE, &operands->to));
    memcpy(operands->a, a.data, VALUE);
    memcpy(operands->b, b.data, VALUE);
    return VM_TRAP_NONE;
}

/* Writes the result and answers 1, or answers 0. */
static enum vm_trap_kind answer(const struct vm_host_call *call, const struct operands *operands, bool done) {
    if (done)
        memcpy(operands->to, operands->result, VALUE);
    host_call_return(call, done);
    return VM_TRAP_NONE;
}

/* Writes the result of an operation that can't be refused. */
static enum vm_trap_kind write_result(const struct operands *operands) {
    memcpy(operands->to, operands->result, VALUE);
    return VM_TRAP_NONE;
}

/* ---- ed25519 points --------------------------------------------------------------------------------------------- */

enum vm_trap_kind host_call_ed25519_verify(struct vm_host_call *call) {
    const uint32_t length = host_call_u32(call, 2);
    HOST_TRY(host_call_charge(call, HOST_IMPORT_ed25519_verify, length));
    struct vm_bytes signature, message, key;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), crypto_sign_ed25519_BYTES, &signature));
    HOST_TRY(host_call_view(call, host_call_u32(call, 1), length, &message));
    HOST_TRY(host_call_view(call, host_call_u32(call, 3), crypto_sign_ed25519_PUBLICKEYBYTES, &key));
    /* With key and R in the prime-order group, checking with and without the cofactor is the same. */
    const bool valid = host_point_is_prime(key.data) && host_point_is_prime(signature.data) &&
                       crypto_sign_ed25519_verify_detached(signature.data, message.data, message.size, key.data) == 0;
    host_call_return(call, valid);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_ed25519_base_multiply(struct vm_host_call *call) {
    struct operands o;
    uint8_t scalar[VALUE];
    HOST_TRY(open_one(call, &o));
    return answer(call, &o,
                  host_scalar_for_point(o.a, scalar) && crypto_scalarmult_ed25519_base_noclamp(o.result, scalar) == 0);
}

enum vm_trap_kind host_call_ed25519_multiply(struct vm_host_call *call) {
    struct operands o;
    uint8_t scalar[VALUE];
    HOST_TRY(open_two(call, &o));
    return answer(call, &o,
                  host_scalar_for_point(o.a, scalar) && host_point_is_prime(o.b) &&
                      crypto_scalarmult_ed25519_noclamp(o.result, scalar, o.b) == 0);
}

enum vm_trap_kind host_call_ed25519_add(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two(call, &o));
    return answer(call, &o,
                  host_point_is_canonical(o.a) && host_point_is_canonical(o.b) &&
                      crypto_core_ed25519_add(o.result, o.a, o.b) == 0);
}

enum vm_trap_kind host_call_ed25519_subtract(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two(call, &o));
    return answer(call, &o,
                  host_point_is_canonical(o.a) && host_point_is_canonical(o.b) &&
                      crypto_core_ed25519_sub(o.result, o.a, o.b) == 0);
}

enum vm_trap_kind host_call_ed25519_is_valid_point(struct vm_host_call *call) {
    struct vm_bytes point;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), VALUE, &point));
    host_call_return(call, host_point_is_prime(point.data));
    return VM_TRAP_NONE;
}

/* ---- Scalars: operands are reduced first, because older releases lose carries of unreduced ones ------------------ */

static enum vm_trap_kind open_one_scalar(const struct vm_host_call *call, struct operands *operands) {
    HOST_TRY(open_one(call, operands));
    host_scalar_reduce(operands->a, operands->a);
    return VM_TRAP_NONE;
}

static enum vm_trap_kind open_two_scalars(const struct vm_host_call *call, struct operands *operands) {
    HOST_TRY(open_two(call, operands));
    host_scalar_reduce(operands->a, operands->a);
    host_scalar_reduce(operands->b, operands->b);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_ed25519_scalar_add(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two_scalars(call, &o));
    crypto_core_ed25519_scalar_add(o.result, o.a, o.b);
    return write_result(&o);
}

enum vm_trap_kind host_call_ed25519_scalar_subtract(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two_scalars(call, &o));
    crypto_core_ed25519_scalar_sub(o.result, o.a, o.b);
    return write_result(&o);
}

enum vm_trap_kind host_call_ed25519_scalar_multiply(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two_scalars(call, &o));
    crypto_core_ed25519_scalar_mul(o.result, o.a, o.b);
    return write_result(&o);
}

enum vm_trap_kind host_call_ed25519_scalar_negate(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_one_scalar(call, &o));
    crypto_core_ed25519_scalar_negate(o.result, o.a);
    return write_result(&o);
}

enum vm_trap_kind host_call_ed25519_scalar_complement(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_one_scalar(call, &o));
    crypto_core_ed25519_scalar_complement(o.result, o.a);
    return write_result(&o);
}

enum vm_trap_kind host_call_ed25519_scalar_invert(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_one_scalar(call, &o));
    return answer(call, &o, crypto_core_ed25519_scalar_invert(o.result, o.a) == 0);
}

enum vm_trap_kind host_call_ed25519_scalar_reduce(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to, wide[crypto_core_ed25519_NONREDUCEDSCALARBYTES], reduced[VALUE];
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), sizeof wide, &from));
    HOST_TRY(host_call_area(call, host_call_u32(call, 1), VALUE, &to));
    memcpy(wide, from.data, sizeof wide);
    crypto_core_ed25519_scalar_reduce(reduced, wide);
    memcpy(to, reduced, VALUE);
    return VM_TRAP_NONE;
}

/* ---- ristretto255: encodings are canonical and the group is prime by construction ------------------------------- */

enum vm_trap_kind host_call_ristretto255_base_multiply(struct vm_host_call *call) {
    struct operands o;
    uint8_t scalar[VALUE];
    HOST_TRY(open_one(call, &o));
    return answer(call, &o,
                  host_scalar_for_point(o.a, scalar) && crypto_scalarmult_ristretto255_base(o.result, scalar) == 0);
}

enum vm_trap_kind host_call_ristretto255_multiply(struct vm_host_call *call) {
    struct operands o;
    uint8_t scalar[VALUE];
    HOST_TRY(open_two(call, &o));
    return answer(call, &o,
                  host_scalar_for_point(o.a, scalar) && crypto_scalarmult_ristretto255(o.result, scalar, o.b) == 0);
}

enum vm_trap_kind host_call_ristretto255_add(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two(call, &o));
    return answer(call, &o, crypto_core_ristretto255_add(o.result, o.a, o.b) == 0);
}

enum vm_trap_kind host_call_ristretto255_subtract(struct vm_host_call *call) {
    struct operands o;
    HOST_TRY(open_two(call, &o));
    return answer(call, &o, crypto_core_ristretto255_sub(o.result, o.a, o.b) == 0);
}

enum vm_trap_kind host_call_ristretto255_is_valid_point(struct vm_host_call *call) {
    struct vm_bytes point;
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), VALUE, &point));
    host_call_return(call, crypto_core_ristretto255_is_valid_point(point.data) != 0);
    return VM_TRAP_NONE;
}

enum vm_trap_kind host_call_ristretto255_from_hash(struct vm_host_call *call) {
    struct vm_bytes from;
    uint8_t *to, hash[crypto_core_ristretto255_HASHBYTES], point[VALUE];
    HOST_TRY(host_call_view(call, host_call_u32(call, 0), sizeof hash, &from));
    HOST_TRY(host_call_area(call, host_call_u32(call, 1), VALUE, &to));
    memcpy(hash, from.data, sizeof hash);
    crypto_core_ristretto255_from_hash(point, hash);
    memcpy(to, point, VALUE);
    return VM_TRAP_NONE;
}
