/* host/tests/call_crypto_test.c - hashes, ed25519 and ristretto255 against libsodium itself, published vectors; and
 * everything at the edge that must be refused. */
#include "host/tests/function.h"

/* ---- Hashes ----------------------------------------------------------------------------------------------------- */

static void check_hashes(void) {
    struct trial sha256, sha512, blake2b;
    trial_call(&sha256, "",
               "(call $sha256 (i32.const 0) (call $input (i32.const 0) (i32.const 4000)) (i32.const 9)) (call $bytes "
               "(i32.const 9) (i32.const 32))");
    trial_call(&sha512, "",
               "(call $sha512 (i32.const 0) (call $input (i32.const 0) (i32.const 4000)) (i32.const 9)) (call $bytes "
               "(i32.const 9) (i32.const 64))");
    trial_call(&blake2b, "",
               "(call $blake2b (i32.const 0) (call $input (i32.const 0) (i32.const 4000)) (i32.const 9) (i32.const "
               "32)) (call $bytes (i32.const 9) (i32.const 32))");
    uint8_t data[300], want[64];
    for (uint32_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + 1);
    for (size_t size = 0; size <= sizeof data; size++) {
        check_context("hashes of %u bytes", (unsigned)size);
        sha256.request.input = sha512.request.input = blake2b.request.input = vm_bytes(data, size);
        crypto_hash_sha256(want, data, size);
        CHECK(vm_bytes_equal(trial_run(&sha256)->result, vm_bytes(want, 32)));
        crypto_hash_sha512(want, data, size);
        CHECK(vm_bytes_equal(trial_run(&sha512)->result, vm_bytes(want, 64)));
        crypto_generichash(want, 32, data, size, NULL, 0);
        CHECK(vm_bytes_equal(trial_run(&blake2b)->result, vm_bytes(want, 32)));
    }
    check_context("published hashes");
    sha256.request.input = sha512.request.input = blake2b.request.input = vm_bytes_of_text("abc");
    CHECK_TEXT(trial_hex(trial_run(&sha256)->result),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_TEXT(trial_hex(trial_run(&sha512)->result),
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d442"
               "3643ce80e2a9ac94fa54ca49f");
    CHECK_TEXT(trial_hex(trial_run(&blake2b)->result),
               "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    trial_close(&sha256);
    trial_close(&sha512);
    trial_close(&blake2b);

    for (unsigned size = 0; size <= 66; size++) {
        check_context("blake2b of %u bytes", size);
        char body[160];
        snprintf(body, sizeof body,
                 "(call $blake2b (i32.const 0) (i32.const 3) (i32.const 100) (i32.const %u)) (call $bytes (i32.const "
                 "100) (i32.const %u))",
                 size, size);
        trial_call(&blake2b, "abc", body);
        const struct host_outcome *const outcome = trial_run(&blake2b);
        const bool good = size >= 1 && size <= 64;
        CHECK_TEXT(host_status_name(outcome->status), good ? "accepted" : "trapped");
        if (good) {
            crypto_generichash_blake2b(want, size, (const uint8_t *)"abc", 3, NULL, 0);
            CHECK(vm_bytes_equal(outcome->result, vm_bytes(want, size)));
        } else {
            CHECK_TEXT(vm_trap_name(outcome->trap.kind), "host_argument");
        }
        trial_close(&blake2b);
    }
}

/* ---- ed25519 ---------------------------------------------------------------------------------------------------- */

/* The points of order 1, 2, 4, 4, 8, 8, 8, 8. */
static const char *const torsion[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
};
/* No points for anybody: y at or above the prime, a sign on x = 0, not on the curve. */
static const char *const no_points[] = {
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "0200000000000000000000000000000000000000000000000000000000000080",
};
enum { TORSION = 8, NO_POINTS = sizeof no_points / sizeof *no_points };

/* Scalars that multiply nothing: zero, the group order, its multiples below 2^255, anything with the top bit. */
static const char *const no_scalars[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
    "daa7ebb934c624b0ac39ef45bdf3bd2900000000000000000000000000000020",
    "7bcbb88ab8b58068dc49c57416d5189200000000000000000000000000000070",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};
enum { NO_SCALARS = sizeof no_scalars / sizeof *no_scalars };

/* Some points of the prime-order group, and scalars below 2^255 that were not reduced. */
static void sample(uint32_t seed, uint8_t scalar[32], uint8_t point[32]) {
    uint8_t text[4];
    vm_store_u32(text, seed);
    crypto_generichash(scalar, 32, text, sizeof text, NULL, 0);
    scalar[31] &= 0x7F;
    CHECK(crypto_scalarmult_ed25519_base_noclamp(point, scalar) == 0);
    crypto_generichash(scalar, 32, point, 32, NULL, 0);
    scalar[31] &= 0x7F;
}

static void check_good_points(void) {
    struct trial base, multiply, add, subtract, valid;
    open_function(&base, "ed25519_base_multiply", A TO, true);
    open_function(&multiply, "ed25519_multiply", A B TO, true);
    open_function(&add, "ed25519_add", A B TO, true);
    open_function(&subtract, "ed25519_subtract", A B TO, true);
    open_function(&valid, "ed25519_is_valid_point", A, true);
    for (uint32_t i = 0; i < 20; i++) {
        check_context("ed25519, sample %u", (unsigned)i);
        uint8_t scalar[32], p[32], other[32], q[32], want[32], out[64], identity[32] = {1};
        sample(i, scalar, p);
        sample(i + 100, other, q);
        CHECK(crypto_scalarmult_ed25519_base_noclamp(want, scalar) == 0);
        expect(&base, scalar, NULL, want);
        CHECK(crypto_scalarmult_ed25519_noclamp(want, scalar, p) == 0);
        expect(&multiply, scalar, p, want);
        CHECK(crypto_core_ed25519_add(want, p, q) == 0);
        expect(&add, p, q, want);
        CHECK(crypto_core_ed25519_sub(want, p, q) == 0);
        expect(&subtract, p, q, want);
        expect(&subtract, p, p, identity);
        expect(&add, p, identity, p);
        CHECK(run_function(&valid, vm_bytes(p, 32), out));
    }
    trial_close(&base);
    trial_close(&multiply);
    trial_close(&add);
    trial_close(&subtract);
    trial_close(&valid);
}

static void check_bad_points(void) {
    struct trial multiply, add, subtract, valid;
    open_function(&multiply, "ed25519_multiply", A B TO, true);
    open_function(&add, "ed25519_add", A B TO, true);
    open_function(&subtract, "ed25519_subtract", A B TO, true);
    open_function(&valid, "ed25519_is_valid_point", A, true);
    uint8_t scalar[32], p[32], bad[32], mixed[32], out[64];
    sample(7, scalar, p);
    for (uint32_t i = 0; i < NO_POINTS; i++) {
        check_context("no point %u", (unsigned)i);
        from_hex(no_points[i], bad);
        CHECK(!run_function(&valid, vm_bytes(bad, 32), out));
        expect(&multiply, scalar, bad, NULL);
        expect(&add, bad, p, NULL);
        expect(&add, p, bad, NULL);
        expect(&subtract, bad, p, NULL);
        expect(&subtract, p, bad, NULL);
    }
    for (uint32_t i = 0; i < TORSION; i++) {
        check_context("torsion point %u", (unsigned)i);
        from_hex(torsion[i], bad);
        CHECK(!run_function(&valid, vm_bytes(bad, 32), out));
        expect(&multiply, scalar, bad, NULL);
        CHECK(crypto_core_ed25519_add(mixed, p, bad) == 0);
        expect(&add, p, bad, mixed);
        /* A sum with a torsion point is on the curve, but outside the prime-order group, unless it was the identity. */
        CHECK(run_function(&valid, vm_bytes(mixed, 32), out) == (i == 0));
        if (i != 0)
            expect(&multiply, scalar, mixed, NULL);
    }
    trial_close(&multiply);
    trial_close(&add);
    trial_close(&subtract);
    trial_close(&valid);
}

static void check_bad_scalars(void) {
    struct trial base, multiply, ristretto_base, ristretto;
    open_function(&base, "ed25519_base_multiply", A TO, true);
    open_function(&multiply, "ed25519_multiply", A B TO, true);
    open_function(&ristretto_base, "ristretto255_base_multiply", A TO, true);
    open_function(&ristretto, "ristretto255_multiply", A B TO, true);
    uint8_t scalar[32], p[32], element[32], one[32] = {1};
    sample(7, scalar, p);
    CHECK(crypto_scalarmult_ristretto255_base(element, one) == 0);
    for (uint32_t i = 0; i < NO_SCALARS; i++) {
        check_context("no scalar %u", (unsigned)i);
        from_hex(no_scalars[i], scalar);
        expect(&base, scalar, NULL, NULL);
        expect(&multiply, scalar, p, NULL);
        expect(&ristretto_base, scalar, NULL, NULL);
        expect(&ristretto, scalar, element, NULL);
    }
    trial_close(&base);
    trial_close(&multiply);
    trial_close(&ristretto_base);
    trial_close(&ristretto);
}

/* Any overlap of operands and result: all addresses from 0 to 64 for each of the three. */
static void check_overlaps(void) {
    uint8_t scalar[32], p[32], input[128] = {0}, want[32];
    sample(3, scalar, p);
    for (unsigned to = 0; to <= 96; to += 4) {
        check_context("overlap at %u", to);
        char body[256];
        snprintf(body, sizeof body,
                 "(drop (call $input (i32.const 0) (i32.const 128)))\n(call $word (call $ed25519_multiply (i32.const "
                 "16) (i32.const 48) (i32.const %u)))\n(call $bytes (i32.const %u) (i32.const 32))",
                 to, to);
        struct trial trial;
        trial_call(&trial, "", body);
        memcpy(input + 16, scalar, 32);
        memcpy(input + 48, p, 32);
        CHECK(crypto_scalarmult_ed25519_noclamp(want, scalar, p) == 0);
        trial.request.input = vm_bytes(input, sizeof input);
        const struct host_outcome *const outcome = trial_run(&trial);
        CHECK_U64(outcome->result.size, 36);
        CHECK(memcmp(outcome->result.data + 4, want, 32) == 0);
        trial_close(&trial);
    }
}

/* ---- Signatures ------------------------------------------------------------------------------------------------- */

static void open_verify(struct trial *trial) {
    open_function(trial, "ed25519_verify",
                  "(i32.const 0) (i32.const 96) (i32.sub (call $input (i32.const 0) (i32.const 0)) (i32.const 96)) "
                  "(i32.const 64)",
                  true);
}

static bool verify(struct trial *trial, const uint8_t signature[64], const uint8_t key[32], struct vm_bytes message) {
    uint8_t input[512], out[64];
    memcpy(input, signature, 64);
    memcpy(input + 64, key, 32);
    if (message.size != 0)
        memcpy(input + 96, message.data, message.size);
    return run_function(trial, vm_bytes(input, 96 + message.size), out);
}

/* RFC 8032, 7.1. */
static const struct {
    const char *key;
    const char *message;
    const char *signature;
} vectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
     "55141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
     "00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
     "027beceea1ec40a"},
};

