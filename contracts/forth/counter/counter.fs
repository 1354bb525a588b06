\ counter - the smallest contract with storage: each accepted call adds one to a stored number.
\
\ storage   "counter": the number in decimal; absent counts as 0
\ result    the new number
\ event     "counter" with the new number
require contract.fs
require decimal.fs

s" counter" reads

s" counter" text key
s" the stored counter is not a whole number" text damaged
1 buffer carried  s" 0" text nought \ the byte that a text has in front

code call
    i32 local at  i32 local length
    key push, stored call, length set, at set,
    length get, 0 i32.const, i32.lt_s if,
        nought push, length set, at set,
    then,
    at get, length get, decimal? call, i32.eqz if,
        damaged reject-text,
    then,
    at get, length get, increment call, length set, at set,
    key push,  at get, length get,  dela.storage_set call,
    key push,  at get, length get,  dela.event call,
    at get, length get,  dela.result call,
end-code
