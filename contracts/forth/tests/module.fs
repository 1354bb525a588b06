\ module.fs - one of everything that a module can have; module.wat is what it must be, byte for byte.
signature binary  i32 takes  i32 takes  i32 gives
signature both  i32 gives  i32 gives
import env.tick  i32 takes

1 memory  16 maximum
3 table operations  7 maximum
i32 data-end-global heap
$7FFFFFFFFFFFFFFF i64 constant-global most
-5 i32 global changes
s" passive" passive-data later

s" hello" text greeting  8 talign  there constant numbers  1 t,  -2 t,  s\" \q\z" ts,  4 buffer room
\ Fifteen zeros are written, sixteen make a second segment.
1 tc,  15 tallot  2 tc,  16 tallot  3 tc,  20 tallot

forward odd  i32 takes  i32 gives

code add  i32 param a  i32 param b  i32 gives
    a local.get, b local.get, i32.add,
end-code

sub subtract  i32 takes  i32 takes  i32 gives
    0 local.get, 1 local.get, i32.sub,
end-code

code apply  i32 param which  i32 param a  i32 param b  i32 gives
    a local.get, b local.get, which local.get, binary call_indirect,
end-code

sub even?  i32 param n  i32 gives
    n local.get, i32.eqz if,
        1 i32.const, return,
    then,
    n local.get, 1 i32.const, i32.sub, odd call,
end-code

code odd  i32 param n  i32 gives
    i64 local wide  i64 local unused  i32 local narrow
    n local.get, i32.eqz if,
        0 i32.const, return,
    then,
    n local.get, 1 i32.const, i32.sub, even? call,
end-code

code two  i32 gives  i32 gives
    both yields block,
        greeting swap i32.const, i32.const,
    end,
end-code

\ Nothing calls these, nor what they alone import: they are left out.
import env.unused
sub helper  env.unused call, end-code
sub helped  helper call, end-code

code touch
    changes global.get, env.tick call,
    numbers i32.const, 4 offset= i32.load, changes global.set,
    room i32.const, 0 i32.const, 7 i32.const, later memory.init,  later data.drop,
    subtract ref.func, drop,
end-code

sub begin-here  touch call, end-code

0 operations active-elements  add elem, subtract elem,
declared-elements  subtract elem,
passive-elements kept-functions  even? elem,
begin-here start
operations s" operations" export-table
0 s" memory" export-memory
changes s" changes" export-global
subtract s" minus" export-function
s" one" s" note" custom  s" two" s" note" custom