static void check_signatures(void) {
    struct trial trial;
    open_verify(&trial);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        check_context("signature %u", (unsigned)i);
        uint8_t key[256], message[256], signature[256];
        from_hex(vectors[i].key, key);
        from_hex(vectors[i].signature, signature);
        const size_t size = from_hex(vectors[i].message, message);
        CHECK(verify(&trial, signature, key, vm_bytes(message, size)));
        message[size] = 0;
        CHECK(!verify(&trial, signature, key, vm_bytes(message, size + 1)));
        for (size_t bit = 0; bit < 512; bit += 37) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(!verify(&trial, signature, key, vm_bytes(message, size)));
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        /* The same S plus the group order is no second signature. */
        uint8_t order[32];
        from_hex(no_scalars[1], order);
        sodium_add(signature + 32, order, 32);
        CHECK(!verify(&trial, signature, key, vm_bytes(message, size)));
    }
    trial_close(&trial);
}

/* s = r + h a for given encodings of R and A. */
static void sign_for(const uint8_t r[32], const uint8_t a[32], const uint8_t point[32], const uint8_t key[32],
                     uint8_t signature[64]) {
    uint8_t hashed[65] = {0}, wide[64], h[32], product[32];
    memcpy(hashed, point, 32);
    memcpy(hashed + 32, key, 32);
    hashed[64] = 'm';
    crypto_hash_sha512(wide, hashed, sizeof hashed);
    crypto_core_ed25519_scalar_reduce(h, wide);
    crypto_core_ed25519_scalar_mul(product, h, a);
    memcpy(signature, point, 32);
    crypto_core_ed25519_scalar_add(signature + 32, r, product);
}

