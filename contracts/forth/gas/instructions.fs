\ instructions.fs - functions that repeat an instruction, for every instruction of the integer core.
require ./measure.fs

1 memory  4 table functions
0 i32 global g
s" x" passive-data d
passive-elements e
signature nothing
sub callee end-code
sub early  return, end-code
0 functions active-elements  callee elem, callee elem, callee elem, callee elem,
callee s" callee" export-function

: features ( c-addr u -- f )
    2dup s" MVP" str= >r  2dup s" SIGN_EXTENSION" str= >r  2dup s" BULK_MEMORY" str= >r  s" REFERENCE_TYPES" str=
    r> or r> or r> or ;
' features is wanted?

basics
:noname  nop, ;                            s" nothing" 0 0        s" nop" cost         s" nop" measure
:noname  get-one, dividend local.set, ;    s" nothing" -1 0       s" local.set" cost   s" local.set" measure
:noname  get-one, dividend local.tee, drop, ;  s" drop" 0 0       s" local.tee" cost   s" local.tee" measure
:noname  g global.get, drop, ;             s" nothing" 0 -1       s" global.get" cost  s" global.get" measure
:noname  get-one, g global.set, ;          s" nothing" -1 0       s" global.set" cost  s" global.set" measure
:noname  get-one, get-one, get-zero, select, drop, ;
    s" drop" -2 0  s" select" cost  s" select" measure
:noname  get-one, get-one, get-zero, i32 select_typed, drop, ;
    s" drop" -2 0  s" select_typed" cost  s" select_typed" measure

\ Structures.  An end belongs to each.
:noname  block, end, ;             s" nothing" 0 0   s" block" cost end-cost +             s" block end" measure
:noname  begin, drop block-kind mark end, ;
                                   s" nothing" 0 0   s" loop" cost end-cost +              s" loop end" measure
:noname  get-one, nz if, then, ;   s" nothing" -1 0  s" if" cost end-cost +                s" if end (taken)" measure
:noname  get-zero, nz if, then, ;  s" nothing" -1 0  s" if" cost                           s" if end (not taken)" measure
:noname  get-one, nz if, else, then, ;
                                   s" nothing" -1 0  s" if" cost s" else" cost +           s" if else end (taken)" measure
:noname  get-zero, nz if, else, then, ;
                                   s" nothing" -1 0  s" if" cost end-cost +                s" if else end (not taken)" measure
:noname  block, 0 br, end, ;       s" nothing" 0 0   s" block" cost s" br" cost +          s" block br end" measure
:noname  block, get-one, 0 br_if, end, ;
                                   s" nothing" -1 0  s" block" cost s" br_if" cost +       s" block br_if end (taken)" measure
:noname  block, get-zero, 0 br_if, end, ;
                                   s" nothing" -1 0  s" block" cost s" br_if" cost + end-cost +  s" block br_if end (not taken)" measure
:noname  block, get-zero, 0 0 0 3 0 br_table, end, ;
                                   s" nothing" -1 0  s" block" cost s" br_table" cost +    s" block br_table end" measure

\ Calls, to a function that does nothing but end, and of references.
:noname  callee call, ;            s" nothing" 0 0   s" call" cost end-cost +              s" call end" measure
:noname  early call, ;             s" nothing" 0 0   s" call" cost s" return" cost +        s" call return" measure
:noname  get-zero, nothing call_indirect, ;
                                   s" nothing" -1 0  s" call_indirect" cost end-cost +     s" call_indirect end" measure
:noname  funcref ref.null, drop, ; s" nothing" 0 -1  s" ref.null" cost                     s" ref.null" measure
:noname  callee ref.func, drop, ;  s" nothing" 0 -1  s" ref.func" cost                     s" ref.func" measure
:noname  funcref ref.null, ref.is_null, drop, ;
                                   s" ref.null" 0 0  s" ref.is_null" cost                  s" ref.is_null" measure
:noname  get-zero, table.get, drop, ;  s" drop" 0 0  s" table.get" cost                    s" table.get" measure
:noname  get-zero, callee ref.func, table.set, ;
                                   s" ref.func" -1 1 s" table.set" cost                    s" table.set" measure
:noname  funcref ref.null, get-zero, table.grow, drop, ;
                                   s" ref.null" -1 0 s" table.grow" cost                   s" table.grow" measure
:noname  get-zero, funcref ref.null, get-zero, table.fill, ;
                                   s" ref.null" -2 1 s" table.fill" cost                   s" table.fill" measure
:noname  get-zero, memory.grow, drop, ;  s" drop" 0 0 s" memory.grow" cost                 s" memory.grow (none)" measure

last-op measure-all
