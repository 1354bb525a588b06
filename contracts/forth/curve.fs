\ curve.fs - the group edwards25519, compiled into a contract instead of called in the host.  contracts/sdk/curve.h says why
\ and how: the functions take, refuse and give what the host's do.  Include contract.fs before it.
\
\ The host writes the code: the hundred products of two numbers are two loops of Forth.  Nothing here calls itself, so
\ every number in between has a place of its own in memory.

: addr, ( taddr -- )  i32.const, ;
8 talign

\ ---- Numbers modulo p = 2^255 - 19: ten limbs of 26 and 25 bits in turn, as i64 ------------------------------------

80 constant /number
: number ( "name" -- )  /number buffer ;
: bits ( limb -- n )  1 and if 25 else 26 then ;
: position ( limb -- bit )  51 * 1+ 2/ ;
: mask ( limb -- u )  1 swap bits lshift 1- ;
: limb@, ( local limb -- )  swap get, 8 * offset= i64.load, ;
: limbs ( -- first )  i64 scratch  9 0 do i64 scratch drop loop ;
: load-limbs, ( local first -- )  10 0 do  over i limb@,  dup i + set,  loop 2drop ;
: store-limbs, ( first to-local -- )  10 0 do  dup get,  over i + get,  i 8 * offset= i64.store,  loop 2drop ;

\ Brings limbs below 2^62 in size into [0, 2^26]; the carry goes along on the operand stack.
: pass, ( local limb -- ) \ [carry] -> [carry]
    over get, i64.add, over tee,  dup bits i64.const, i64.shr_s,
    over get, mask i64.const, i64.and, set, ;
: carry-limbs, ( first -- )
    0 i64.const,  10 0 do  dup i + i pass,  loop
    19 i64.const, i64.mul,  dup 0 pass,
    1+ dup get, i64.add, set, ;

\ [a b to] -> []: two's product, sum, difference; the three may be one.
: product-term, { f twice g nineteen k i -- }
    k i - 10 + 10 mod { j }
    i 1 and j 1 and and if twice else f then i + get,
    i k > if nineteen else g then j + get,  i64.mul, ;
: product-code, ( -- )
    limbs limbs limbs limbs limbs { f twice g nineteen r }
    0 f load-limbs,  1 g load-limbs,
    10 0 do
        f i + get, 1 i64.const, i64.shl, twice i + set,
        g i + get, 19 i64.const, i64.mul, nineteen i + set,
    loop
    10 0 do
        10 0 do  f twice g nineteen j i product-term,  i if i64.add, then  loop
        r i + set,
    loop
    r carry-limbs,  r 2 store-limbs, ;
: sum-code, ( -- )
    10 0 do  2 get,  0 i limb@,  1 i limb@, i64.add,  i 8 * offset= i64.store,  loop ;
: difference-code, ( -- )
    10 0 do  2 get,  0 i limb@,  1 i limb@, i64.sub,  i 8 * offset= i64.store,  loop ;
sub product     i32 takes i32 takes i32 takes  product-code,     end-code
sub sum         i32 takes i32 takes i32 takes  sum-code,         end-code
sub difference  i32 takes i32 takes i32 takes  difference-code,  end-code

: copy, ( size -- )  i32.const, memory.copy, ; \ [to from]

\ [a count to] -> []: a^(2^count), count at least 1
sub squares  i32 param a  i32 param count  i32 param to
    a get, a get, to get, product call,
    begin,  count get, 1 i32.const, i32.sub, count tee,  nz while,
        to get, to get, to get, product call,
    repeat,
end-code
number squared
: squares-times, ( a count b to -- )
    { a count b to }  a addr, count i32.const, squared addr, squares call,
    squared addr, b addr, to addr, product call, ;

