\ value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says more.
\
\ The keys are kept in an index, stored under a key of its own: each as a byte of length and its bytes, in order.
require contract.fs

s" {value:command}" access
s" dela.Value:index" reads
s" {value:key}" reads

s" dela.Value:index" text index-key
s" value:command" text command-name
s" value:key" text key-name
s" value:value" text value-name

32 constant longest-key
65536 constant longest-value

\ ---- Saying no: fail( and )fail with texts to add between ------------------------------------------------------------

s" failed to " text failed-to
s" : " text colon
: fail( ( command -- )  begin-text,  failed-to add,  add,  colon add, ;
: )fail ( -- )  whole-text, reject, ;

s" : the key has more than 32 bytes" text long-key
s" : the key is the index's own" text own-key
s" : the value has more than 65536 bytes" text long-value
s" : the index is full" text full
s" the stored index is damaged" text damaged
s" unknown command: " text unknown

\ An argument that the command can't do without, into two locals.
: need, { command command-size name name-size at length -- }
    name name-size push, find-argument call, length set, at set,
    length get, 0 i32.const, i32.le_s if,
        command command-size fail(  quote add,  name name-size add,  not-found add,  )fail
    then, ;

\ ---- Texts ---------------------------------------------------------------------------------------------------------

\ [text text] -> [order]: below, at or above zero, bytewise, a proper prefix first.
sub compare  i32 param a  i32 param a-length  i32 param b  i32 param b-length  i32 gives
    i32 local i
    block, label prefix
        begin, label next
            i get, a-length get,  prefix i32.eq jump,
            i get, b-length get,  prefix i32.eq jump,
            a get, i get, i32.add, i32.load8_u,  b get, i get, i32.add, i32.load8_u, i32.ne if,
                a get, i get, i32.add, i32.load8_u,  b get, i get, i32.add, i32.load8_u,  i32.sub, return,
            then,
            i get, 1 i32.const, i32.add, i set,
        again,
    end,
    a-length get, b-length get, i32.sub,
end-code

\ The key argument; `doing` is what the native contract says it failed to do.
: need-key, { command command-size doing doing-size at length -- }
    command command-size key-name at length need,
    length get, longest-key i32.const, i32.gt_u if,
        command command-size fail(  doing doing-size add,  long-key add,  )fail
    then,
    at get, length get, index-key push, compare call,  i32.eqz if,
        command command-size fail(  doing doing-size add,  own-key add,  )fail
    then, ;

\ ---- The index -----------------------------------------------------------------------------------------------------

0 i32 global index   0 i32 global index-end
0 i32 global cursor  \ behind the entry that was looked at
0 i32 global entry   0 i32 global entry-length
0 i32 global place   \ where a key stands, or would stand

: get-global, ( global -- )  global.get, ;
: set-global, ( global -- )  global.set, ;

sub load-index
    i32 local length
    index-key push, stored call, length set,  index set-global,
    length get, 0 i32.const, i32.lt_s if,  0 i32.const, length set,  then,
    index get-global, length get, i32.add, index-end set-global,
    index get-global, cursor set-global,
end-code

: first-entry, ( -- )  index get-global, cursor set-global, ;

\ [] -> [1 or 0]: goes to the next entry; 0 at the end.
sub next-entry  i32 gives
    cursor get-global, index-end get-global, i32.ge_u if,  0 i32.const, return,  then,
    cursor get-global, i32.load8_u, entry-length set-global,
    cursor get-global, 1 i32.const, i32.add, entry set-global,
    entry-length get-global,  index-end get-global, entry get-global, i32.sub,  i32.gt_u if,
        damaged reject-text,
    then,
    entry get-global, entry-length get-global, i32.add, cursor set-global,
    1 i32.const,
end-code

\ [key length] -> [size]: sets place; size is what the key takes there, 0 if it is not there.
sub find-place  i32 param key  i32 param length  i32 gives
    i32 local order
    load-index call,
    index get-global, place set-global,
    begin, next-entry call, nz while,
        entry get-global, entry-length get-global, key get, length get, compare call, order set,
        order get, i32.eqz if,
            cursor get-global, place get-global, i32.sub, return,
        then,
        order get, 0 i32.const, i32.gt_s if,  0 i32.const, return,  then,
        cursor get-global, place set-global,
    repeat,
    0 i32.const,
