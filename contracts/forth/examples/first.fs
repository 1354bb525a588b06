\ Operands come first, then the instruction; a name with a comma assembles.
code answer  i32 gives
    6 i32.const,  7 i32.const,  i32.mul,
end-code

code average  i32 param a  i32 param b  i32 gives
    a local.get,  b local.get,  i32.add,
    1 i32.const,  i32.shr_u,
end-code