\ [] -> []: raised^(2^250 - 1) in power, raised^11 in eleven
number raised  number power  number eleven
number two  number nine  number e5  number e10  number e20  number e40  number e50  number e100  number e200
sub raise
    raised addr, 1 i32.const, two addr, squares call,
    two 2 raised nine squares-times,
    two addr, nine addr, eleven addr, product call,
    eleven 1 nine e5 squares-times,   e5 5 e5 e10 squares-times,       e10 10 e10 e20 squares-times,
    e20 20 e20 e40 squares-times,     e40 10 e10 e50 squares-times,    e50 50 e50 e100 squares-times,
    e100 100 e100 e200 squares-times, e200 50 e50 power squares-times,
end-code

\ [bytes number] -> []: the low 255 bits
: read-code, ( -- )
    10 0 do
        1 get,  0 get, i position 8 / offset= 1 align= i64.load,
        i position 8 mod i64.const, i64.shr_u,  i mask i64.const, i64.and,  i 8 * offset= i64.store,
    loop ;
sub read-number  i32 takes i32 takes  read-code,  end-code

\ [number bytes] -> []: the one encoding below p
: in-word, { r word limb -- } \ [word] -> [word], with what of the limb lies in it
    limb position word 64 * - { shift }
    shift 64 < shift limb bits + 0> and if
        r limb + get,
        shift 0< if shift negate i64.const, i64.shr_u, else shift i64.const, i64.shl, then
        i64.or,
    then ;
: write-code, ( -- )
    limbs { r }
    0 r load-limbs,  r carry-limbs,  r carry-limbs,
    \ Below 2^255 now.  With 19 added it reaches 2^255 exactly if it is not below p; then that bit is dropped.
    19 i64.const,  10 0 do  r i + get, i64.add, i bits i64.const, i64.shr_s,  loop
    19 i64.const, i64.mul,  10 0 do  r i + i pass,  loop drop,
    4 0 do
        1 get,  0 i64.const,  10 0 do  r j i in-word,  loop  i 8 * offset= 1 align= i64.store,
    loop ;
sub write-number  i32 takes i32 takes  write-code,  end-code

\ [bytes bytes] -> [1 or 0]
: same-code, ( -- )
    0 i64.const,
    4 0 do
        0 get, i 8 * offset= 1 align= i64.load,  1 get, i 8 * offset= 1 align= i64.load,  i64.xor, i64.or,
    loop
    i64.eqz, ;
sub same-bytes  i32 takes i32 takes  i32 gives  same-code,  end-code
32 buffer left-bytes  32 buffer right-bytes
sub same-number  i32 param a  i32 param b  i32 gives
    a get, left-bytes addr, write-number call,  b get, right-bytes addr, write-number call,
    left-bytes addr, right-bytes addr, same-bytes call,
end-code

\ ---- Numbers that are known: the host makes their limbs ------------------------------------------------------------

\ A bit of 32 bytes in the target's memory.
: tbit ( taddr bit -- 0|1 )  8 /mod rot + tc@ swap rshift 1 and ;
: limb ( taddr limb -- u )
    { from limb } 0  limb bits 0 ?do  from limb position i + tbit  i lshift or  loop ;
: known ( taddr "name" -- )  8 talign  there constant  10 0 do  dup i limb  there 8 tallot 8 t!little  loop drop ;
: small ( n "name" -- )  8 talign  there constant  there 8 t!little  /number tallot ;
\ 32 bytes, said in hex as they are read, the highest first.
: hex-bytes, ( c-addr u -- )
    base @ >r hex  begin dup while  2dup + 2 - 2 0 0 2swap >number 2drop drop tc,  2 - repeat 2drop  r> base ! ;
: bytes: ( c-addr u "name" -- )  there constant hex-bytes, ;

s" 52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3" bytes: d-bytes  \ -121665 / 121666
s" 2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0" bytes: root-bytes  \ sqrt(-1)
s" 6666666666666666666666666666666666666666666666666666666666666658" bytes: base-bytes  \ the base point: y = 4/5
s" 1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed" bytes: order-bytes
d-bytes known d   root-bytes known root
0 small zero-number   1 small one-number

