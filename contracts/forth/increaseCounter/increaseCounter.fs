\ increaseCounter - argument in, result out: `counter` + 1.
\
\ counter   a whole number of any size, as a JSON number or a string; may be negative
\ result    the next whole number, in decimal without leading zeros
\
\ Rejects a missing counter and anything that is not a whole number, fractions and exponents included.
require contract.fs
require decimal.fs

s" counter" text key
s" counter is not a whole number: " text no-number

code call
    i32 local at  i32 local length
    key push, argument call, length set, at set,
    at get, length get, decimal? call, i32.eqz if,
        begin-text,  no-number add,  at get, length get, add-text call,
        whole-text, reject,
    then,
    at get, length get, increment call,  dela.result call,
end-code
