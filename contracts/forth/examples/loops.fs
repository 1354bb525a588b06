\ The greatest common divisor: as long as b is not zero, (a, b) becomes (b, a mod b).
code gcd  i32 param a  i32 param b  i32 gives
    begin,  b local.get,  nz while,
        b local.get,
        a local.get, b local.get, i32.rem_u,  b local.set,
        a local.set,
    repeat,
    a local.get,
end-code

\ 1 + 2 + ... + n, counted down: do, ... loop, goes round once at least.
code triangle  i32 param n  i32 gives
    i32 local sum
    n local.get, i32.eqz if,  0 i32.const, return,  then,
    do,
        sum local.get, n local.get, i32.add,  sum local.set,
    n loop,
    sum local.get,
end-code

\ How often n is halved or tripled until it is 1.
code collatz  i64 param n  i32 gives
    i32 local steps
    begin,
        n local.get, 1 i64.const, i64.ne while,
        n local.get, 1 i64.const, i64.and,
        i64 yields i64.eqz if,
            n local.get, 1 i64.const, i64.shr_u,
        else,
            n local.get, 3 i64.const, i64.mul, 1 i64.const, i64.add,
        then,
        n local.set,
        steps local.get, 1 i32.const, i32.add, steps local.set,
    repeat,
    steps local.get,
end-code
