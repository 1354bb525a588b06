\ proposals.fs - functions that repeat an instruction, for those that no profile has on by itself.
require ./measure.fs

4 table functions
signature nothing
sub callee end-code
sub tail  callee return_call, end-code
sub indirect-tail  0 i32.const, nothing return_call_indirect, end-code
0 functions active-elements  callee elem, callee elem, callee elem, callee elem,

: features ( c-addr u -- f )  s" WIDE_ARITHMETIC" str= ;
' features is wanted?
basics

\ A function that does nothing but end; then one that passes the call on to it.
:noname  callee call, ;         s" nothing" 0 0   s" call" cost end-cost +                          s" call end" measure
:noname  tail call, ;           s" call end" 0 0  s" return_call" cost                              s" return_call" measure
:noname  indirect-tail call, ;  s" call end" 0 0  s" i32.const" cost s" return_call_indirect" cost +  s" i32.const return_call_indirect" measure

last-op measure-all
