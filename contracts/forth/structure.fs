\ structure.fs - structured assembly: begin, until, again, while, repeat, do, loop, if, else, then, for any target.
\
\ A structure word leaves two things on the stack: a place, which only the target's layer understands, and above it a
\ mark.  The word that closes the structure checks the mark.  A mark tells apart which word left it, and says in which
\ line.  Structures nest freely, with each other and with whatever else is kept below on the stack.
\
\ Conditions are operands: `cc until,`.  They too are told from numbers, so that a forgotten one is noticed.

\ ---- What a target's layer gives -----------------------------------------------------------------------------------

defer notcc ( cc -- cc' )      \ the logical inverse
defer (always) ( -- cc )       \ the condition that is always true
defer <mark ( -- place )       \ a place to jump back to
defer <jump ( place cc -- )    \ jump back there if cc
defer <count ( place r -- )    \ count r down and jump back there unless it is zero then
defer <close ( place -- )      \ nothing will jump back there any more
defer >jump ( cc -- place )    \ jump forward unless cc
defer >else ( place -- place' ) \ jump forward; the jump of `place` arrives here
defer >land ( place -- )       \ the jump of `place` arrives here
defer label-place ( -- place ) \ what a label that is defined now stands for

\ ---- Conditions ----------------------------------------------------------------------------------------------------

$434F4E44 32 lshift constant cc-tag
: condition ( n -- cc )  cc-tag or ;
: cc: ( n "name" -- )  condition constant ;
: cc? ( x -- f )  $FFFFFFFF invert and cc-tag = ;
: ?cc ( cc c-addr u -- n )
    depth 3 < if true else 2 pick cc? 0= then
    if m( m+ s"  needs a condition in front of it" m+ )m then
    2drop $FFFFFFFF and ;

\ ---- Marks ---------------------------------------------------------------------------------------------------------

\ if, leaves 1, begin, leaves 2, while, leaves 3 and so on; the tag tells a mark from a number that was left there.
1 constant if-kind
2 constant begin-kind
3 constant while-kind
4 constant do-kind
5 constant block-kind
6 constant else-kind

: kind-name ( kind -- c-addr u )
    case
        if-kind    of s" if," endof
        begin-kind of s" begin," endof
        while-kind of s" while," endof
        do-kind    of s" do," endof
        block-kind of s" block," endof
        else-kind  of s" else," endof
        >r s" nothing" r>
    endcase ;

$4D41524B 32 lshift constant mark-tag
: mark ( kind -- mark )  sourceline# $FFFFFF and 8 lshift or mark-tag or ;
: mark? ( x -- f )  $FFFFFFFF invert and mark-tag = ;
: mark-kind ( mark -- kind )  $FF and ;
: mark-line ( mark -- line )  8 rshift $FFFFFF and ;

: m-open ( mark -- )
    dup mark-kind kind-name m+
    mark-line dup $FFFFFF = if drop else s"  of line " m+ m# then \ there are no lines in `evaluate`
    s"  is open here" m+ ;

\ What an item on the stack is, for messages; a target knows more kinds.
: m-number ( x -- )  s" the number " m+ m# ;
defer m-other ( x -- )  ' m-number is m-other
: m-item ( x -- )
    dup mark? if s" the mark of " m+ mark-kind kind-name m+ exit then
    dup cc? if drop s" a condition" m+ exit then
    m-other ;

\ How many items lay on the stack when the definition began.
variable bottom
: items ( -- n )  depth bottom @ - ;

\ Above place and mark: the kind the closing word wants, and its name.
: mismatch ( place mark kind c-addr u -- )
    m( m+  s"  belongs to " m+  kind-name m+  s" : " m+
    items 2 < if
        s" no structure is open here" m+
    else
        dup mark? if m-open else m-item s"  lies on the stack above whatever is open" m+ then
    then )m ;

: ?pairs ( place mark kind c-addr u -- place )
    items 5 < if mismatch then
    3 pick mark? 3 pick 5 pick mark-kind = and if 2drop 2drop else mismatch then ;

\ ---- Definitions ---------------------------------------------------------------------------------------------------

\ Local labels live in a word list of their own, a new one for each definition: they are never in the way of the
\ target's code, which lies in another dictionary, nor of the labels of another definition.
wordlist value labels-wordlist
2variable code-name
variable defining

\ Begins a definition; then everything must be closed, and the stack be as it was, when it ends.
: open-definition ( c-addr u -- )
    defining @ if
        m( s" end-code is missing: " m+ code-name 2@ m+ s"  is not finished" m+ )m
    then
    kept code-name 2!  defining on  depth bottom !
    wordlist to labels-wordlist  get-order labels-wordlist swap 1+ set-order ;

: ?balanced ( -- )
    items 0= if exit then
    m( s" end-code: " m+
    items 0> if
        dup mark? if m-open s" , in " m+ code-name 2@ m+ )m then
        code-name 2@ m+ s"  left " m+ items m# s"  on the stack, on top " m+ dup m-item )m
    then
    code-name 2@ m+ s"  took from the stack what was there before it" m+ )m ;

: close-definition ( -- )
    defining @ 0= if s" end-code: there is no code that it would end" fault then
    ?balanced  previous  defining off ;

\ Goes on after a fault.
: drop-definition ( -- )  defining @ if previous defining off then ;

\ ---- Loops ---------------------------------------------------------------------------------------------------------

: begin, ( -- place mark )  <mark begin-kind mark ;

\ begin, ... cc until,   again and again until cc
: until, ( place mark cc -- )
    s" until," ?cc >r  begin-kind s" until," ?pairs  dup r> notcc <jump  <close ;

\ begin, ... again,   for ever
: again, ( place mark -- )
    begin-kind s" again," ?pairs  dup (always) <jump  <close ;

\ begin, ... cc while, ... repeat,   as long as cc
: while, ( place mark cc -- place place' mark )
    s" while," ?cc >r  begin-kind s" while," ?pairs  r> >jump  while-kind mark ;
: repeat, ( place place' mark -- )
    while-kind s" repeat," ?pairs  over (always) <jump  >land <close ;

\ do, ... r loop,   once, and again as long as r, counted down each time, is not zero
: do, ( -- place mark )  <mark do-kind mark ;
: loop, ( place mark r -- )
    >r  do-kind s" loop," ?pairs  dup r> <count  <close ;

\ ---- Choices -------------------------------------------------------------------------------------------------------

: if, ( cc -- place mark )  s" if," ?cc  >jump  if-kind mark ;
: else, ( place mark -- place' mark )  if-kind s" else," ?pairs  >else  else-kind mark ;
\ then, closes what if, opened, whether else, came or not; a second else, finds the mark of the first.
: else>if ( mark -- mark' )
    dup mark? over mark-kind else-kind = and if else-kind if-kind xor xor then ;
: then, ( place mark -- )
    items 0> if else>if then  if-kind s" then," ?pairs  >land ;

\ ---- Labels --------------------------------------------------------------------------------------------------------

: local-name ( x "name" -- )
    >in @ parse-name 2dup labels-wordlist search-wordlist if
        m( drop m+ s"  is the name of a label or local of this definition already" m+ )m
    then  2drop >in !
    get-current >r labels-wordlist set-current  constant  r> set-current ;
: label ( "name" -- )  label-place local-name ;