\ ---- Points: X, Y, Z, T; x = X / Z, y = Y / Z, x y = T / Z ---------------------------------------------------------

320 constant /point
: point ( "name" -- )  /point buffer ;
: x, ( point-local -- )  get, ;
: y, ( point-local -- )  get, 80 i32.const, i32.add, ;
: z, ( point-local -- )  get, 160 i32.const, i32.add, ;
: t-, ( point-local -- )  get, 240 i32.const, i32.add, ;
: multiplied, ( -- )  product call, ;
: added, ( -- )  sum call, ;
: subtracted, ( -- )  difference call, ;

number A-  number B-  number C-  number D-  number E-  number F-  number G-  number H-
number left  number right

\ What both formulas below end with.
: complete, ( to-local -- )
    E- addr, F- addr,  dup x,  multiplied,   G- addr, H- addr,  dup y,  multiplied,
    F- addr, G- addr,  dup z,  multiplied,   E- addr, H- addr,      t-, multiplied, ;

sub add-points  i32 param a  i32 param b  i32 param to
    a y, a x, left addr, subtracted,    b y, b x, right addr, subtracted,   left addr, right addr, A- addr, multiplied,
    a y, a x, left addr, added,         b y, b x, right addr, added,        left addr, right addr, B- addr, multiplied,
    a t-, b t-, C- addr, multiplied,    d addr, d addr, right addr, added,  C- addr, right addr, C- addr, multiplied,
    a z, b z, D- addr, multiplied,      D- addr, D- addr, D- addr, added,
    B- addr, A- addr, E- addr, subtracted,  D- addr, C- addr, F- addr, subtracted,
    D- addr, C- addr, G- addr, added,       B- addr, A- addr, H- addr, added,
    to complete,
end-code

sub double-point  i32 param a  i32 param to
    a x, a x, A- addr, multiplied,  a y, a y, B- addr, multiplied,
    a z, a z, C- addr, multiplied,  C- addr, C- addr, C- addr, added,
    a x, a y, left addr, added,     left addr, left addr, left addr, multiplied,
    A- addr, B- addr, H- addr, added,       H- addr, left addr, E- addr, subtracted,
    A- addr, B- addr, G- addr, subtracted,  C- addr, G- addr, F- addr, added,
    to complete,
end-code

\ [point bytes] -> []
number inverse
sub encode  i32 param a  i32 param bytes
    raised addr, a z, /number copy,  raise call,
    power 5 eleven inverse squares-times,
    a x, inverse addr, left addr, multiplied,  a y, inverse addr, right addr, multiplied,
    left addr, left-bytes addr, write-number call,  right addr, bytes get, write-number call,
    bytes get,  bytes get, 31 offset= i32.load8_u,
    left-bytes addr, i32.load8_u, 7 i32.const, i32.shl,  i32.or,  31 offset= i32.store8,
end-code

