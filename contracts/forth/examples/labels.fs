\ The first byte of the text that is not a blank, or -1.
s"    x y" text sample

code first-letter  i32 gives
    i32 local at
    sample drop i32.const, at local.set,
    block, label none
        begin, label next
            at local.get, sample + i32.const,  none i32.eq jump,
            at local.get, i32.load8_u,  bl i32.const, i32.ne if,
                at local.get, i32.load8_u, return,
            then,
            at local.get, 1 i32.const, i32.add, at local.set,
        next br,
        again,
    end,
    -1 i32.const,
end-code
