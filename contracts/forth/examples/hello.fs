\ A contract: says hello to the argument `name`.
require contract.fs

s" name" text name
s" Hello, " text hello
s" !" text bang

code call
    i32 local at  i32 local length
    name push, argument call, length set, at set,
    begin-text,  hello add,  at get, length get, add-text call,  bang add,
    whole-text, dela.result call,
end-code
