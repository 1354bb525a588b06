\ image.fs - the module as bytes, section by section, and these to disk.

require ./module.fs

also wasm-opcodes also wasm-words definitions

0 $800000 space: image-space

\ Sections without content are left out.
: section{ ( id count -- taddr )  swap tc, sized{ swap uleb, ;
: section ( list xt id -- )
    2 pick list-count dup 0= if 2drop 2drop exit then
    section{ >r each r> }sized ;
: types-of ( counted -- )  count tstring, ;
: constant-expression, ( n type -- )
    case
        i32 of $41 tc, sleb, endof
        i64 of $42 tc, sleb, endof
        f32 of $43 tc, 4 bytes, endof
        f64 of $44 tc, 8 bytes, endof
        funcref of drop $D0 tc, funcref sleb, endof
        externref of drop $D0 tc, externref sleb, endof
        s" a global of this type has no initial value that could be written here" fault
    endcase  $0B tc, ;

\ ---- Counts that are known at the end only -------------------------------------------------------------------------

\ Memory is zero at first, so what is zero in the data space need not be written: it is cut into runs of bytes, where at
\ least so many zeros lie between two.
16 constant gap
: data@ ( taddr -- c )  current-space >r data-space  tc@  r> to current-space ;
: skip-zeros ( taddr -- taddr' )  begin dup data-there < dup if drop dup data@ 0= then while 1+ repeat ;
: skip-bytes ( taddr -- taddr' )  begin dup data-there < dup if drop dup data@ 0<> then while 1+ repeat ;
\ The run that begins at or behind taddr; none if it begins where it ends.
: run ( taddr -- start end )
    skip-zeros dup  begin
        skip-bytes  dup skip-zeros                       ( start end next )
        dup data-there < over 3 pick - gap < and
    while nip repeat drop ;
: runs ( -- n )  0 data-origin begin run 2dup <> while nip swap 1+ swap repeat 2drop ;
: data-end ( -- taddr )  data-there 7 + -8 and ;
: has-memory ( -- f )  memories list-count 0<>  has-data or ;
: ?memory ( -- )
    has-memory memories list-count 0= and if data-end $FFFF + 16 rshift memory then
    has-memory if
        memories @ cell+ @ 16 lshift data-end < if
            m( s" the data ends at " m+ data-end m# s" , behind the memory's " m+ memories @ cell+ @ m# s"  pages" m+ )m
        then
    then ;
: data-count ( -- n )  segments list-count runs + ;


\ ---- What is kept, and its numbers ---------------------------------------------------------------------------------

\ Functions that are exported, stand in a table or start the module are kept, and what these call.
create imported most-functions cells allot  variable import-count
create placed most-functions cells allot    variable placed-count
: imported# ( n -- fn )  cells imported + @ ;
: placed# ( n -- fn )  cells placed + @ ;

create unvisited most-functions cells allot  variable unvisited-count
: keep-function ( fn -- )
    dup fn>kept @ if drop exit then
    true over fn>kept !  unvisited unvisited-count @ cells + !  1 unvisited-count +! ;

\ Runs xt ( fn -- ) for each function that the code of fn uses.
: fixup ( n -- addr )  2* cells fixups + ;
: each-use ( fn xt -- )
    { what } dup fn>end @ swap fn>fixup @               ( end n )
    begin  dup fixup-count @ <  dup if drop 2dup fixup @ > then  while
        dup fixup cell+ @ what execute  1+
    repeat 2drop ;

: keep-exported ( node -- )  3 cells + dup @ 0= if cell+ @ >function keep-function else drop then ;
: keep-element ( node -- )  cell+ @ >function keep-function ;
: keep-elements ( node -- )  4 cells + ['] keep-element each ;
: keep-what-is-used ( -- )
    function-count @ 0 ?do  functions i cells + @  false over fn>kept !  -1 swap fn>number !  loop
    exports ['] keep-exported each  elements ['] keep-elements each
    start-function @ ?dup if >function keep-function then
    begin unvisited-count @ while
        -1 unvisited-count +!  unvisited unvisited-count @ cells + @  ['] keep-function each-use
    repeat ;

\ Imports are numbered as the code comes to them.
: number-import ( fn -- )
    dup fn-import? over fn>kept @ and over fn>number @ 0< and if
        import-count @ over fn>number !  imported import-count @ cells + !  1 import-count +!
    else drop then ;
: number-function ( fn -- )
    dup fn>kept @ if
        dup ['] number-import each-use
        placed-count @ over fn>number !  placed placed-count @ cells + !  1 placed-count +!
    else drop then ;
: number-functions ( -- )
    import-count off  placed-count off  keep-what-is-used
    defined-count @ 0 ?do  defined i cells + @ number-function  loop
    function-count @ 0 ?do  functions i cells + @ number-import  loop ;

: function-index ( fn -- index )
    dup fn>number @ 0< if m( s" function " m+ fn-name m+ s"  was announced by forward, and is not there" m+ )m then
    dup fn>number @ swap fn-import? 0= if import-count @ + then ;

\ ---- Sections in order of their numbers ----------------------------------------------------------------------------

\ Types are numbered when they are first used: in code, then by imports, then by functions.
: number-types ( -- )
    import-count @ 0 ?do  i imported# fn>signature @ type-index drop  loop
    placed-count @ 0 ?do  i placed# fn>signature @ type-index drop  loop ;
: type-section ( -- )
    number-types
    type-count @ 0= if exit then
    1 type-count @ section{
        type-count @ 0 ?do
            $60 tc,  types i cells + @  dup params types-of  results types-of
        loop
    }sized ;

: import-section ( -- )
    import-count @ 0= if exit then
    2 import-count @ section{
        import-count @ 0 ?do
            i imported#  dup fn>module @ over fn>module-size @ tstring,  dup fn-name tstring,
            0 tc,  fn>signature @ type-index uleb,
        loop
    }sized ;

: function-section ( -- )
    placed-count @ 0= if exit then
    3 placed-count @ section{
        placed-count @ 0 ?do  i placed# fn>signature @ type-index uleb,  loop
    }sized ;

: limits-of ( node -- )
    cell+ dup @ swap cell+ @ dup -1 = if drop 0 tc, uleb, else 1 tc, swap uleb, uleb, then ;
: table-entry ( node -- )  dup 3 cells + @ sleb, limits-of ;
: table-section ( -- )  tables ['] table-entry 4 section ;
: memory-section ( -- )  memories ['] limits-of 5 section ;

\ link, mutable, type, value, whether it is the end of the data
: global-entry ( node -- )
    cell+ dup cell+ @ sleb,  dup @ tc,
    dup 3 cells + @ if data-end else dup 2 cells + @ then  swap cell+ @ constant-expression, ;
: global-section ( -- )  globals ['] global-entry 6 section ;

\ link, name, kind, what
: export-entry ( node -- )
    cell+ dup @ over cell+ @ tstring,  2 cells + dup @ dup tc,
    swap cell+ @ swap 0= if >function function-index then uleb, ;
: export-section ( -- )  exports ['] export-entry 7 section ;

: start-section ( -- )
    start-function @ ?dup if  8 tc, sized{ swap >function function-index uleb, }sized  then ;

\ link, mode, table, offset, list of functions
: element-function ( node -- )  cell+ @ >function function-index uleb, ;
: element-entry ( node -- )
    cell+ dup @ over cell+ @ 0<> 2 and or dup uleb,       ( node+1 kind )
    case
        0 of dup 2 cells + @ i32 constant-expression, endof
        2 of dup cell+ @ uleb,  dup 2 cells + @ i32 constant-expression,  0 tc, endof
        0 tc,
    endcase
    3 cells + dup list-count uleb,  ['] element-function each ;
: element-section ( -- )  elements ['] element-entry 9 section ;

: data-count-section ( -- )
    data-counted @ data-count 0<> and if  12 tc, sized{ data-count uleb, }sized  then ;

\ ---- Code ----------------------------------------------------------------------------------------------------------

: copy-code ( from to -- )
    over - swap code-space >host swap  image-space ts, ;

\ Locals of the same type that follow each other are one entry.
: run-length ( c-addr u -- n )
    0 begin 2dup > while  2 pick over + c@ 3 pick c@ =  while 1+ repeat then  nip nip ;
: local-runs ( c-addr u -- n )
    0 -rot begin dup while  rot 1+ -rot  2dup run-length /string  repeat 2drop ;
: locals-of ( fn -- )
    dup fn>locals @ swap fn>locals-size @
    2dup local-runs uleb,
    begin dup while  2dup run-length  dup uleb,  2 pick c@ tc,  /string  repeat 2drop ;

\ Where a call's index belongs there is one byte in the code; fixups are in the order of the code, so one pass does.
0 value next-fixup
: body ( fn -- )
    sized{ swap  dup locals-of  dup fn>fixup @ to next-fixup
    dup fn>start @  swap fn>end @                      ( sized from end )
    begin
        next-fixup fixup-count @ <  dup if drop next-fixup fixup @ over < then
    while
        over next-fixup fixup @ copy-code  next-fixup fixup cell+ @ function-index uleb,
        nip next-fixup fixup @ 1+ swap  next-fixup 1+ to next-fixup
    repeat
    copy-code  }sized ;
: code-section ( -- )
    placed-count @ 0= if exit then
    10 placed-count @ section{  placed-count @ 0 ?do i placed# body loop  }sized ;

: segment-entry ( node -- )  1 tc,  cell+ dup @ swap cell+ @ tstring, ;
: data-section ( -- )
    data-count 0= if exit then
    11 data-count section{
        segments ['] segment-entry each
        data-origin begin run 2dup <> while
            0 tc,  over i32 constant-expression,
            2dup over - dup uleb,  data-space swap >host image-space swap ts,
            nip
        repeat 2drop
    }sized ;

\ link, name, bytes
: custom-entry ( node -- )
    0 tc, sized{ swap  cell+ dup @ over cell+ @ tstring,  2 cells + dup @ swap cell+ @ ts,  }sized ;

\ ---- Names, for traps and people -----------------------------------------------------------------------------------

variable names  names on
: no-names ( -- )  names off ;

: function-names ( -- )
    1 tc, sized{  import-count @ placed-count @ + uleb,
        import-count @ 0 ?do  i imported# dup function-index uleb,  fn-name tstring,  loop
        placed-count @ 0 ?do  i placed# dup function-index uleb,  fn-name tstring,  loop
    }sized ;
: named-locals ( -- n )  0 placed-count @ 0 ?do  i placed# fn>name-count @ 0<> 1 and +  loop ;
: local-names ( -- )
    named-locals 0= if exit then
    2 tc, sized{  named-locals uleb,
        placed-count @ 0 ?do
            i placed# dup fn>name-count @ ?dup if
                over function-index uleb,  uleb,
                dup fn>names-end @ over fn>names @ tuck -      ( fn taddr size )
                swap names-space >host image-space swap ts,
            then drop
        loop
    }sized ;
\ link, mutable, type, value, end of data?, name
: global-name ( n node -- n+1 )  over uleb,  5 cells + dup @ swap cell+ @ tstring,  1+ ;
: global-names ( -- )
    globals list-count 0= if exit then
    7 tc, sized{  globals list-count uleb,  0 globals ['] global-name each drop  }sized ;
: name-section ( -- )
    names @ 0= if exit then
    0 tc, sized{  s" name" tstring,  function-names  local-names  global-names  }sized ;

\ ---- The module ----------------------------------------------------------------------------------------------------

: image ( -- )
    defining @ if m( s" end-code is missing: " m+ code-name 2@ m+ s"  is not finished" m+ )m then
    number-functions  ?memory  image-space tempty
    $6D736100 4 bytes,  1 4 bytes,
    type-section      import-section  function-section  table-section  memory-section      global-section
    export-section    start-section   element-section   data-count-section  code-section   data-section
    customs ['] custom-entry each  name-section ;

\ The bytes as they lie in this machine's memory.
: image$ ( -- addr u )  image-space torigin >host there torigin - ;

\ s" counter.wasm" save-module
: save-module ( c-addr u -- )
    image
    2dup w/o bin create-file if drop m( s" cannot write " m+ m+ )m then
    >r  image$ r@ write-file r> close-file or if m( s" cannot write " m+ m+ )m then
    2drop  data-space ;

\ Shows the code of the last definition in hex; what it calls has 00 for an index still.
: .code ( -- )  code-space  this fn>start @  this fn>end @ over -  tdump  data-space ;

\ Forgets everything but the words that were defined.
: new-module ( -- )
    drop-definition  0 to the-signature  0 to limited  0 to the-elements
    function-count @ 0 ?do  false functions i cells + @ fn>begun !  loop
    signature-count off  type-count off  defined-count off  fixup-count off  data-counted off
    start-function off  clause-count off
    memories list-empty  segments list-empty  globals list-empty  tables list-empty  elements list-empty
    exports list-empty  customs list-empty
    names-space tempty  code-space tempty  data-space tempty  names on ;

previous previous definitions
