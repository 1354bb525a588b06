\ module.fs - a module of wasm: functions with their types, memory, data, globals, tables, exports; and its way to disk.
\
\ Nothing here needs an order: a function that is used before it is there, an import in the middle of the code, all get
\ their indices when the module is written; and what nothing uses is left out then.

require ./wasm.fs

\ What the user defines, names of the target and macros of the host alike, goes in here and is found first.
vocabulary target-words

also wasm-opcodes also wasm-words definitions

\ ---- Lists ---------------------------------------------------------------------------------------------------------

\ A list has a header of three cells: first node, last node, count.  A node's first cell leads to the next one.
: list: ( "name" -- )  create 0 , 0 , 0 , ;
: list-count ( list -- n )  2 cells + @ ;
: node, ( list -- )
    here >r 0 ,
    dup cell+ @ ?dup if r@ swap ! else r@ over ! then
    r> over cell+ !  2 cells + 1 swap +! ;
: list-empty ( list -- )  3 cells erase ;
: ?index ( index list c-addr u -- index )
    3 pick 3 pick list-count u< if 2drop drop exit then
    m( s" there is no " m+ m+ drop s"  number " m+ m# )m ;
\ Runs xt ( ... node -- ... ) for each node, in order.
: each ( ... list xt -- ... )
    swap @ begin dup while  2dup 2>r swap execute 2r> @  repeat 2drop ;

\ ---- Types of functions --------------------------------------------------------------------------------------------

\ type index or -1, 255 bytes of parameters and 255 of results, each with its count in front
: params ( signature -- addr )  cell+ ;
: results ( signature -- addr )  cell+ 256 + ;
: signature, ( -- signature )  here -1 , 512 allot dup params 512 erase ;
0 value the-signature \ what takes and gives work on

1024 constant most-types
create types most-types cells allot
variable type-count
: same-types? ( signature signature -- f )  512 >r params swap params r@ swap r> str= ;

\ From then on the signature is as it is.
: type-index ( signature -- index )
    dup @ 0< 0= if @ exit then
    type-count @ 0 ?do
        types i cells + @ over same-types? if i swap ! i unloop exit then
    loop
    type-count @ most-types = if s" more than 1024 types" fault then
    type-count @ dup 2 pick !  swap over cells types + !  1 type-count +! ;

: add-type ( type counted -- )
    over -$40 0 within 0= if m( over m# s"  is not a type" m+ )m then
    dup c@ 255 = if s" more than 255 values in a signature" fault then
    dup c@ 1+ over c!  dup c@ + swap $7F and swap c! ;
: ?open-signature ( -- signature )
    the-signature dup 0= if s" takes and gives belong behind signature, import, forward, code or sub" fault then
    dup @ 0< 0= if s" takes and gives come before the first use" fault then ;
: takes ( type -- )  ?open-signature params add-type ;
: gives ( type -- )  ?open-signature results add-type ;

$5349474E 32 lshift constant signature-tag
: tagged? ( x tag -- f )  swap $FFFFFFFF invert and = ;

create signatures most-types cells allot
variable signature-count
\ signature binary  i32 takes  i32 takes  i32 gives
: signature ( "name" -- )
    signature, to the-signature
    signature-count @ most-types = if s" more than 1024 signatures" fault then
    the-signature signatures signature-count @ cells + !
    signature-count @ signature-tag or constant  1 signature-count +! ;
: wasm->type ( signature|index -- index )
    dup signature-tag tagged? if $FFFFFFFF and cells signatures + @ type-index then ;

\ ---- Functions -----------------------------------------------------------------------------------------------------

0
field: fn>signature
field: fn>announced   \ the signature that `forward` said, or 0
field: fn>begun       \ its header was there
field: fn>defined     \ its end-code was there; neither is of an import
field: fn>fixup       \ the first fixup that can be in its code
field: fn>kept        \ something that is kept uses it
field: fn>number      \ among the imports that are kept, or among the functions of the module; -1: not kept, not there
field: fn>start       \ taddr of its code
field: fn>end
field: fn>locals      \ the types of its locals, a byte each
field: fn>locals-size
field: fn>name
field: fn>name-size
field: fn>module      \ imports: the first part of the name
field: fn>module-size
field: fn>names       \ taddr in names-space
field: fn>names-end
field: fn>name-count
constant /fn

16384 constant most-functions
create functions most-functions cells allot
variable function-count
create defined most-functions cells allot \ those whose header was there, in order
variable defined-count

$46554E43 32 lshift constant function-tag
: >function ( handle -- fn )
    dup function-tag tagged? 0= if m( s" the name of a function must stand here, not " m+ dup m-item )m then
    $FFFFFFFF and cells functions + @ ;

: fn-name ( fn -- c-addr u )  dup fn>name @ swap fn>name-size @ ;
: fn-import? ( fn -- f )  fn>module @ 0<> ;

: m-module-item ( x -- )
    dup function-tag tagged? if s" the function " m+ >function fn-name m+ exit then
    dup signature-tag tagged? if drop s" a signature" m+ exit then
    m-number ;
' m-module-item is m-handle

\ A function, and the word that leaves its handle.
: new-function ( c-addr u -- fn )
    function-count @ most-functions = if s" more than 16384 functions" fault then
    2dup nextname function-count @ function-tag or constant
    here /fn allot dup /fn erase  dup functions function-count @ cells + !  1 function-count +!
    >r  kept r@ fn>name-size ! r@ fn>name !  -1 r@ fn>number !
    signature, dup to the-signature r@ fn>signature !  r> ;

\ import dela.result  i32 takes  i32 takes   the module's name ends at the first dot
: import ( "module.name" -- )
    parse-name 2dup s" ." search 0= if
        m( s" import " m+ 2drop m+ s" : a name must be MODULE.NAME" m+ )m
    then
    1 /string 2swap 2dup new-function >r           ( name module.name )
    2 pick - 1- kept r@ fn>module-size ! r@ fn>module !
    kept r@ fn>name-size ! r> fn>name ! ;

\ Where in the code a function's index is to be put: taddr and fn, in the order of the code.
65536 constant most-fixups
most-fixups 2* cells allocate throw constant fixups
variable fixup-count
: wasm-function-index, ( handle -- )
    >function  fixup-count @ most-fixups = if s" more than 65536 calls" fault then
    there fixups fixup-count @ 2* cells + tuck !  cell+ !  1 fixup-count +!
    0 tc, ;

' wasm->type is >type
' wasm-function-index, is function-index,

\ ---- Definition headers --------------------------------------------------------------------------------------------

16 constant data-origin      \ no text lies at address 0
data-origin $400000 space: data-space \ linear memory; where T-words work outside code
0 $100000 space: names-space \ the names of locals, as the name section wants them

0 value this \ the function that is being assembled
create local-types 65536 allot
variable local-count
variable exported

: find-announced ( c-addr u -- fn|0 )
    function-count @ 0 ?do
        2dup functions i cells + @ dup >r fn-name str= r@ fn-import? 0= and if
            2drop r> dup fn>begun @ if m( fn-name m+ s"  is defined already" m+ )m then
            unloop exit
        then r> drop
    loop 2drop 0 ;

: in-target ( -- wordlist )  get-current  also target-words definitions previous ;

\ forward even?  i32 takes  i32 gives   so that it can be called before it is there
: forward ( "name" -- )
    in-target >r  parse-name new-function  dup fn>signature @ swap fn>announced !  r> set-current ;

: function-header ( c-addr u -- )
    dup 0= if s" code and sub need a name" fault then
    2dup 2>r  2dup find-announced dup if
        to this 2drop  signature, dup to the-signature this fn>signature !
    else
        drop in-target >r new-function to this r> set-current
    then
    this defined defined-count @ cells + !
    1 defined-count +!  true this fn>begun !  fixup-count @ this fn>fixup !
    2r> open-definition  reset  0 level !  1 opened +!  opened @ opened-at !  0 local-count !
    names-space there this fn>names !
    code-space there this fn>start ! ;

: ?header ( -- )
    defining @ 0= if s" param and local belong into a definition" fault then
    there this fn>start @ <> if s" param and local come before the first instruction" fault then ;
: this-params ( -- n )  this fn>signature @ params c@ ;
: name-local ( index "name" -- )
    >in @ >r  parse-name r> >in !
    names-space  2 pick uleb, tstring,  code-space  1 this fn>name-count +!
    local-name ;

\ i32 param n   takes one more, and calls it n
: param ( type "name" -- )
    ?header  local-count @ if s" param comes before local" fault then
    this fn>signature @ params add-type  this-params 1- name-local ;
\ i64 scratch leaves the index of a new local without a name: for macros
: scratch ( type -- index )
    ?header  local-count @ 65536 = if s" more than 65536 locals" fault then
    dup -$40 0 within 0= if m( dup m# s"  is not a type" m+ )m then
    $7F and local-types local-count @ + c!  1 local-count +!
    this-params local-count @ + 1- ;
\ i64 local sum   zero at first
: local ( type "name" -- )  scratch name-local ;

: end-code ( -- )
    ?modes  close-definition
    $0B tc,  there this fn>end !  true this fn>defined !
    local-types local-count @ kept this fn>locals-size ! this fn>locals !
    names-space there this fn>names-end !
    this fn>announced @ ?dup if
        this fn>signature @ same-types? 0= if
            m( this fn-name m+ s"  is not of the type that forward announced" m+ )m
        then
    then
    0 to the-signature  data-space ;

\ ---- Memory, data --------------------------------------------------------------------------------------------------

: limits, ( list min -- )  swap node, , -1 , ;
0 value limited \ what `maximum` works on
: maximum ( n -- )  limited 0= if s" maximum belongs behind memory or table" fault then  limited 2 cells + ! ;

list: memories
: memory ( pages -- )  memories swap limits,  memories cell+ @ to limited ;

\ Where the data ends so far.  Where there is some, memory 0 is made for it if none is declared.
: data-there ( -- taddr )  current-space data-space there swap to current-space ;
: has-data ( -- f )  data-there data-origin > ;

\ s" counter" text key   puts the bytes there; key leaves address and length
: text ( c-addr u "name" -- )
    defining @ if s" text belongs outside code, where there is memory" fault then
    create  there , dup , ts,  does> 2@ swap ;
\ 32 buffer scalar   bytes that are zero at first
: buffer ( u "name" -- )  there constant tallot ;

list: segments
\ s" bytes" passive-data name   for memory.init, and data.drop,
: passive-data ( c-addr u "name" -- )
    segments list-count constant  segments node,  kept swap , , ;

\ ---- Globals, tables, elements -------------------------------------------------------------------------------------

list: globals
: global, ( init type mutable "name" -- )
    globals list-count constant  globals node,  , , , 0 ,
    latest name>string kept swap , , ;
\ 0 i32 global counter   changes; constant-global does not
: global ( init type "name" -- )  1 global, ;
: constant-global ( init type "name" -- )  0 global, ;
\ i32 data-end-global heap   starts behind all data, at a multiple of 8
: data-end-global ( type "name" -- )  0 swap 1 global,  true globals cell+ @ 4 cells + ! ;

list: tables
\ 10 table operations   of functions; leaves its index
: table ( min "name" -- )  tables list-count constant  tables swap limits,  tables cell+ @ to limited  funcref , ;

list: elements
0 value the-elements
\ mode: 0 active, 1 passive, 3 declared only
: elements, ( offset table mode -- )
    elements node, , , ,  here 0 , 0 , 0 ,  to the-elements ;
\ 0 operations active-elements  f elem, g elem,   fills a table from an offset on
: active-elements ( offset table -- )  tables s" table" ?index  0 elements, ;
: passive-elements ( "name" -- )  elements list-count constant  0 0 1 elements, ;
\ Lets ref.func, take functions that stand nowhere else.
: declared-elements ( -- )  0 0 3 elements, ;
: elem, ( function -- )
    the-elements 0= if s" elem, belongs behind active-elements, passive-elements or declared-elements" fault then
    dup >function drop  the-elements node, , ;

\ ---- Exports -------------------------------------------------------------------------------------------------------

list: exports
: ?new-export ( c-addr u node -- c-addr u )
    cell+ dup @ swap cell+ @ 2over str= if m( m+ s"  is exported already" m+ )m then ;
: export, ( x c-addr u kind -- )
    -rot exports ['] ?new-export each  kept  exports node,  swap , , , , ;
: export-function ( function c-addr u -- )  2 pick >function drop  0 export, ;
: export-table ( index c-addr u -- )  2>r tables s" table" ?index 2r>  1 export, ;
: ?memory-index ( index -- index )  dup 0= has-data and 0= if memories s" memory" ?index then ;
: export-memory ( index c-addr u -- )  2>r ?memory-index 2r>  2 export, ;
: export-global ( index c-addr u -- )  2>r globals s" global" ?index 2r>  3 export, ;

: this-handle ( -- handle )
    function-tag function-count @ 0 ?do functions i cells + @ this = if i or leave then loop ;
\ code add  i32 param a  i32 param b  i32 gives ... end-code   a function that the module exports
: code ( "name" -- )  parse-name function-header  this-handle this fn-name export-function ;
\ The same for the module's own use.
: sub ( "name" -- )  parse-name function-header ;
\ The same with a name that a macro has made; it may have blanks.
: named-sub ( c-addr u -- )  function-header ;

\ ---- Custom sections -----------------------------------------------------------------------------------------------

list: customs
\ s" bytes" s" name" custom   a second one of that name goes on with the first
: custom ( c-addr u c-addr u -- )
    customs @ begin dup while                             ( content name node )
        dup >r cell+ dup @ swap cell+ @ 2over str= if
            2drop  r@ 3 cells + @ r@ 4 cells + @  2swap  { old size more extra }
            size extra + allocate throw { both }
            old both size move  more both size + extra move
            both r@ 3 cells + !  size extra + r> 4 cells + !  exit
        then
        r> @
    repeat drop
    customs node,  kept swap , ,  kept swap , , ;

variable start-function
: start ( function -- )  dup >function drop start-function ! ;
