\ decimal.fs - whole numbers of any size, as decimal text.  Include contract.fs before it.

char 0 constant '0'
char 1 constant '1'
char 9 constant '9'
char - constant '-'

: byte-at, ( address-local -- )  get, i32.load8_u, ;
: step, ( n local -- )  dup get,  swap i32.const, i32.add,  set, ;

\ [address length] -> [1 or 0]: an optional minus and at least one digit?
sub decimal?  i32 param at  i32 param length  i32 gives
    i32 local end
    at get, length get, i32.add, end set,
    length get, i32.eqz if,  0 i32.const, return,  then,
    at byte-at, '-' i32.const, i32.eq if,
        1 at step,
        at get, end get, i32.eq if,  0 i32.const, return,  then,
    then,
    begin,
        at byte-at, '0' i32.const, i32.sub,  9 i32.const, i32.gt_u if,  0 i32.const, return,  then,
        1 at step,
    at get, end get, i32.eq until,
    1 i32.const,
end-code

\ From the digit at `place` to the front, not beyond `first`: as long as it is `from` it becomes `to`.  Gives the place
\ of the first that is not.
sub carry  i32 param place  i32 param first  i32 param from  i32 param to  i32 gives
    begin,
        place get, first get, i32.ge_u,  place byte-at, from get, i32.eq,  i32.and, nz while,
        place get, to get, i32.store8,
        -1 place step,
    repeat,
    place get,
end-code

\ [address length] -> [address length]: number + 1, without leading zeros.  The number is decimal?, lies in memory that
\ may be written, and has a free byte in front.
sub increment  i32 param at  i32 param length  i32 gives  i32 gives
    i32 local negative  i32 local place

    at byte-at, '-' i32.const, i32.eq if,
        1 negative step,  1 at step,  -1 length step,
    then,
    begin,
        length get, 1 i32.const, i32.gt_u,  at byte-at, '0' i32.const, i32.eq,  i32.and, nz while,
        1 at step,  -1 length step,
    repeat,
    at byte-at, '0' i32.const, i32.eq if, \ only zero begins with one now
        0 i32.const, negative set,
    then,

    at get, length get, i32.add, 1 i32.const, i32.sub, place set,
    negative get, nz if,
        place get, at get, '0' i32.const, '9' i32.const, carry call, place set,
        place get,  place byte-at, 1 i32.const, i32.sub,  i32.store8,
        at byte-at, '0' i32.const, i32.eq,  length get, 1 i32.const, i32.gt_u,  i32.and, nz if,
            1 at step,  -1 length step,
        then,
        at byte-at, '0' i32.const, i32.eq,  length get, 1 i32.const, i32.eq,  i32.and, i32.eqz if,
            -1 at step,  1 length step,
            at get, '-' i32.const, i32.store8,
        then,
    else,
        place get, at get, '9' i32.const, '0' i32.const, carry call, place set,
        place get, at get, i32.lt_u if,
            -1 at step,  1 length step,
            at get, '1' i32.const, i32.store8,
        else,
            place get,  place byte-at, 1 i32.const, i32.add,  i32.store8,
        then,
    then,
    at get, length get,
end-code
