\ opcodes.fs - every instruction of the table in one module, and the same as text for `delavm asm` to assemble.
\ `also wasm-opcodes` puts the bare instructions before the structure words.  OUTPUT.wat is written beside OUTPUT.
also wasm-words also wasm-opcodes

0 value out
: t ( c-addr u -- )  out write-file throw ;
: tn ( n -- )  dup abs 0 <# #s rot sign #> t ;
: line ( -- )  s\" \n" t ;

: class? ( op c-addr u -- op f )  2 pick op-class str= ;
: name? ( op c-addr u -- op f )  2 pick op-text str= ;
: text-of ( op -- op )  dup op-text t ;

: close ( -- )  end,  -1 level +! ;

\ Instructions that stand in others of this list: else in if, catch in try.
: inner? ( op -- op f )
    s" else" name? >r s" end" name? >r s" catch" name? >r s" catch_all" name? >r s" delegate" name?
    r> or r> or r> or r> or ;

: memarg ( op -- op )
    dup op-assemble  text-of line
    300 offset=  1 align=  dup op-assemble  text-of s"  offset=300 align=1" t ;

: one ( op -- )
    s" NONE" class? if dup op-assemble text-of drop exit then
    s" if" name? if dup op-assemble else, close  s" if else end" t drop exit then
    s" try" name? if
        dup op-assemble  0 catch, catch_all, close  s" try catch 0 catch_all end" t line
        dup op-assemble  -1 level +!  0 delegate,   s" try delegate 0" t  drop exit
    then
    s" BLOCK" class? if
        dup op-assemble close  text-of s"  end" t line
        i64 yields dup op-assemble close  text-of s"  (result i64) end" t  drop exit
    then
    s" TRY_TABLE" class? if
        0 0 catches  0 0 catches-ref  0 catches-all  0 catches-all-ref  dup op-assemble close
        text-of s"  (catch 0 0) (catch_ref 0 0) (catch_all 0) (catch_all_ref 0) end" t  drop exit
    then
    s" LABEL" class? if 0 over op-assemble text-of s"  0" t drop exit then
    s" LABEL_TABLE" class? if >r 0 0 2 0 r@ op-assemble r> text-of s"  0 0 0" t drop exit then
    s" FUNCTION" class? if this-handle over op-assemble text-of s"  0" t drop exit then
    s" TYPE_TABLE" class? if 0 over op-assemble text-of s"  (type 0)" t drop exit then
    s" TYPE" class? >r s" LOCAL" class? >r s" GLOBAL" class? r> or r> or if
        0 over op-assemble text-of s"  0" t drop exit
    then
    s" ELEMENT" class? >r s" ELEMENT_TABLE" class? >r s" DATA" class? >r s" DATA_MEMORY" class? >r s" TAG" class?
    r> or r> or r> or r> or if 0 over op-assemble text-of s"  0" t drop exit then
    s" TABLE" class? >r s" TABLE_TABLE" class? >r s" MEMORY" class? >r s" MEMORY_MEMORY" class? >r s" BYTE" class?
    r> or r> or r> or r> or if dup op-assemble text-of drop exit then
    s" MEMARG" class? if memarg drop exit then
    s" MEMARG_LANE" class? if 7 offset= 1 over op-assemble text-of s"  offset=7 1" t drop exit then
    s" LANE" class? if 1 over op-assemble text-of s"  1" t drop exit then
    s" SHUFFLE" class? if
        $0706050403020100 $0F0E0D0C0B0A0908 2 pick op-assemble
        text-of s"  0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15" t drop exit
    then
    s" V128" class? if 1 -2 2 pick op-assemble text-of s"  i64x2 1 -2" t drop exit then
    s" I32" class? >r s" I64" class? r> or if -123456 over op-assemble text-of s"  -123456" t drop exit then
    s" F32" class? if $BFC00000 over op-assemble text-of s"  -1.5" t drop exit then
    s" F64" class? if $BFF8000000000000 over op-assemble text-of s"  -1.5" t drop exit then
    s" SELECT_TYPES" class? if i64 over op-assemble s" select (result i64)" t drop exit then
    s" ref.test" name? if funcref over op-assemble text-of s"  (ref func)" t drop exit then
    s" ref.cast" name? if funcref over op-assemble text-of s"  (ref func)" t drop exit then
    s" ref.test_null" name? if funcref over op-assemble s" ref.test (ref null func)" t drop exit then
    s" ref.cast_null" name? if funcref over op-assemble s" ref.cast (ref null func)" t drop exit then
    s" HEAP_TYPE" class? if funcref over op-assemble text-of s"  func" t drop exit then
    s" TYPE_FIELD" class? >r s" TYPE_TYPE" class? >r s" TYPE_COUNT" class? >r s" TYPE_DATA" class? >r s" TYPE_ELEMENT" class?
    r> or r> or r> or r> or if 0 0 2 pick op-assemble text-of s"  0 0" t drop exit then
    s" BRANCH_CAST" class? if
        >r 0 1 funcref funcref r@ op-assemble r> text-of s"  0 (ref null func) (ref func)" t drop exit
    then
    m( s" no operands are known here for " m+ op-text m+ )m ;

variable count
: all ( op -- )
    dup 0= if drop exit then
    dup op>link @ recurse
    inner? if drop else one line then  1 count +! ;

: open-text ( -- )
    s" OUTPUT" getenv s" .wat" s+ w/o create-file throw to out
    s\" (module (type (func)) (memory 1) (table 0 funcref) (global i32 (i32.const 0)) (elem func) (data \"x\")\n" t
    s\" (func (export \"all-of-them\") (type 0)\n" t ;

no-names
1 memory  0 table t0  0 i32 constant-global g0  passive-elements e0  s" x" passive-data d0
open-text
code all-of-them
last-op all
end-code
s" ))" t  out close-file throw
count @ . .( instructions) cr
