;; The ceilings that a run can meet: pages, elements, frames, operands, fuel.

(module
  (memory 1)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
)
(assert_return (invoke "grow" (i32.const 0)) (i32.const 1))
(assert_return (invoke "grow" (i32.const 65536)) (i32.const -1))
(assert_return (invoke "grow" (i32.const -1)) (i32.const -1))
(assert_return (invoke "size") (i32.const 1))
(assert_return (invoke "load" (i32.const 65535)) (i32.const 0))
(assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
(assert_return (invoke "grow" (i32.const 3)) (i32.const 1))
(assert_return (invoke "load" (i32.const 65536)) (i32.const 0))
(assert_trap (invoke "load" (i32.const 0x40000)) "out of bounds memory access")
(assert_return (invoke "size") (i32.const 4))

(module
  (memory 1 2)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
)
(assert_return (invoke "grow" (i32.const 2)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 1)) (i32.const 1))
(assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 0)) (i32.const 2))

(module
  (table $t 0 10 funcref)
  (table $u 0 funcref)
  (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0)))
  (func (export "grow unbounded") (param i32) (result i32) (table.grow $u (ref.null func) (local.get 0)))
  (func (export "size") (result i32) (table.size $t))
)
(assert_return (invoke "grow" (i32.const 11)) (i32.const -1))
(assert_return (invoke "grow" (i32.const 10)) (i32.const 0))
(assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
(assert_return (invoke "size") (i32.const 10))
(assert_return (invoke "grow unbounded" (i32.const -1)) (i32.const -1))
(assert_return (invoke "grow unbounded" (i32.const 10000001)) (i32.const -1))

(module
  (global $depth (mut i32) (i32.const 0))
  (func $down (export "down") (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $down))
  (func $wide (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
    (call $wide (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)
      (local.get 7)))
  (func (export "wide") (result i64)
    (call $wide (i64.const 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
      (i64.const 7)))
  (func (export "depth") (result i32) (global.get $depth))
)
(assert_exhaustion (invoke "down") "call stack exhausted")
(assert_exhaustion (invoke "wide") "call stack exhausted")
;; As many frames as vm/limits.def has in the profile compat: not one more or less on any machine.
(assert_return (invoke "depth") (i32.const 4096))

;; A loop without end meets its fuel; what it did until then stays.
(module
  (global $turns (mut i64) (i64.const 0))
  (func (export "spin") (loop (global.set $turns (i64.add (global.get $turns) (i64.const 1))) (br 0)))
  (func (export "spun") (result i32) (i64.gt_u (global.get $turns) (i64.const 1000)))
)
(assert_exhaustion (invoke "spin") "all fuel consumed")
(assert_return (invoke "spun") (i32.const 1))
