\ article_test.fs - the examples of "Build Your Own Assembler" through the machinery that assembles wasm: the 6809's
\ instructions and modes, and each control structure, on the 6809 with its short branches and on the Super8 with the
\ absolute jumps that the article writes them with.
warnings off
require ../6809.fs
require ../super8.fs
require ./check.fs

0 value before
: since ( -- start end )  before there ;
' since is assembled
: from-here ( -- )  there to before ;

m6809
hex

\ C, D: inherent.  E: operands
s" nop," from-here bytes" 12"
s" abx," from-here bytes" 3A"
s" mul," from-here bytes" 3D"
s" 0f orcc," from-here bytes" 1A 0F"
: flags s" 01 constant cy-flag  02 constant ov-flag  04 constant z-flag" evaluate ; flags
s" cy-flag z-flag + orcc," from-here bytes" 1A 05"

\ F: modes
s" 12 # add," from-here bytes" 8B 12"
s" 34 <> add," from-here bytes" 9B 34"
s" 1234 add," from-here bytes" BB 12 34"
s" 12 # adc,  34 <> adc,  1234 adc," from-here bytes" 89 12 99 34 B9 12 34"
s" 12 # and,  34 <> and,  1234 and," from-here bytes" 84 12 94 34 B4 12 34"
s" 12 # bit,  34 <> bit,  1234 bit," from-here bytes" 85 12 95 34 B5 12 34"
s" 1 # add, 2 add," from-here bytes" 8B 01 BB 00 02"

\ G: structures
s" begin, abx, eq until," from-here bytes" 3A 26 FD"
s" begin, nop, begin, abx, eq until, mul, cs until," from-here bytes" 12 3A 26 FD 3D 24 F9"
s" begin, nop, again," from-here bytes" 12 20 FD"
s" eq if, nop, then, mul," from-here bytes" 26 01 12 3D"
s" eq if, nop, else, abx, then, mul," from-here bytes" 26 03 12 20 01 3A 3D"
s" begin, nop, ne while, abx, repeat, mul," from-here bytes" 12 27 03 3A 20 FA 3D"
s" eq if, pl if, nop, then, abx, then," from-here bytes" 26 04 2B 01 12 3A"
s" eq if, nop, else, pl if, abx, else, mul, then, then," from-here bytes" 26 03 12 20 06 2B 03 3A 20 01 3D"
s" begin, eq if, nop, then, cs until," from-here bytes" 26 01 12 24 FB"
s" eq if, begin, nop, cs until, else, begin, abx, cs while, mul, repeat, then," from-here bytes" 26 05 12 24 FD 20 06 3A 24 03 3D 20 FA"
s" begin, begin, nop, eq while, abx, repeat, begin, mul, again, cs until," from-here bytes" 12 26 03 3A 20 FA 3D 20 FD 24 F5"
s" ra if, nop, then," from-here bytes" 21 01 12"

\ The macro facility: colon definitions.
: nops, ( n -- )  0 ?do nop, loop ;
s" : pair, nop, nop, ; : skip-mul, if, mul, then, ;" evaluate
s" pair, pair, ne skip-mul," from-here bytes" 12 12 12 12 27 01 3D"

\ I: labels, local to a definition, and target memory
s" label top nop, top ne b," from-here bytes" 12 26 FD"
s" label top nop, top cc b," from-here bytes" 12 24 FD"
s" 1234 t, 56 tc, there 3 - t@ tc," from-here bytes" 12 34 56 34"
s" there 1234 t, dup t@ 1+ swap t!" from-here bytes" 12 35"

\ I: compiler security
s" eq if, cs until," fails" until, belongs to begin,: if, is open here"
s" begin, then," fails" then, belongs to if,: begin, is open here"
s" begin, else," fails" else, belongs to if,: begin, is open here"
s" eq if, again," fails" again, belongs to begin,: if, is open here"
s" eq if, repeat," fails" repeat, belongs to while,: if, is open here"
s" begin, repeat," fails" repeat, belongs to while,: begin, is open here"
s" begin, eq while, again," fails" again, belongs to begin,: while, is open here"
s" begin, eq while, cs until," fails" until, belongs to begin,: while, is open here"
s" begin, eq while, then," fails" then, belongs to if,: while, is open here"
s" eq if, cs while," fails" while, belongs to begin,: if, is open here"
s" eq if, else, else, then," fails" else, belongs to if,: else, is open here"
s" then," fails" then, belongs to if,: no structure is open here"
s" else," fails" else, belongs to if,: no structure is open here"
s" cs until," fails" until, belongs to begin,: no structure is open here"
s" again," fails" again, belongs to begin,: no structure is open here"
s" repeat," fails" repeat, belongs to while,: no structure is open here"
s" eq if, 7 then," fails" then, belongs to if,: the number 7 lies on the stack above whatever is open"
s" eq if, eq if, then," fails" end-code: if, is open here, in case"
s" begin, nop," fails" end-code: begin, is open here, in case"
s" begin, until," fails" until, needs a condition in front of it"
s" if, then," fails" if, needs a condition in front of it"
s" begin, 3 until," fails" until, needs a condition in front of it"
s" 5 6" fails" end-code: case left 2 on the stack, on top the number 6"
s" do, nop, 0 loop," fails" the 6809 has no instruction for do, loop,"
s" label x label x" fails" x is the name of a label or local of this definition already"
s" eq if, 80 nops, then," fails" a branch reaches from -128 to 127 bytes; this one would have to go 128"
s" begin, 80 nops, eq until," fails" a branch reaches from -128 to 127 bytes; this one would have to go -130"
s" end-code" says" end-code: there is no code that it would end"
s" code one code two" says" end-code is missing: one is not finished"
s" ffff tc@ drop 10000 tc@" says" target address $10000 is outside its space"

\ The Super8: jumps to absolute addresses, patched, and an instruction for do, loop,
decimal
super8
hex
: at-100 ( -- )  100 org there to before ;
s" begin, nop, z until," at-100 bytes" FF EB FD"
s" begin, nop, again," at-100 bytes" FF 8B FD"
s" do, nop, r2 loop," at-100 bytes" FF 2A FD"
s" do, do, nop, r1 loop, r2 loop," at-100 bytes" FF 1A FD 2A FB"
s" z if, nop, then, ret," at-100 bytes" ED 01 04 FF AF"
s" z if, nop, else, ret, then," at-100 bytes" ED 01 07 FF 8D 01 08 AF"
s" begin, nop, c while, ret, repeat, nop," at-100 bytes" FF FD 01 07 AF 8B F9 FF"
s" z if, begin, nop, c until, else, do, nop, r0 loop, then," at-100 bytes" ED 01 09 FF FB FD 8D 01 0C FF 0A FD"
s" label top nop, top nz jp," at-100 bytes" FF ED 01 00"
s" do, z until," fails" until, belongs to begin,: do, is open here"
s" begin, r0 loop," fails" loop, belongs to do,: begin, is open here"
s" r0 loop," fails" loop, belongs to do,: no structure is open here"
s" do, then," fails" then, belongs to if,: do, is open here"
s" z if, r0 loop," fails" loop, belongs to do,: if, is open here"

\ Both come back as they were left: the layers under the words are exchanged, not mixed.
m6809
s" eq if, nop, then," from-here bytes" 26 01 12"
done
