\ point.fs - what the contracts on points of the curve have in common: arguments of 32 bytes in base64, a count, a result.
\ Include contract.fs before it.

\ The curve is the host's, or compiled in where COMPILED_IN is set, to see what the host's saves.
s" COMPILED_IN" getenv nip [if]
    require curve.fs
    : curve-add, ( -- )  curve.add call, ;
    : curve-multiply, ( -- )  curve.multiply call, ;
    : curve-base-multiply, ( -- )  curve.base_multiply call, ;
    : curve-is-valid-point, ( -- )  curve.is_valid_point call, ;
    : curve-scalar-multiply, ( -- )  multiply-scalars call, ;
[else]
    : curve-add, ( -- )  dela.ed25519_add call, ;
    : curve-multiply, ( -- )  dela.ed25519_multiply call, ;
    : curve-base-multiply, ( -- )  dela.ed25519_base_multiply call, ;
    : curve-is-valid-point, ( -- )  dela.ed25519_is_valid_point call, ;
    : curve-scalar-multiply, ( -- )  dela.ed25519_scalar_multiply call, ;
[then]

s"  is not base64" text no-base64
s"  has not the 32 bytes it must have" text not-32
s" iterations" text iterations-name
s" iterations is not a number from 1 to 4294967295" text no-count

\ [name length to] -> []: the argument of that name, 32 bytes; rejects if it is missing or anything else.
sub argument-32  i32 param name  i32 param name-length  i32 param to
    i32 local size
    name get, name-length get, argument call,  to get, 32 i32.const,  dela.base64_decode call, size set,
    size get, 32 i32.const, i32.ne if,
        begin-text,  name get, name-length get, add-text call,
        size get, 0 i32.const, i32.lt_s if,  no-base64 add,  else,  not-32 add,  then,
        whole-text, reject,
    then,
end-code

\ [] -> [count]: the optional argument, 1 if there is none; rejects what is not a number from 1 to 4294967295.
sub iterations  i32 gives
    i32 local at  i32 local left  i64 local count
    iterations-name push, find-argument call, left set, at set,
    left get, 0 i32.const, i32.lt_s if,  1 i32.const, return,  then,
    block, label wrong
        begin, left get, nz while,
            at get, i32.load8_u, 48 i32.const, i32.sub,  9 i32.const,  wrong i32.gt_u jump,
            count get, 10 i64.const, i64.mul,
            at get, i32.load8_u, 48 i32.const, i32.sub, i64.extend_i32_u,  i64.add,  count tee,
            $FFFFFFFF i64.const,  wrong i64.gt_u jump,
            at get, 1 i32.const, i32.add, at set,
            left get, 1 i32.const, i32.sub, left set,
        repeat,
        count get,  wrong i64.eqz jump,
        count get, i32.wrap_i64, return,
    end,
    no-count reject-text,
end-code

\ The 32 bytes at taddr become the result, in base64.
44 buffer in-base64
: result-32, ( taddr -- )
    i32.const, 32 i32.const,  in-base64 i32.const, 44 i32.const,  dela.base64_encode call, drop,
    in-base64 i32.const, 44 i32.const,  dela.result call, ;

