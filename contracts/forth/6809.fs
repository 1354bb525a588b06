\ 6809.fs - a second target: the Motorola 6809 as "Build Your Own Assembler" takes it for its examples.  It is here to
\ show that the machinery is not made for wasm alone: same T-words, same classes, same structure words.
\
\ `m6809` makes it the target that is assembled for.

require ./target.fs
require ./classes.fs
require ./structure.fs

0 $10000 space: 6809-space

vocabulary 6809-words
also 6809-words definitions

\ ---- Instructions --------------------------------------------------------------------------------------------------

: 6809-opcode, ( code -- )  dup $FF u> if dup 8 rshift tc, then tc, ; \ those of the second page begin with 10

\ The mode is a magic number that is added to the opcode; each instruction puts the default back.
variable mode
: #      $00 mode ! ; \ immediate
: <>     $10 mode ! ; \ direct
: reset  $30 mode ! ; \ extended
reset

: general-op ( base-opcode "name" -- )
    instance does> ( operand -- )
    op-code  mode @ +  opcode,
    mode @ case
        $00 of tc, endof
        $10 of tc, endof
        $30 of t, endof
    endcase
    reset ;

$12 inherent nop,  $3A inherent abx,  $3D inherent mul,  $39 inherent rts,  $4A inherent deca,  $5F inherent clrb,
$1A byte-immediate orcc,  $1C byte-immediate andcc,
$8B general-op add,  $89 general-op adc,  $84 general-op and,  $85 general-op bit,
$86 general-op lda,  $C6 general-op ldb,  $80 general-op sub,  $81 general-op cmp,  $8A general-op ora,

\ ---- Branches ------------------------------------------------------------------------------------------------------

\ Conditions are the opcodes of the branches, in pairs: the lowest bit inverts.
$20 cc: ra  $21 cc: rn \ always, never
$22 cc: hi  $23 cc: ls  $24 cc: cc  $25 cc: cs  $26 cc: ne  $27 cc: eq
$28 cc: vc  $29 cc: vs  $2A cc: pl  $2B cc: mi  $2C cc: ge  $2D cc: lt  $2E cc: gt  $2F cc: le

\ What a branch's byte says to get to taddr, when `there` is behind it.
: distance ( taddr from -- byte )
    -  dup -128 128 within 0= if
        m( s" a branch reaches from -128 to 127 bytes; this one would have to go " m+ dup m# )m
    then  $FF and ;
: branch, ( taddr opcode -- )  opcode,  there 1+ distance  tc, ;
\ The same for programs that use labels:  again ne b,
: b, ( taddr cc -- )  s" b," ?cc branch, ;

\ ---- The layer under the structure words ---------------------------------------------------------------------------

: 6809-notcc ( opcode -- opcode' )  1 xor ;
: 6809->jump ( cc -- taddr )  6809-notcc opcode, there 0 tc, ;
: 6809->land ( taddr -- )  there over 1+ distance swap tc! ;
: 6809->else ( taddr -- taddr' )  $21 6809->jump swap 6809->land ; \ F IF, SWAP THEN,
: 6809-<count ( taddr r -- )  s" the 6809 has no instruction for do, loop," fault ;

\ ---- Definitions ---------------------------------------------------------------------------------------------------

: code ( "name" -- )  there constant  latest name>string open-definition  reset ;
: end-code ( -- )  close-definition ;
: org ( taddr -- )  tdp ! ;

\ ---- The target ----------------------------------------------------------------------------------------------------

: 6809-always ( -- opcode )  $20 ;

get-current forth-wordlist set-current
: m6809 ( -- )
    only forth also 6809-words  6809-space  2 to tcell  false to little-endian
    ['] 6809-opcode, is opcode,  ['] 6809-notcc is notcc   ['] 6809-always is (always)
    ['] there is <mark           ['] branch, is <jump      ['] 6809-<count is <count
    ['] drop is <close           ['] 6809->jump is >jump   ['] 6809->else is >else
    ['] 6809->land is >land      ['] there is label-place  ['] m-number is m-other ;
set-current
previous definitions
