\ wasm.fs - the WebAssembly layer: the classes of vm/opcodes.def, modes, labels, conditions, and what the structure words
\ stand on.  module.fs makes functions and a module of it.
\
\ Modes are operands that an instruction may do without.  The word before it sets a variable, the instruction uses it and
\ puts the default back; an instruction that has no use for a mode that was set says so.

require ./target.fs
require ./classes.fs
require ./structure.fs

vocabulary wasm-words
vocabulary wasm-opcodes \ block, loop, if, else, end, and all others as they stand in the table
also wasm-opcodes also wasm-words definitions

\ The code of all functions.  Branches count blocks and not bytes, so code can be copied from here as it is.
0 $400000 space: code-space

\ ---- Types ---------------------------------------------------------------------------------------------------------

\ As numbers they are what sleb, makes their byte from; so type indices, which are not negative, can stand in their place.
-$01 constant i32      -$02 constant i64       -$03 constant f32  -$04 constant f64  -$05 constant v128
-$10 constant funcref  -$11 constant externref
-$40 constant void

defer >type ( signature|index -- index )
defer function-index, ( function -- )

\ ---- Modes ---------------------------------------------------------------------------------------------------------

variable modes    \ which were set, a bit for each
variable accepts  \ which the instruction takes

: mode-variable ( default bit "name" -- )  create  over , , , ;
: mode-set ( x mode -- )  tuck !  cell+ @ modes @ or modes ! ;
: mode-default ( mode -- )  dup 2 cells + @ swap ! ;
: mode-bit ( mode -- bit )  cell+ @ ;

void 1  mode-variable block-type
0 2     mode-variable offset
-1 4    mode-variable alignment
0 8     mode-variable memory-index
0 16    mode-variable memory-source
0 32    mode-variable table-index
0 64    mode-variable table-source

: yields ( type|signature -- )  dup 0< 0= if >type then  block-type mode-set ;
: offset= ( u -- )  offset mode-set ;
: align= ( bytes -- )  alignment mode-set ;
: memory= ( index -- )  memory-index mode-set ;
: from-memory= ( index -- )  memory-source mode-set ;
: table= ( index -- )  table-index mode-set ;
: from-table= ( index -- )  table-source mode-set ;

: reset ( -- )
    block-type mode-default  offset mode-default  alignment mode-default  memory-index mode-default
    memory-source mode-default  table-index mode-default  table-source mode-default
    0 modes !  0 accepts ! ;
: taking ( mode -- )  mode-bit accepts @ or accepts ! ;

: mode-name ( bits -- c-addr u )
    dup 1 and if drop s" yields" exit then      dup 2 and if drop s" offset=" exit then
    dup 4 and if drop s" align=" exit then      dup 8 and if drop s" memory=" exit then
    dup 16 and if drop s" from-memory=" exit then
    32 and if s" table=" else s" from-table=" then ;
: ?modes ( -- )
    modes @ accepts @ invert and dup if
        m( mode-name m+ s"  was said, and the instruction has no use for it" m+ reset )m
    then drop ;

: wasm-opcode, ( code -- )
    defining @ 0= if s" instructions belong between code and end-code" fault then
    ?modes
    dup $FF u> if dup 16 rshift tc, $FFFF and uleb, else tc, then ;

\ ---- Blocks and labels ---------------------------------------------------------------------------------------------

\ Open blocks have levels from 1; 0 is the function.  What was opened at a level is known by its number in order.
variable level
variable opened
create opened-at 1025 cells allot

: open-level ( -- )
    level @ 1024 = if s" more than 1024 blocks are open" fault then
    1 level +!  1 opened +!  opened @ level @ cells opened-at + ! ;
\ A label is a level and the number of what was opened there.
$4C41424C 32 lshift constant label-tag
: label? ( x -- f )  $FFFFFFFF invert and label-tag = ;
: place-label ( place -- label )  cells opened-at + @ 12 lshift  level @ or label-tag or ;
: wasm-label ( -- label )
    level @ 0= if s" label names the structure that was opened last, and none is open" fault then
    level @ place-label ;

