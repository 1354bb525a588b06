\ wasm_test.fs - the layer of wasm: bytes of structures, modes, conditions and immediates; and all that can be said of it.
\ Run with BUILD/sdk/forth/assembler.fs in front.
require ./check.fs
also wasm-words

' new-module is before-case
\ Without the end that end-code puts behind.
: function-bytes ( -- start end )  code-space  this fn>start @  this fn>end @ 1- ;
' function-bytes is assembled

\ ---- Immediates ----------------------------------------------------------------------------------------------------

s" nop, unreachable," bytes" 01 00"
s" 0 i32.const, 63 i32.const, 64 i32.const, -64 i32.const, -65 i32.const," bytes" 41 00 41 3F 41 C0 00 41 40 41 BF 7F"
s" $7FFFFFFF i32.const, $80000000 i32.const, $FFFFFFFF i32.const, -$80000000 i32.const," bytes" 41 FF FF FF FF 07 41 80 80 80 80 78 41 7F 41 80 80 80 80 78"
s" -1 i64.const, $7FFFFFFFFFFFFFFF i64.const, $8000000000000000 i64.const," bytes" 42 7F 42 FF FF FF FF FF FF FF FF FF 00 42 80 80 80 80 80 80 80 80 80 7F"
s" $3F800000 f32.const, $3FF0000000000000 f64.const," bytes" 43 00 00 80 3F 44 00 00 00 00 00 00 F0 3F"
s" i32 param a  i64 local b  a local.get, b local.get, 200 local.get," bytes" 20 00 20 01 20 C8 01"
s" 1 2 v128.const," bytes" FD 0C 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00"
s" funcref ref.null, i64 select_typed," bytes" D0 70 1C 01 7E"
s" i32.trunc_sat_f32_s, i64.add128, i8x16.relaxed_swizzle," bytes" FC 00 FC 13 FD 80 02"

\ ---- Modes ---------------------------------------------------------------------------------------------------------

s" i32.load, i64.load, i32.load8_u," bytes" 28 02 00 29 03 00 2D 00 00"
s" 200 offset= i32.load, i32.load," bytes" 28 02 C8 01 28 02 00"
s" 1 align= i64.store, 4 align= i64.store," bytes" 37 00 00 37 02 00"
s" 2 align= 7 offset= i32.load16_u," bytes" 2F 01 07"
s" 1 memory= 3 offset= i32.load, i32.load," bytes" 28 42 01 03 28 02 00"
s" memory.size, 1 memory= memory.size, memory.fill, 1 memory= memory.copy, 1 from-memory= memory.copy," bytes" 3F 00 3F 01 FC 0B 00 FC 0A 01 00 FC 0A 00 01"
s" 5 memory.init, 5 data.drop, 3 elem.drop, 3 table.init, 1 table= table.get, 1 table= 2 from-table= table.copy," bytes" FC 08 05 00 FC 09 05 FC 0D 03 FC 0C 03 00 25 01 FC 0E 01 02"
s" 3 offset= 1 v128.load8_lane," bytes" FD 54 00 03 01"

\ ---- Structures ----------------------------------------------------------------------------------------------------

