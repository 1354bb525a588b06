\ ed25519 - adds points of the curve, with the host's libsodium or compiled in.  contracts/c/ed25519 says more.
require contract.fs
require point.fs

s" point1" text point1-name  32 buffer point1
s" point2" text point2-name  32 buffer point2
32 buffer identity
1 identity tc!
s" point1 is not a point of the curve" text no-point1
s" point2 is not a point of the curve" text no-point2

: add-points, ( a b to -- )  >r swap i32.const, i32.const, r> i32.const,  curve-add, ;

code call
    i32 local left
    point1-name push, point1 i32.const, argument-32 call,
    point2-name push, point2 i32.const, argument-32 call,
    iterations call, left set,
    do,
        point1 point2 point1 add-points,  i32.eqz if,
            \ Adding the identity tells whether a point is one.
            point1 identity point2 add-points, nz if,  no-point2 reject-text,  then,
            no-point1 reject-text,
        then,
    left loop,
    point1 result-32,
end-code
