\ Macros are colon definitions: what they execute is assembled.  Loops, conditions and arithmetic of the host are theirs.
: square, ( local -- )  dup local.get, local.get, i32.mul, ;
: polynomial, ( c0 ... cn n local -- ) \ ((cn x + ...) x + c1) x + c0
    { x }  0 i32.const,
    1+ 0 do  x local.get, i32.mul,  i32.const, i32.add,  loop ;

code polynomial  i32 param x  i32 gives
    7 5 3 2 x polynomial, \ 3 x x + 5 x + 7
end-code

code square  i32 param n  i32 gives
    n square,
end-code

\ A table made by the host while it assembles, in the target's memory.
there constant cubes
: cubes, ( -- )  16 0 do  i i * i * t,  loop ;
cubes,

code cube  i32 param n  i32 gives
    n local.get, 2 i32.const, i32.shl,  cubes offset= i32.load,
end-code