s" nz if, nop, then," bytes" 04 40 01 0B"
s" i32 yields nz if, 1 i32.const, else, 2 i32.const, then, drop," bytes" 04 7F 41 01 05 41 02 0B 1A"
s" begin, nop, nz until," bytes" 03 40 01 45 0D 00 0B"
s" begin, nop, i32.eqz until," bytes" 03 40 01 0D 00 0B"
s" begin, nop, again," bytes" 03 40 01 0C 00 0B"
s" begin, always until, begin, never until," bytes" 03 40 0B 03 40 0C 00 0B"
s" begin, nz while, nop, repeat," bytes" 03 40 04 40 01 0C 01 0B 0B"
s" i32 param n  do, nop, n loop," bytes" 03 40 01 20 00 41 01 6B 22 00 0D 00 0B"
s" begin, begin, nz until, nz until," bytes" 03 40 03 40 45 0D 00 0B 45 0D 00 0B"
s" begin, nz if, nz while," fails" while, belongs to begin,: if, is open here"
s" nz if, begin, nz while, nz if, nop, else, nop, then, repeat, else, nop, then," bytes" 04 40 03 40 04 40 04 40 01 05 01 0B 0C 01 0B 0B 05 01 0B"
s" always if, then, never if, then," bytes" 41 01 04 40 0B 41 00 04 40 0B"
s" block, label out  nz if, out br, then, end," bytes" 02 40 04 40 0C 01 0B 0B"
s" block, label out  begin, label again  out i32.eq jump, again i64.lt_s jump, out br_if, again, end," bytes" 02 40 03 40 46 0D 01 53 0D 00 0D 01 0C 00 0B 0B"
s" begin, label top  nz if, top br, then, nop, nz until," bytes" 03 40 04 40 0C 01 0B 01 45 0D 00 0B"
s" block, label a block, label b  a b a 3 b br_table,  0 br, 1 br, 2 br, end, end," bytes" 02 40 02 40 0E 03 01 00 01 00 0C 00 0C 01 0C 02 0B 0B"
s" block, label a  0 always jump, end," bytes" 02 40 0C 00 0B"

\ ---- Conditions and their inverses ---------------------------------------------------------------------------------

s" begin, i32.eq until, begin, i32.ne until," bytes" 03 40 47 0D 00 0B 03 40 46 0D 00 0B"
s" begin, i32.lt_s until, begin, i32.lt_u until, begin, i32.gt_s until, begin, i32.gt_u until," bytes" 03 40 4E 0D 00 0B 03 40 4F 0D 00 0B 03 40 4C 0D 00 0B 03 40 4D 0D 00 0B"
s" begin, i32.le_s until, begin, i32.le_u until, begin, i32.ge_s until, begin, i32.ge_u until," bytes" 03 40 4A 0D 00 0B 03 40 4B 0D 00 0B 03 40 48 0D 00 0B 03 40 49 0D 00 0B"
s" begin, i64.eqz until, begin, i64.eq until, begin, i64.ne until," bytes" 03 40 50 45 0D 00 0B 03 40 52 0D 00 0B 03 40 51 0D 00 0B"
s" begin, i64.lt_s until, begin, i64.lt_u until, begin, i64.gt_s until, begin, i64.gt_u until," bytes" 03 40 59 0D 00 0B 03 40 5A 0D 00 0B 03 40 57 0D 00 0B 03 40 58 0D 00 0B"
s" begin, i64.le_s until, begin, i64.le_u until, begin, i64.ge_s until, begin, i64.ge_u until," bytes" 03 40 55 0D 00 0B 03 40 56 0D 00 0B 03 40 53 0D 00 0B 03 40 54 0D 00 0B"
s" begin, f32.eq until, begin, f64.ne until, begin, f32.lt until, begin, f64.ge until," bytes" 03 40 5C 0D 00 0B 03 40 61 0D 00 0B 03 40 5D 45 0D 00 0B 03 40 66 45 0D 00 0B"
s" i32.lt_s if, then, f64.lt if, then, i64.eqz if, then," bytes" 48 04 40 0B 63 04 40 0B 50 04 40 0B"

\ ---- What is said --------------------------------------------------------------------------------------------------

