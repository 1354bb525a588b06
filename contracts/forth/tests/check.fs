\ check.fs - cases in Forth: a definition's source, and its bytes or what is said of it.
\
\     s" nop, mul," bytes" 12 3D"      `code NAME` goes in front, `end-code` behind
\     s" nz then," fails" then, belongs to if,: no structure is open here"
\     s" memory" text? fails"          `says"` is the same for a line that is taken as it is

variable passed
variable failed
: verdict ( f -- f )  dup if 1 passed +! else 1 failed +! then ;

: done ( -- )
    decimal
    passed @ 0 .r ."  passed, " failed @ 0 .r ."  failed" cr
    failed @ 0<> passed @ 0= or if 1 (bye) then bye ;

\ A line of source being put together; what a target does before each.
create line 4096 allot
variable line-length
defer before-case  ' noop is before-case
: l( ( -- )  0 line-length !  before-case ;
: l+ ( c-addr u -- )  tuck line line-length @ + swap move  line-length +! ;
: line$ ( -- c-addr u )  line line-length @ ;
: definition ( c-addr u -- )  l( s" code case " l+ l+ s"  end-code" l+ ;

\ The bytes of the last definition, in hex: where they are, the target says.
defer assembled ( -- taddr-start taddr-end )
create dump 4096 allot
variable dump-length
: d+ ( c-addr u -- )  tuck dump dump-length @ + swap move  dump-length +! ;
: dump$ ( -- c-addr u )  dump dump-length @ ;
: dump-bytes ( start end -- )
    0 dump-length !  base @ >r hex
    2dup <> if swap do  i tc@ 0 <# # # #> d+  s"  " d+  loop  -1 dump-length +! else 2drop then
    r> base ! ;

: report ( c-addr u c-addr u -- )  \ what it should be, what it is
    cr ." source:    " line$ type cr ." should be: " 2swap type cr ." is:        " type cr ;

\ Runs the line; leaves what was said, or nothing.
: try-line ( -- c-addr u )
    0 message-length !
    line$ ['] evaluate catch dup if
        nip nip  message-length @ 0= if
            dup -13 = if s" undefined word" m+ else dup -4 = if s" stack underflow" m+ else s" fault " m+ dup m# then then
        then
        drop drop-definition
    else drop then
    message$ ;

: bytes" ( c-addr u "hex" -- )
    [char] " parse { want size }
    definition  try-line dup if
        want size 2swap report false verdict drop
    else
        2drop  assembled dump-bytes
        dump$ want size str= verdict 0= if want size dump$ report then
    then ;

: (fails) ( want size -- )
    { want size }
    try-line { got length }
    got length want size str= verdict 0= if
        want size  length if got length else s" (nothing was said)" then  report
    then ;
: fails" ( c-addr u "message" -- )  [char] " parse 2swap definition (fails) ;
: says" ( c-addr u "message" -- )  [char] " parse 2swap l( l+  (fails) ;