end-code

: before-place, ( -- )  index get-global,  place get-global, index get-global, i32.sub,  add-text call, ;
\ What is behind the place and so many bytes more.
: behind-place, ( size-local -- )
    >r  place get-global, r@ get, i32.add,
    index-end get-global, place get-global, i32.sub, r> get, i32.sub,  add-text call, ;
: store-index, ( -- )  index-key push,  whole-text,  dela.storage_set call, ;

\ ---- The commands --------------------------------------------------------------------------------------------------

s" WRITE" text write-name
s" failed to set value" text set-value
1 buffer one-byte
sub write
    i32 local key  i32 local key-length  i32 local value  i32 local length  i32 local size
    write-name set-value key key-length need-key,
    write-name value-name value length need,
    length get, longest-value i32.const, i32.gt_u if,
        write-name fail(  set-value add,  long-value add,  )fail
    then,
    key get, key-length get, find-place call, i32.eqz if,
        index-end get-global, index get-global, i32.sub,  1 i32.const, i32.add,  key-length get, i32.add,
        longest-value i32.const, i32.gt_u if,
            write-name fail(  set-value add,  full add,  )fail
        then,
        one-byte i32.const, key-length get, i32.store8,
        begin-text,
            before-place,  one-byte 1 add,  key get, key-length get, add-text call,  size behind-place,
        store-index,
    then,
    key get, key-length get, value get, length get, dela.storage_set call,
end-code

s" READ" text read-name
s" failed to get key" text get-key
s" =" text equals
sub read
    i32 local key  i32 local key-length  i32 local value  i32 local length
    read-name get-key key key-length need-key,
    key get, key-length get, stored call, length set, value set,
    begin-text,
        key get, key-length get, add-text call,  equals add,
        length get, 0 i32.const, i32.gt_s if,  value get, length get, add-text call,  then,
    whole-text, dela.result call,
end-code

s" DELETE" text delete-name
s" failed to delete key" text delete-key
sub delete
    i32 local key  i32 local key-length  i32 local size
    delete-name delete-key key key-length need-key,
    key get, key-length get, find-place call, size set,
    key get, key-length get, dela.storage_delete call,
    size get, nz if,
        begin-text,  before-place,  size behind-place,  store-index,
    then,
end-code

\ Keys are expected first, so that a caller who did not bring them hears of all at once.  Then the values are fetched, for
\ that takes memory, and their places kept, eight bytes for each; then all is put together.
s" LIST" text list-name
s" ," text comma
sub list
    i32 local count  i32 local values  i32 local at  i32 local value  i32 local length
    load-index call,
    begin, next-entry call, nz while,
        entry get-global, entry-length get-global, dela.storage_expect call,
        count get, 1 i32.const, i32.add, count set,
    repeat,
    count get, 3 i32.const, i32.shl, reserve call,
    heap global.get, values tee, at set,
    count get, 3 i32.const, i32.shl, keep call,
    first-entry,
    begin, next-entry call, nz while,
        entry get-global, entry-length get-global, stored call, length set, value set,
        at get, value get, i32.store,
        at get,  length get, 0 i32.const,  length get, 0 i32.const, i32.gt_s,  select,  4 offset= i32.store,
        at get, 8 i32.const, i32.add, at set,
    repeat,
    begin-text,
    first-entry,  values get, at set,
    begin, next-entry call, nz while,
        at get, values get, i32.ne if,  comma add,  then,
        entry get-global, entry-length get-global, add-text call,  equals add,
        at get, i32.load,  at get, 4 offset= i32.load,  add-text call,
        at get, 8 i32.const, i32.add, at set,
    repeat,
    whole-text, dela.result call,
end-code

\ ---- The call ------------------------------------------------------------------------------------------------------

: command, { name name-size function command length -- }
    command get, length get, name name-size push, compare call,  i32.eqz if,
        function call, return,
    then, ;

code call
    i32 local command  i32 local length
    command-name push, argument call, length set, command set,
    write-name  write  command length command,
    read-name   read   command length command,
    delete-name delete command length command,
    list-name   list   command length command,
    begin-text,  unknown add,  command get, length get, add-text call,  whole-text, reject,
end-code