s" nz if, nz until," fails" until, belongs to begin,: if, is open here"
s" nz if, again," fails" again, belongs to begin,: if, is open here"
s" nz if, repeat," fails" repeat, belongs to while,: if, is open here"
s" nz if, 0 loop," fails" loop, belongs to do,: if, is open here"
s" nz if, end," fails" end, belongs to block,: if, is open here"
s" nz if, else, else, then," fails" else, belongs to if,: else, is open here"
s" begin, then," fails" then, belongs to if,: begin, is open here"
s" begin, else," fails" else, belongs to if,: begin, is open here"
s" begin, repeat," fails" repeat, belongs to while,: begin, is open here"
s" begin, 0 loop," fails" loop, belongs to do,: begin, is open here"
s" begin, nz while, nz until," fails" until, belongs to begin,: while, is open here"
s" begin, nz while, then," fails" then, belongs to if,: while, is open here"
s" block, then," fails" then, belongs to if,: block, is open here"
s" do, repeat," fails" repeat, belongs to while,: do, is open here"
s" then," fails" then, belongs to if,: no structure is open here"
s" end," fails" end, belongs to block,: no structure is open here"
s" 5 then," fails" then, belongs to if,: no structure is open here"
s" nz if, 5 then," fails" then, belongs to if,: the number 5 lies on the stack above whatever is open"
s" begin, 5 nz while, repeat," fails" while, belongs to begin,: the number 5 lies on the stack above whatever is open"
s" if, then," fails" if, needs a condition in front of it"
s" begin, until," fails" until, needs a condition in front of it"
s" begin, while, repeat," fails" while, needs a condition in front of it"
s" block, 0 jump, end," fails" jump, needs a condition in front of it"
s" nz if," fails" end-code: if, is open here, in case"
s" begin, nz while," fails" end-code: while, is open here, in case"
s" 5" fails" end-code: case left 1 on the stack, on top 5"
s" block, swap end," fails" end, belongs to block,: the number 1 lies on the stack above whatever is open"
s" block, block, 2swap end, end," fails" a block that was opened later is still open"
s" block, label x end, x br," fails" the structure of this label is closed already"
s" block, label x end, block, x br, end," fails" the structure of this label is closed already"
s" label x" fails" label names the structure that was opened last, and none is open"
s" block, 2 br, end," fails" there is no block at depth 2: a label, or less, must be here"
s" 8 offset= i32.add," fails" offset= was said, and the instruction has no use for it"
s" i32 yields i32.const," fails" yields was said, and the instruction has no use for it"
s" 2 align= memory.size," fails" align= was said, and the instruction has no use for it"
s" 1 table= i32.load," fails" table= was said, and the instruction has no use for it"
s" 1 from-memory= i32.load," fails" from-memory= was said, and the instruction has no use for it"
s" 1 from-table= table.get," fails" from-table= was said, and the instruction has no use for it"
s" 4 offset=" fails" offset= was said, and the instruction has no use for it"
s" 8 align= i32.load," fails" align= 8 is more than the instruction's natural alignment"
s" 3 align= i32.load," fails" align= takes a power of two, not 3"
s" -1 offset= i32.load," fails" -1 does not fit an offset of 32 bits"
s" $100000000 i32.const," fails" 4294967296 does not fit 32 bits"
s" -1 local.get," fails" -1 does not fit an index of 32 bits"
s" 256 i8x16.extract_lane_s," fails" 256 does not fit a byte"
s" 5 call," fails" the name of a function must stand here"
s" nop, i32 param x" fails" param and local come before the first instruction"
s" i32 local x  i32 param y" fails" param comes before local"
s" i32 param x  i32 local x" fails" x is the name of a label or local of this definition already"
s" 5 local x" fails" 5 is not a type"
s" 5 takes" fails" 5 is not a type"
s" nop," says" instructions belong between code and end-code"
s" i32 param x" says" param and local belong into a definition"
s" i32 takes" says" takes and gives belong behind signature, import, forward, code or sub"
s" code" says" code and sub need a name"
s" code one code two" says" end-code is missing: one is not finished"
s" code one image" says" end-code is missing: one is not finished"
s" code one end-code code one end-code" says" one is defined already"
s" end-code" says" end-code: there is no code that it would end"
s" import storage_get" says" import storage_get: a name must be MODULE.NAME"
s" forward later  code one later call, end-code image" says" function later was announced by forward, and is not there"
s" forward soon i32 takes  sub soon i64 param x end-code" says" soon is not of the type that forward announced"
s" 10 maximum" says" maximum belongs behind memory or table"
s" dela.result elem," says" elem, belongs behind active-elements, passive-elements or declared-elements"
s" 1 memory 70000 tallot image" says" the data ends at 70016, behind the memory's 1 pages"

done
