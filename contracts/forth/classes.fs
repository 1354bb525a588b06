\ classes.fs - opcodes are instances of classes; a class is a defining word, and what its instances have in common stands
\ behind its DOES>.  This file has what every target shares; 6809.fs, super8.fs and wasm.fs add classes of their own.

\ Assembles the bytes of an opcode: the target's layer says how.
defer opcode, ( code -- )

\ ---- Instances -----------------------------------------------------------------------------------------------------

0 value last-op \ the newest instance; each leads to the one before it

: field: ( offset "name" -- offset' )  create dup , cell+ does> @ + ;
0
field: op>link
field: op>code      \ what a class gets as its parameter
field: op>name      \ the word's name token
field: op>in        \ counted in bytes: operand types, as in vm/opcodes.def; "-" while no row has said
field: op>in-size
field: op>out
field: op>out-size
field: op>align     \ log2 of the natural alignment
field: op>cost      \ fuel
field: op>feature
field: op>feature-size
field: op>class     \ the immediate column of vm/opcodes.def
field: op>class-size
constant /op

: instance ( code "name" -- )
    create  last-op  here to last-op  /op allot  last-op /op erase
    last-op op>link !  last-op op>code !  latest last-op op>name ! ;

\ The other columns of the table, for the newest instance.
: row ( in out align cost feature immediate -- )
    last-op op>class-size !    last-op op>class !
    last-op op>feature-size !  last-op op>feature !
    last-op op>cost !          last-op op>align !
    last-op op>out-size !      last-op op>out !
    last-op op>in-size !       last-op op>in ! ;

: op-code ( op -- code )  op>code @ ;
: op-in ( op -- c-addr u )  dup op>in @ swap op>in-size @ ;
: op-out ( op -- c-addr u )  dup op>out @ swap op>out-size @ ;
: op-feature ( op -- c-addr u )  dup op>feature @ swap op>feature-size @ ;
: op-class ( op -- c-addr u )  dup op>class @ swap op>class-size @ ;
\ The instruction's name: the word's without the comma.
: op-text ( op -- c-addr u )  op>name @ name>string 1- ;
: op-assemble ( operands op -- )  op>name @ name>int execute ;

\ ---- The classes that all targets share ----------------------------------------------------------------------------

\ No operands:  12 inherent nop,
: inherent ( code "name" -- )  instance does> ( -- ) op-code opcode, ;

\ One byte:  1A byte-immediate orcc,
: byte-immediate ( code "name" -- )  instance does> ( byte -- ) op-code opcode, tc, ;