/* Signatures whose R or key has a torsion component: releases of libsodium disagree, so all are refused. */
static void check_torsion_signatures(void) {
    struct trial trial;
    open_verify(&trial);
    uint8_t r[32], a[32], point[32], key[32], bad[32], mixed[32], signature[64], unused[32];
    sample(11, r, unused);
    sample(12, a, unused);
    r[31] &= 0x0F;
    a[31] &= 0x0F;
    CHECK(crypto_scalarmult_ed25519_base_noclamp(point, r) == 0 && crypto_scalarmult_ed25519_base_noclamp(key, a) == 0);
    for (uint32_t i = 0; i < TORSION; i++) {
        check_context("signature with torsion point %u", (unsigned)i);
        from_hex(torsion[i], bad);
        CHECK(crypto_core_ed25519_add(mixed, point, bad) == 0);
        sign_for(r, a, mixed, key, signature);
        CHECK(verify(&trial, signature, key, vm_bytes_of_text("m")) == (i == 0));
        CHECK(crypto_core_ed25519_add(mixed, key, bad) == 0);
        sign_for(r, a, point, mixed, signature);
        CHECK(verify(&trial, signature, mixed, vm_bytes_of_text("m")) == (i == 0));
        sign_for(r, a, bad, key, signature);
        CHECK(!verify(&trial, signature, key, vm_bytes_of_text("m")));
        sign_for(r, a, point, bad, signature);
        CHECK(!verify(&trial, signature, bad, vm_bytes_of_text("m")));
    }
    for (uint32_t i = 0; i < NO_POINTS; i++) {
        check_context("signature with no point %u", (unsigned)i);
        from_hex(no_points[i], bad);
        sign_for(r, a, point, bad, signature);
        CHECK(!verify(&trial, signature, bad, vm_bytes_of_text("m")));
    }
    trial_close(&trial);
}

