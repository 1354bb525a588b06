\ target.fs - the target's memory, which is not the host's: spaces of bytes, and the T-words that do for the current space
\ what HERE ALLOT C, C@ C! , @ ! do for the dictionary of the Forth that runs this.
\
\ A taddr is an address as the target knows it.  Everything that can go wrong is told by `fault`, in words.

warnings off \ words of the same name as the host's are the way of assemblers

\ ---- Faults: a message put together, then thrown -------------------------------------------------------------------

create message 1024 allot
variable message-length

: m( ( -- )  0 message-length ! ;
: m+ ( c-addr u -- )
    1024 message-length @ - min
    tuck message message-length @ + swap move  message-length +! ;
: m# ( n -- )  base @ >r decimal  dup abs 0 <# #s rot sign #> m+  r> base ! ;
: mhex ( u -- )  base @ >r hex  0 <# #s #> m+  r> base ! ;
: message$ ( -- c-addr u )  message message-length @ ;
: )m ( -- )  message$ exception throw ;
: fault ( c-addr u -- )  m( m+ )m ;

\ A copy of a string that stays.
: kept ( c-addr u -- c-addr' u )  save-mem ;

cell 8 <> [if] s" this assembler needs a Forth with cells of 64 bits, for i64.const," fault [then]

\ ---- Spaces --------------------------------------------------------------------------------------------------------

\ tdp, origin, size, host address of the bytes, which are zero at first
0 value current-space

: space: ( origin size "name" -- )
    create  over ,  swap ,  dup ,
    dup allocate throw  tuck swap erase ,
    does> to current-space ;

: tdp ( -- addr )  current-space ;
: torigin ( -- taddr )  current-space cell+ @ ;
: tsize ( -- u )  current-space 2 cells + @ ;
: there ( -- taddr )  tdp @ ;

: outside ( taddr -- )  m( s" target address $" m+ mhex s"  is outside its space" m+ )m ;
: ?inside ( taddr -- taddr )  dup torigin dup tsize + 1+ within 0= if outside then ;
: ?byte ( taddr -- taddr )  dup torigin dup tsize + within 0= if outside then ;
: >host ( taddr -- addr )  ?inside torigin - current-space 3 cells + @ + ;

: tallot ( n -- )  there + ?inside tdp ! ;
: tc! ( c taddr -- )  ?byte >host c! ;
: tc@ ( taddr -- c )  ?byte >host c@ ;
: tc, ( c -- )  there 1 tallot tc! ;

\ Forgets what is in the current space.
: tempty ( -- )  torigin dup >host there torigin - erase  tdp ! ;

\ n bytes of x, the least significant first or last.
: t!little ( x taddr n -- )
    over + swap ?do  dup $FF and i tc!  8 rshift  loop drop ;
: t@little ( taddr n -- x )
    0 -rot  over + 1- do  8 lshift i tc@ or  -1 +loop ;
: t!big ( x taddr n -- )
    over + 1- do  dup $FF and i tc!  8 rshift  -1 +loop drop ;
: t@big ( taddr n -- x )  0 -rot over + swap ?do  8 lshift i tc@ or  loop ;

\ A word of the target: how many bytes it has and which comes first, the target's layer says.
2 value tcell
true value little-endian
: t! ( x taddr -- )  tcell little-endian if t!little else t!big then ;
: t@ ( taddr -- x )  tcell little-endian if t@little else t@big then ;
: t, ( x -- )  there tcell tallot t! ;

\ Bytes of the host, copied to the target.
: ts, ( c-addr u -- )  there over tallot >host swap move ;
\ Goes on to a multiple of n.
: talign ( n -- )  there over mod dup if - tallot else 2drop then ;

\ Shows bytes of the target in hex.
: tdump ( taddr u -- )
    base @ >r hex  over + swap ?do  i tc@ 0 <# # # #> type space  loop  r> base ! ;

\ ---- LEB128 and sizes in front of what they measure ----------------------------------------------------------------

: uleb, ( u -- )
    begin  dup $7F u>  while  dup $7F and $80 or tc,  7 rshift  repeat  tc, ;
: 128/ ( n -- n' )  7 0 do 2/ loop ;
: sleb, ( n -- )
    begin  dup -64 64 within 0=  while  dup $7F and $80 or tc,  128/  repeat  $7F and tc, ;

: uleb-bytes ( u -- n )  1 begin  swap 7 rshift dup  while  swap 1+  repeat drop ;

\ The size of what is assembled between the two is known when it is there: it is then moved up, and its size, in as few
\ bytes as can be, is patched in front of it.
: sized{ ( -- taddr )  there ;
: }sized ( taddr -- )
    there over -  dup uleb-bytes  dup tallot     ( taddr size bytes )
    2 pick >host  2dup +  3 pick move
    drop swap  there >r  tdp !  uleb,  r> tdp ! ;

\ A vector of bytes: size, then bytes.
: tstring, ( c-addr u -- )  dup uleb, ts, ;