\ [bytes point] -> [1 or 0]: 0 for what is no canonical encoding of a point of the curve
number u  number v  number v3  number uv3  number x-number  number minus-u  number y-number
32 buffer canonical
sub decode  i32 param bytes  i32 param to  i32 gives
    bytes get, y-number addr, read-number call,
    y-number addr, canonical addr, write-number call,
    canonical addr,  canonical addr, 31 offset= i32.load8_u,
    bytes get, 31 offset= i32.load8_u, $80 i32.const, i32.and,  i32.or,  31 offset= i32.store8,
    canonical addr, bytes get, same-bytes call,  i32.eqz if,  0 i32.const, return,  then,
    \ x^2 = u / v; the root is u v^3 (u v^7)^((p - 5) / 8), perhaps times sqrt(-1)
    y-number addr, y-number addr, left addr, multiplied,   d addr, left addr, right addr, multiplied,
    left addr, one-number addr, u addr, subtracted,        right addr, one-number addr, v addr, added,
    v addr, v addr, left addr, multiplied,                 left addr, v addr, v3 addr, multiplied,
    u addr, v3 addr, uv3 addr, multiplied,                 left addr, left addr, right addr, multiplied,
    uv3 addr, right addr, raised addr, multiplied,           raise call,
    power 2 raised power squares-times,
    uv3 addr, power addr, x-number addr, multiplied,
    x-number addr, x-number addr, left addr, multiplied,   v addr, left addr, right addr, multiplied,
    right addr, u addr, same-number call,  i32.eqz if,
        zero-number addr, u addr, minus-u addr, subtracted,
        right addr, minus-u addr, same-number call,  i32.eqz if,  0 i32.const, return,  then,
        x-number addr, root addr, x-number addr, multiplied,
    then,
    x-number addr, left-bytes addr, write-number call,
    x-number addr, zero-number addr, same-number call,
    bytes get, 31 offset= i32.load8_u, 7 i32.const, i32.shr_u,  i32.and,  nz if,  0 i32.const, return,  then,
    left-bytes addr, i32.load8_u, 1 i32.const, i32.and,
    bytes get, 31 offset= i32.load8_u, 7 i32.const, i32.shr_u,  i32.ne if,
        zero-number addr, x-number addr, x-number addr, subtracted,
        x-number addr, one-number addr, x-number addr, multiplied, \ to reduce it
    then,
    to x, x-number addr, /number copy,  to y, y-number addr, /number copy,  to z, one-number addr, /number copy,
    x-number addr, y-number addr, to t-, multiplied,
    1 i32.const,
end-code

8 talign  there constant identity-point
/point tallot  1 identity-point 80 + tc!  1 identity-point 160 + tc!

\ [point] -> [1 or 0]
sub identity?  i32 param a  i32 gives
    a x, zero-number addr, same-number call,  a y, a z, same-number call,  i32.and,
end-code

\ [scalar point to] -> []: the scalar is any 256-bit number.  Four bits at a time from the top.
16 /point * buffer multiples
: multiple ( n -- taddr )  /point * multiples + ;
point product-point
: make-multiples, ( -- )
    16 2 do
        i 1 and if  i 1- multiple addr, 1 multiple addr, i multiple addr, add-points call,
        else  i 2/ multiple addr, i multiple addr, double-point call,  then
    loop ;
: double-product, ( -- )  product-point addr, product-point addr, double-point call, ;
sub times  i32 param scalar  i32 param a  i32 param to
    i32 local at  i32 local digit
    1 multiple addr, a get, /point copy,  make-multiples,
    product-point addr, identity-point addr, /point copy,
    64 i32.const, at set,
    do,
        double-product, double-product, double-product, double-product,
        at get, 1 i32.const, i32.sub, digit tee,
        1 i32.const, i32.shr_u,  scalar get, i32.add, i32.load8_u,
        digit get, 1 i32.const, i32.and, 2 i32.const, i32.shl,  i32.shr_u,  15 i32.const, i32.and,  digit tee,
        nz if,
            product-point addr,  multiples addr, digit get, /point i32.const, i32.mul, i32.add,
            product-point addr, add-points call,
        then,
    at loop,
    to get, product-point addr, /point copy,
end-code

\ ---- Scalars -------------------------------------------------------------------------------------------------------

