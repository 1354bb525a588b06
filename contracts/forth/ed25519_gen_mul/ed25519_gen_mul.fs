\ ed25519_gen_mul - multiplies the base point by a scalar, with the host's libsodium or compiled in.  contracts/c/ed25519_gen_mul says
\ more.
require contract.fs
require point.fs

s" scalar" text scalar-name  32 buffer scalar
32 buffer power  32 buffer point
s" scalar is zero modulo the group order, or not below 2^255" text no-scalar

code call
    i32 local left
    scalar-name push, scalar i32.const, argument-32 call,
    power i32.const, scalar i32.const, 32 i32.const, memory.copy,
    iterations call, left set,
    do,
        power i32.const, point i32.const,  curve-base-multiply,  i32.eqz if,
            no-scalar reject-text,
        then,
        left get, 1 i32.const, i32.ne if,
            power i32.const, scalar i32.const, power i32.const,  curve-scalar-multiply,
        then,
    left loop,
    point result-32,
end-code
