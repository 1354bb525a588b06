\ super8.fs - a third target, the few Zilog Super8 instructions that "Build Your Own Assembler" writes its control
\ structures with: jr, jp, and djnz, .  Its if, and then, are the article's, with a jump to an absolute address.
\
\ `super8` makes it the target that is assembled for.

require ./target.fs
require ./classes.fs
require ./structure.fs

0 $10000 space: super8-space

vocabulary super8-words
also super8-words definitions

: super8-opcode, ( code -- )  tc, ;

$FF inherent nop,  $AF inherent ret,

\ Conditions and registers are the upper four bits of the opcode.  The upper bit of a condition inverts it.
$0 cc: f  $8 cc: t  $6 cc: z  $E cc: nz  $7 cc: c  $F cc: nc  $D cc: pl  $5 cc: mi  $1 cc: lt  $9 cc: ge  $2 cc: le  $A cc: gt
0 constant r0  1 constant r1  2 constant r2  3 constant r3

: distance ( taddr from -- byte )
    -  dup -128 128 within 0= if
        m( s" a jump reaches from -128 to 127 bytes; this one would have to go " m+ dup m# )m
    then  $FF and ;
: relative-op ( base-opcode "name" -- )
    instance does> ( taddr n -- ) op-code  swap 4 lshift or  opcode,  there 1+ distance tc, ;
: absolute-op ( base-opcode "name" -- )
    instance does> ( taddr n -- ) op-code  swap 4 lshift or  opcode,  t, ;

$B relative-op jr-op,  $D absolute-op jp-op,  $A relative-op djnz,

: jr, ( taddr cc -- )  s" jr," ?cc jr-op, ;
: jp, ( taddr cc -- )  s" jp," ?cc jp-op, ;

: super8-always ( -- n )  8 ;
: super8-notcc ( n -- n' )  8 xor ;
: super8->jump ( n -- taddr )  notcc 0 swap jp-op,  there 2 - ;
: super8->land ( taddr -- )  there swap t! ;
: super8->else ( taddr -- taddr' )  0 super8->jump swap super8->land ; \ F IF, SWAP THEN,

: code ( "name" -- )  there constant  latest name>string open-definition ;
: end-code ( -- )  close-definition ;
: org ( taddr -- )  tdp ! ;

get-current forth-wordlist set-current
: super8 ( -- )
    only forth also super8-words  super8-space  2 to tcell  false to little-endian
    ['] super8-opcode, is opcode,  ['] super8-notcc is notcc   ['] super8-always is (always)
    ['] there is <mark             ['] jr-op, is <jump         ['] djnz, is <count
    ['] drop is <close             ['] super8->jump is >jump   ['] super8->else is >else
    ['] super8->land is >land      ['] there is label-place  ['] m-number is m-other ;
set-current
previous definitions