\ [a b to] -> []: the product of two 256-bit numbers modulo the group order, in words of 32 bits: all of it first, then bit
\ by bit from the top.
64 buffer wide
\ Inside a definition the T-words work on the code, so this goes to the data and back.
: order-word ( n -- u )  data-space  4 * order-bytes + 4 t@little  code-space ;
: word@, ( local n -- )  swap get, 4 * offset= 1 align= i64.load32_u, ;
: multiply-code, ( -- )
    i64 scratch i32 scratch i64 scratch i64 scratch { carry at bit borrow }
    limbs limbs { r less }
    wide addr, 0 i32.const, 64 i32.const, memory.fill,
    8 0 do
        0 i64.const, carry set,
        8 0 do
            wide j i + 4 * + addr,
            carry get,  wide j i + 4 * + addr, i64.load32_u, i64.add,  0 j word@, 1 i word@, i64.mul, i64.add,  carry tee,
            i64.store32,
            carry get, 32 i64.const, i64.shr_u, carry set,
        loop
        wide i 8 + 4 * + addr, carry get, i64.store32,
    loop
    512 i32.const, at set,
    do,
        at get, 1 i32.const, i32.sub, 3 i32.const, i32.shr_u, wide i32.const, i32.add, i64.load8_u,
        at get, 1 i32.const, i32.sub, 7 i32.const, i32.and, i64.extend_i32_u, i64.shr_u,  1 i64.const, i64.and, bit set,
        0 i64.const, borrow set,
        8 0 do
            r i + get, 1 i64.const, i64.shl, bit get, i64.or,
            r i + get, 31 i64.const, i64.shr_u, bit set,
            $FFFFFFFF i64.const, i64.and, r i + tee,
            borrow get, i64.add, i order-word i64.const, i64.sub, borrow tee,
            $FFFFFFFF i64.const, i64.and, less i + set,
            borrow get, 32 i64.const, i64.shr_s, borrow set,
        loop
        borrow get, i64.eqz if,
            8 0 do  less i + get, r i + set,  loop
        then,
    at loop,
    8 0 do  2 get, r i + get, i 4 * offset= 1 align= i64.store32,  loop ;
sub multiply-scalars  i32 takes i32 takes i32 takes  multiply-code,  end-code

\ [scalar] -> [1 or 0]: below 2^255, and no multiple of the group order?
32 buffer scalar-one  1 scalar-one tc!
32 buffer no-bytes  32 buffer reduced
sub multiplies?  i32 param scalar  i32 gives
    scalar get, scalar-one addr, reduced addr, multiply-scalars call,
    reduced addr, no-bytes addr, same-bytes call, i32.eqz,
    scalar get, 31 offset= i32.load8_u, $80 i32.const, i32.lt_u,  i32.and,
end-code

\ ---- As the host's functions of these names ------------------------------------------------------------------------

point first-point  point second-point

\ [] -> [1 or 0]: is first-point of the prime-order group and not its identity?
sub main?  i32 gives
    order-bytes addr, first-point addr, second-point addr, times call,
    second-point addr, identity? call,  first-point addr, identity? call, i32.eqz,  i32.and,
end-code

sub curve.is_valid_point  i32 param bytes  i32 gives
    bytes get, first-point addr, decode call,  i32.eqz if,  0 i32.const, return,  then,
    main? call,
end-code

sub curve.add  i32 param a  i32 param b  i32 param to  i32 gives
    a get, first-point addr, decode call,  b get, second-point addr, decode call,  i32.and,
    i32.eqz if,  0 i32.const, return,  then,
    first-point addr, second-point addr, first-point addr, add-points call,
    first-point addr, to get, encode call,
    1 i32.const,
end-code

sub curve.multiply  i32 param scalar  i32 param bytes  i32 param to  i32 gives
    bytes get, curve.is_valid_point call,  i32.eqz if,  0 i32.const, return,  then,
    scalar get, multiplies? call,  i32.eqz if,  0 i32.const, return,  then,
    scalar get, first-point addr, first-point addr, times call,
    first-point addr, to get, encode call,
    1 i32.const,
end-code

sub curve.base_multiply  i32 param scalar  i32 param to  i32 gives
    scalar get, multiplies? call,  i32.eqz if,  0 i32.const, return,  then,
    base-bytes addr, first-point addr, decode call, drop,
    scalar get, first-point addr, first-point addr, times call,
    first-point addr, to get, encode call,
    1 i32.const,
end-code
