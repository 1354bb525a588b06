\ contract.fs - what makes writing a contract comfortable: texts, memory, arguments, storage.  Include it first.
\
\ A text is two operands, address and length, in the target as on the host: `s" counter" text key` makes one in memory,
\ and `key push,` gives it to the code.  Memory is taken from behind the data and never given back, for each call starts
\ with a fresh one.  A text that was taken has one free byte in front.

\ Macros: ordinary colon definitions.
: push, ( address length -- )  swap i32.const, i32.const, ;
: get, ( local -- )  local.get, ;
: set, ( local -- )  local.set, ;
: tee, ( local -- )  local.tee, ;

i32 data-end-global heap \ the first free byte

\ The manifest: s" counter" reads, s" admin" access
: manifest ( c-addr u c-addr u -- )  m( m+ s"  " m+ m+ s\" \n" m+  message$ s" dela.manifest" custom ;
: reads ( c-addr u -- )  s" reads" manifest ;
: access ( c-addr u -- )  s" access" manifest ;

\ ---- Ways to end, and to speak -------------------------------------------------------------------------------------

: reject, ( -- )  dela.reject call,  unreachable, ;
: reject-text, ( address length -- )  push, reject, ;

s" out of memory" text out-of-memory
0 s" memory" export-memory \ by this name other hosts reach it

\ ---- Memory --------------------------------------------------------------------------------------------------------

\ Bytes between the heap and the end of memory.
sub room  i32 gives
    memory.size, 16 i32.const, i32.shl,  heap global.get,  i32.sub,
end-code

\ Makes so many bytes usable at the heap; rejects when there is no more memory.
sub reserve  i32 param size
    size get, room call, i32.gt_u if,
        size get, room call, i32.sub,  16 i32.const, i32.shr_u,  1 i32.const, i32.add,
        memory.grow,  -1 i32.const, i32.eq if,
            out-of-memory reject-text,
        then,
    then,
end-code

\ Moves the heap behind so many bytes, and to a multiple of 8 where memory lasts.
sub keep  i32 param size
    size get, 7 i32.const, i32.add,  -8 i32.const, i32.and,  size tee,
    room call, i32.gt_u if,
        room call, size set,
    then,
    heap global.get, size get, i32.add, heap global.set,
end-code

\ ---- Arguments, storage --------------------------------------------------------------------------------------------

\ Host functions that read by key are alike: (key, key_length, to, room) -> length or -1.  `dela.argument reader argument`
\ makes a function [address length] -> [address length] of one; length is -1 where there is nothing.
: reader { host -- }
    sub  i32 takes i32 takes  i32 gives i32 gives
    0 1 i32 scratch i32 scratch { key key-length size place -- }
        heap global.get, 1 i32.const, i32.add, place set,
        1 i32.const, reserve call,
        key get, key-length get, place get, room call, 1 i32.const, i32.sub,  host call,  size tee,
        room call, 1 i32.const, i32.sub,  i32.gt_s if,
            size get, 1 i32.const, i32.add, reserve call,
            key get, key-length get, place get, size get,  host call, drop,
        then,
        size get, 0 i32.const, i32.ge_s if,
            size get, 1 i32.const, i32.add, keep call,
        then,
        place get, size get,
    end-code ;

dela.argument    reader find-argument
dela.storage_get reader stored

\ ---- Texts of several parts ----------------------------------------------------------------------------------------

\ begin-text, then add-text for each part; whole-text gives what came together.
0 i32 global text-start
: begin-text, ( -- )  heap global.get, text-start global.set, ;
sub add-text  i32 param from  i32 param length
    length get, reserve call,
    heap global.get, from get, length get, memory.copy,
    heap global.get, length get, i32.add, heap global.set,
end-code
: add, ( address length -- )  push, add-text call, ;
: whole-text, ( -- )  text-start global.get,  heap global.get, text-start global.get, i32.sub, ;

\ ---- Arguments that must be there ----------------------------------------------------------------------------------

s" '" text quote
s" ' not found in tx arg" text not-found
\ [key length] -> [address length]; rejects, in Dela's words, what is missing or empty.
sub argument  i32 param name  i32 param name-length  i32 gives  i32 gives
    i32 local at  i32 local length
    name get, name-length get, find-argument call, length set, at set,
    length get, 0 i32.const, i32.le_s if,
        begin-text,  quote add,  name get, name-length get, add-text call,  not-found add,
        whole-text, reject,
    then,
    at get, length get,
end-code