\ A label, or a depth as in the binary format: 0 is the innermost block.
: >depth ( label|depth -- depth )
    dup label? if
        dup $FFF and  over $FFFFFFFF and 12 rshift       ( label level number )
        over level @ > if -1 else over cells opened-at + @ then
        <> if s" the structure of this label is closed already" fault then
        nip level @ swap -
    else
        dup level @ 1+ u< 0= if m( s" there is no block at depth " m+ dup m# s" : a label, or less, must be here" m+ )m then
    then ;

\ ---- Classes -------------------------------------------------------------------------------------------------------

: ?range ( n low high+1 c-addr u -- n )
    2>r 2 pick -rot within 0= if m( dup m-item s"  does not fit " m+ 2r> m+ )m then 2r> 2drop ;
: u32, ( u -- )  0 $100000000 s" an index of 32 bits" ?range uleb, ;
: byte, ( u -- )  0 256 s" a byte" ?range tc, ;
: bytes, ( x n -- )  there over tallot swap t!little ;

: block-typed ( code "name" -- )
    instance does> ( -- )  block-type taking  op-code opcode,  block-type @ sleb,  reset  open-level ;

: label-op ( code "name" -- )  instance does> ( label op -- )  op-code opcode,  >depth uleb, ;
\ label1 ... labeln n default br_table,
: label-table-op ( code "name" -- )
    instance does> ( labels... n default op -- )
    op-code opcode,  >depth swap  dup uleb,              ( labels... default n )
    dup 0 ?do  dup i - 1+ pick >depth uleb,  loop
    swap uleb,  0 ?do drop loop ;

: function-op ( code "name" -- )  instance does> ( function op -- )  op-code opcode,  function-index, ;
: type-op ( code "name" -- )  instance does> ( signature op -- )  op-code opcode,  >type u32, ;
: type-table-op ( code "name" -- )
    instance does> ( signature op -- )  table-index taking  op-code opcode,  >type u32,  table-index @ u32,  reset ;

: index-op ( code "name" -- )  instance does> ( index op -- )  op-code opcode,  u32, ;
: local-op index-op ;
: global-op index-op ;
: element-op index-op ;
: tag-op index-op ;
variable data-counted \ memory.init and data.drop need the number of data segments in front of the code
: data-op ( code "name" -- )  instance does> ( segment op -- )  op-code opcode,  u32,  data-counted on ;

: table-op ( code "name" -- )
    instance does> ( op -- )  table-index taking  op-code opcode,  table-index @ u32,  reset ;
: table-table-op ( code "name" -- )
    instance does> ( op -- )  table-index taking table-source taking
    op-code opcode,  table-index @ u32,  table-source @ u32,  reset ;
: element-table-op ( code "name" -- )
    instance does> ( segment op -- )  table-index taking  op-code opcode,  u32,  table-index @ u32,  reset ;

: memory-op ( code "name" -- )
    instance does> ( op -- )  memory-index taking  op-code opcode,  memory-index @ u32,  reset ;
: memory-memory-op ( code "name" -- )
    instance does> ( op -- )  memory-index taking memory-source taking
    op-code opcode,  memory-index @ u32,  memory-source @ u32,  reset ;
: data-memory-op ( code "name" -- )
    instance does> ( segment op -- )  memory-index taking
    op-code opcode,  u32,  memory-index @ u32,  reset  data-counted on ;

: log2 ( u -- n )  0 begin over 1 > while 1+ swap 1 rshift swap repeat nip ;
\ The alignment's exponent: said in bytes by align=, or the natural one.
: exponent ( natural -- exponent )
    alignment @ -1 = if exit then
    alignment @ dup 1- and  alignment @ 1 < or if
        m( s" align= takes a power of two, not " m+ alignment @ m# )m then
    alignment @ log2 tuck < if
        m( s" align= " m+ alignment @ m# s"  is more than the instruction's natural alignment" m+ )m then ;
: memory-operand, ( op -- )
    op>align @ exponent  memory-index @ if $40 or uleb, memory-index @ u32, else uleb, then
    offset @ 0 $100000000 s" an offset of 32 bits" ?range uleb, ;
: memory-modes ( -- )  offset taking  alignment taking  memory-index taking ;
: memory-argument ( code "name" -- )
    instance does> ( op -- )  memory-modes  dup op-code opcode,  memory-operand,  reset ;
: memarg-lane-op ( code "name" -- )
    instance does> ( lane op -- )  memory-modes  dup op-code opcode,  memory-operand,  byte,  reset ;

: i32-op ( code "name" -- )
    instance does> ( n op -- )  op-code opcode,
    -$80000000 $100000000 s" 32 bits" ?range  dup $80000000 and if $FFFFFFFF and $100000000 - then sleb, ;
: i64-op ( code "name" -- )  instance does> ( n op -- )  op-code opcode,  sleb, ;
: f32-op ( code "name" -- )  instance does> ( bits op -- )  op-code opcode,  4 bytes, ;
: f64-op ( code "name" -- )  instance does> ( bits op -- )  op-code opcode,  8 bytes, ;
: v128-op ( code "name" -- )  instance does> ( low high op -- )  op-code opcode,  swap 8 bytes, 8 bytes, ;
: shuffle-op v128-op ;
: lane-op ( code "name" -- )  instance does> ( lane op -- )  op-code opcode,  byte, ;
: byte-op ( code "name" -- )  instance does> ( op -- )  op-code opcode,  0 tc, ;

: select-types-op ( code "name" -- )  instance does> ( type op -- )  op-code opcode,  1 uleb, sleb, ;
: heap-type-op ( code "name" -- )  instance does> ( type op -- )  op-code opcode,  sleb, ;
: type-field-op ( code "name" -- )  instance does> ( type field op -- )  op-code opcode,  swap >type u32, u32, ;
: type-count-op type-field-op ;
: type-data-op ( code "name" -- )
    instance does> ( type segment op -- )  op-code opcode,  swap >type u32, u32,  data-counted on ;
: type-element-op type-field-op ;
: type-type-op ( code "name" -- )
    instance does> ( type type op -- )  op-code opcode,  swap >type u32, >type u32, ;
\ flags: bit 0, the first type takes null; bit 1, the second does
: branch-cast-op ( code "name" -- )
    instance does> ( label flags from-type to-type op -- )
    op-code opcode,  2>r byte, >depth uleb,  2r> swap sleb, sleb, ;

\ Clauses of a try_table, said before it.
create clauses 256 cells allot
variable clause-count
: clause ( tag label kind -- )
    clause-count @ 80 = if s" more than 80 clauses" fault then
    clause-count @ 3 cells * clauses + tuck !  cell+ tuck !  cell+ !  1 clause-count +! ;
: catches ( tag label -- )  >depth 0 clause ;
: catches-ref ( tag label -- )  >depth 1 clause ;
: catches-all ( label -- )  0 swap >depth 2 clause ;
: catches-all-ref ( label -- )  0 swap >depth 3 clause ;
: try-table-op ( code "name" -- )
    instance does> ( op -- )
    block-type taking  op-code opcode,  block-type @ sleb,  clause-count @ uleb,
    clause-count @ 0 ?do
        i 3 cells * clauses +  dup @ dup tc,  2 < if dup 2 cells + @ uleb, then  cell+ @ uleb,
    loop
    0 clause-count !  reset  open-level ;

\ ---- Instructions --------------------------------------------------------------------------------------------------

also wasm-opcodes definitions
require ./opcodes.fs
previous definitions

\ ---- Conditions ----------------------------------------------------------------------------------------------------

\ A condition is what makes an i32 of the operands: a comparison's opcode, or nothing if the i32 is there already.
$000 cc: nz  $002 cc: always  $003 cc: never

$100 constant inverted \ followed by i32.eqz

\ As in most processors opcodes lie such that one xor inverts a comparison of integers.  An ordering of floats has no
\ inverse, for NaN is neither less nor not less.
: wasm-notcc ( n -- n' )
    dup $45 = if drop $000 exit then
    dup $000 = if drop $45 exit then            \ nz, i32.eqz
    dup $002 $004 within if 1 xor exit then     \ always, never
    dup $46 $48 within if 1 xor exit then       \ i32.eq ne
    dup $48 $50 within if 6 xor exit then       \ i32.lt_s ge_s, lt_u ge_u, gt_s le_s, gt_u le_u
    dup $51 $53 within if 3 xor exit then       \ i64.eq ne
    dup $53 $5B within if $53 - 6 xor $53 + exit then
    dup $5B $5D within if 7 xor exit then       \ f32.eq ne
    dup $61 $63 within if 3 xor exit then       \ f64.eq ne
    inverted xor ;

\ These bytes go past `opcode,`, as a mode said before a condition is for the instruction after it.
: cc, ( n -- )
    dup $002 $004 within if $41 tc, 3 xor tc, exit then \ i32.const 1 or 0
    dup $FF and ?dup if tc, then  inverted and if $45 tc, then ;

\ Each comparison of the table is a condition under its name without the comma.
: name-conditions ( -- )
    last-op begin dup while
        dup op-code $45 $67 within if dup op-text nextname dup op-code cc: then
        op>link @
    repeat drop ;
name-conditions

\ ---- The layer under the structure words ---------------------------------------------------------------------------

\ A place is the level of a block.  In here if, else, loop, and end, are the bare instructions.
: close-level ( place -- )
    level @ <> if s" a block that was opened later is still open" fault then
    end,  -1 level +! ;
: to-place ( place -- depth )  level @ swap - ;

: wasm-<mark ( -- place )  loop, level @ ;
: wasm-<jump ( place n -- )
    dup $003 = if 2drop exit then
    dup $002 = if drop to-place br, exit then
    cc, to-place br_if, ;
: wasm-<count ( place local -- )
    dup local.get,  1 i32.const,  i32.sub,  local.tee,  to-place br_if, ;
: wasm->jump ( n -- place )  cc, if, level @ ;
: wasm->else ( place -- place )
    dup level @ <> if s" a block that was opened later is still open" fault then  else, ;
: wasm-always ( -- n )  $002 ;

\ ---- Structures of this target alone -------------------------------------------------------------------------------

\ Jumps to a label, or to a block so many levels out, if cc.
: jump, ( label|depth cc -- )  s" jump," ?cc  swap >depth level @ swap -  swap wasm-<jump ;

\ block, ... end,   a jump to its label goes behind the end,
: block, ( -- place mark )  block, level @ block-kind mark ;
: try, ( -- place mark )  try, level @ block-kind mark ;
: try_table, ( -- place mark )  try_table, level @ block-kind mark ;
: delegate, ( place mark label -- )
    >r block-kind s" delegate," ?pairs drop  -1 level +!  r> >depth delegate, ;
: end, ( place mark -- )  block-kind s" end," ?pairs close-level ;

defer m-handle ( x -- )
: m-wasm-item ( x -- )  dup label? if drop s" a label" m+ else m-handle then ;

get-current forth-wordlist set-current
: wasm-layer ( -- )
    code-space  4 to tcell  true to little-endian
    ['] wasm-opcode, is opcode,  ['] wasm-notcc is notcc   ['] wasm-always is (always)
    ['] wasm-<mark is <mark      ['] wasm-<jump is <jump   ['] wasm-<count is <count
    ['] close-level is <close    ['] wasm->jump is >jump   ['] wasm->else is >else
    ['] close-level is >land     ['] wasm-label is label-place
    ['] m-wasm-item is m-other ;
set-current
