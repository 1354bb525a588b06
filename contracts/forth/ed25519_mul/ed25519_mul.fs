\ ed25519_mul - multiplies a point by a scalar, with the host's libsodium or compiled in.  contracts/c/ed25519_mul says more.
require contract.fs
require point.fs

s" point1" text point-name   32 buffer point
s" scalar" text scalar-name  32 buffer scalar
s" point1 is not a point of the prime-order group" text no-point
s" scalar is zero modulo the group order, or not below 2^255" text no-scalar

code call
    i32 local left
    point-name push, point i32.const, argument-32 call,
    scalar-name push, scalar i32.const, argument-32 call,
    iterations call, left set,
    do,
        scalar i32.const, point i32.const, point i32.const,  curve-multiply,  i32.eqz if,
            point i32.const, curve-is-valid-point,  nz if,  no-scalar reject-text,  then,
            no-point reject-text,
        then,
    left loop,
    point result-32,
end-code
