\ measure.fs - what makes functions that repeat an instruction, to see what it costs.
\
\ Each function is [i32 n] -> []: a loop that goes round n times over 100 copies of a piece of code, the instruction with
\ what it needs: operands before it, drops behind it.  A second function has the same without the instruction, where that
\ can be, and what is left over is said in numbers: OUTPUT.table gets a line for each,
\
\     instruction  function  function-without  local.gets-to-add  drops-to-add  fuel
\
\ so that instruction = (function - function-without) / (100 n) + gets * local.get + drops * drop, be it in fuel or in ns.
\ The fuel is what vm/opcodes.def says: `measure` compares.
100 constant copies

s" OUTPUT" getenv s" .table" s+ w/o create-file throw constant table-file
: t ( c-addr u -- )  table-file write-file throw ;
: tab ( -- )  s\" \t" t ;
: tn ( n -- )  dup abs 0 <# #s rot sign #> t ;

\ ---- Functions -----------------------------------------------------------------------------------------------------

\ Locals: what the operands are.  Nothing divides by zero, and the address is one.
1 constant dividend  2 constant divisor  3 constant wide-dividend  4 constant wide-divisor  5 constant address  6 constant zero
: start-values, ( -- )
    -123456789 i32.const, dividend local.set,             12345 i32.const, divisor local.set,
    -1234567890123456789 i64.const, wide-dividend local.set,  1234567 i64.const, wide-divisor local.set,
    1024 i32.const, address local.set, ;

\ The code that xt assembles, again and again.
: repeated ( xt c-addr u -- )
    { what name size }
    s" measure " name size s+ named-sub
    i32 takes
    i32 scratch drop i32 scratch drop i64 scratch drop i64 scratch drop i32 scratch drop i32 scratch drop
    start-values,
    do,  copies 0 do what execute loop  0 loop,
    end-code
    this-handle name size export-function ;

\ ---- The table -----------------------------------------------------------------------------------------------------

: line ( instruction function without gets drops fuel -- )
    { name name-size of of-size without without-size gets drops fuel }
    name name-size t tab of of-size t tab without without-size t tab gets tn tab drops tn tab fuel tn s\" \n" t ;

\ ---- Instructions with a type in the table -------------------------------------------------------------------------

0 value op
: op-named ( c-addr u -- op )
    last-op begin dup while
        dup op-text 4 pick 4 pick str= if nip nip exit then  op>link @
    repeat drop m( s" there is no instruction " m+ m+ )m ;
: cost ( c-addr u -- fuel )  op-named op>cost @ ;

: class? ( c-addr u -- f )  op op-class str= ;
: memory? ( -- f )  s" MEMARG" class? ;
: bulk? ( -- f )  op op-in s" iii" str= ;
: operand ( i char -- local )
    [char] I = if 1 and if wide-divisor else wide-dividend then exit then
    memory? over 0= and if drop address exit then
    bulk? if drop zero exit then \ nothing at all is inside of everything
    1 and if divisor else dividend then ;
: operands, ( -- )  op op-in 0 ?do  i over i + c@ operand local.get,  loop drop ;
: drops, ( n -- )  0 ?do drop, loop ;

\ The index of the one segment or function there is, or nothing.
: immediate ( -- ... )
    s" DATA_MEMORY" class? s" ELEMENT_TABLE" class? or s" DATA" class? or s" ELEMENT" class? or
    s" I32" class? or s" I64" class? or if 0 then ;
: with, ( -- )  operands, immediate op op-assemble  op op-out nip drops, ;
: without, ( -- )  operands, op op-in nip drops, ;

\ What is the same without the instruction for all that have these operands.
create made 1024 allot  variable made-length
: made? ( c-addr u -- f )  made made-length @ 2swap search nip nip ;
: without-name ( -- c-addr u )
    s" without " memory? if s" address " s+ then bulk? if s" bulk " s+ then
    op op-in s+ s" ;" s+ ;
: without ( -- c-addr u )
    without-name 2dup made? 0= if
        2dup made made-length @ + swap move  dup made-length +!
        ['] without, without-name repeated
    then ;

: integer ( c-addr u -- f )
    begin dup while  over c@ dup [char] i <> swap [char] I <> and if 2drop false exit then  1 /string  repeat 2drop true ;
: measure-typed ( op -- )
    to op
    without
    ['] with, op op-text repeated
    op op-text  op op-text  2rot  0  op op-in nip op op-out nip -  op op>cost @  line ;

\ Everything with a price and with integers for operands and results that belongs to one of these features.
defer wanted? ( c-addr u -- f ) \ a feature's enumerator
: typed? ( op -- f )
    dup op>cost @ 0= if drop false exit then
    dup op-feature wanted? 0= if drop false exit then
    dup op-in integer swap dup op-out integer swap op-text s" nop" str= 0= and and ;
: measure-all ( op -- )
    dup 0= if drop exit then
    dup op>link @ recurse
    dup typed? if measure-typed else drop then ;

\ ---- Others: xt assembles the piece, the rest as in the table ------------------------------------------------------

: measure ( xt without gets drops fuel instruction -- )
    { what without without-size gets drops fuel name name-size }
    what name name-size repeated
    name name-size name name-size without without-size gets drops fuel line ;

: get-zero, ( -- )  zero local.get, ;
: get-one, ( -- )  divisor local.get, ;
s" end" cost constant end-cost

\ What the others are told by: nothing; a jump out of a block, which drops what lies there without a drop; get and drop.
:noname ;                              constant nothing,
:noname  block, 0 br, end, ;           constant jump-out,
:noname  block, get-one, 0 br, end, ;  constant get-and-jump-out,
:noname  get-one, drop, ;              constant get-and-drop,
: basics ( -- )
    nothing, s" nothing" repeated
    jump-out, s" block and br" repeated
    get-and-jump-out, s" block and br" 0 0  s" local.get" cost  s" local.get" measure
    get-and-drop,     s" nothing" -1 0      s" drop" cost       s" drop" measure ;
