\ @NAME@ - greets, and counts.
\
\ name      whom to greet
\ storage   "greetings": how many there were, in decimal
\ result    the greeting
require contract.fs
require decimal.fs

s" greetings" reads

s" name" text name
s" greetings" text key
1 buffer carried  s" 0" text nought \ a number that grows needs the byte in front of it
s" Hello, " text hello
s" ! You are number " text you-are
s" ." text stop

code call
    i32 local who  i32 local who-length  i32 local count  i32 local count-length
    name push, argument call, who-length set, who set,
    key push, stored call, count-length set, count set,
    count-length get, 0 i32.const, i32.lt_s if,
        nought push, count-length set, count set,
    then,
    count get, count-length get, increment call, count-length set, count set,
    key push,  count get, count-length get,  dela.storage_set call,
    begin-text,
        hello add,  who get, who-length get, add-text call,
        you-are add,  count get, count-length get, add-text call,  stop add,
    whole-text, dela.result call,
end-code