/* ---- ristretto255 ----------------------------------------------------------------------------------------------- */

/* RFC 9496, A.2: not canonical, negative, not square, and so on. */
static const char *const no_elements[] = {
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
};

static void check_ristretto(void) {
    struct trial base, multiply, add, subtract, valid, from_hash;
    open_function(&base, "ristretto255_base_multiply", A TO, true);
    open_function(&multiply, "ristretto255_multiply", A B TO, true);
    open_function(&add, "ristretto255_add", A B TO, true);
    open_function(&subtract, "ristretto255_subtract", A B TO, true);
    open_function(&valid, "ristretto255_is_valid_point", A, true);
    open_function(&from_hash, "ristretto255_from_hash", A TO, false);
    uint8_t scalar[32], other[32], p[32], q[32], want[32], out[64], wide[256], bad[256];
    const uint8_t zero[32] = {0}, one[32] = {1};
    from_hex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76", wide);
    check_context("ristretto255 vectors");
    expect(&base, one, NULL, wide);
    CHECK_U64(from_hex("5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c14d98b696a1bbfb5ca32c436cc61c165"
                       "63790306c79eaca7705668b47dffe5bb6",
                       wide),
              64);
    CHECK(run_function(&from_hash, vm_bytes(wide, 64), out));
    CHECK_TEXT(trial_hex(vm_bytes(out, 32)), "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46");
    for (uint32_t i = 0; i < 20; i++) {
        check_context("ristretto255, sample %u", (unsigned)i);
        sample(i, scalar, other);
        CHECK(crypto_scalarmult_ristretto255_base(p, other) == 0 || (other[31] & 0x80) != 0);
        CHECK(crypto_scalarmult_ristretto255_base(q, scalar) == 0);
        expect(&base, scalar, NULL, q);
        CHECK(crypto_scalarmult_ristretto255(want, scalar, p) == 0);
        expect(&multiply, scalar, p, want);
        CHECK(crypto_core_ristretto255_add(want, p, q) == 0);
        expect(&add, p, q, want);
        CHECK(crypto_core_ristretto255_sub(want, p, q) == 0);
        expect(&subtract, p, q, want);
        expect(&subtract, p, p, zero);
        expect(&multiply, scalar, zero, NULL);
        CHECK(run_function(&valid, vm_bytes(p, 32), out));
    }
    for (uint32_t i = 0; i < sizeof no_elements / sizeof *no_elements; i++) {
        check_context("no element %u", (unsigned)i);
        from_hex(no_elements[i], bad);
        CHECK(!run_function(&valid, vm_bytes(bad, 32), out));
        expect(&multiply, scalar, bad, NULL);
        expect(&add, bad, p, NULL);
        expect(&add, p, bad, NULL);
        expect(&subtract, p, bad, NULL);
    }
    trial_close(&base);
    trial_close(&multiply);
    trial_close(&add);
    trial_close(&subtract);
    trial_close(&valid);
    trial_close(&from_hash);
}

int main(void) {
    if (sodium_init() < 0)
        return 2;
    check_hashes();
    check_good_points();
    check_bad_points();
    check_bad_scalars();
    check_overlaps();
    check_signatures();
    check_torsion_signatures();
    check_ristretto();
    return check_done();
}
