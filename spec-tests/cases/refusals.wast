;; What is outside the subset is refused by name, and what needs it is blocked.  The verdicts are in the expected list.

(module $float-type (type (func (param f64))))
(module $float-const (func (export "f") (drop (f32.const 1))))
(assert_return (invoke "f"))
(assert_return (invoke $float-const "f"))
(module $float-local (func (local f32)))
(module $float-global (global f64 (f64.const 0)))
(module $float-block (func (block (result f32) (unreachable)) (drop)))
(module $float-select (func (unreachable) (select (result f64)) (drop)))
(module $float-truncation (func (param i32) (result i32) (unreachable) (i32.trunc_sat_f32_s)))
(module $float-load (memory 1) (func (drop (f64.load (i32.const 0)))))
(module $float-import (import "spectest" "print_f32" (func (param f32))))
(module $vector (func (drop (v128.const i64x2 0 0))))
(module $vector-type (func (param v128)))

;; The float is named even where the module is also wrong.
(assert_invalid (module (func (result i32) (f32.const 0))) "type mismatch")

;; A dependency outside the subset.
(module $outside (func (export "g") (result f32) (f32.const 0)) (func (export "h")))
(register "outside" $outside)
(module $inside (import "outside" "h" (func)) (func (export "k")))
(assert_return (invoke "k"))
(assert_unlinkable (module (import "outside" "unknown" (func))) "unknown import")

;; What is not refused: wrong modules, and integers beside what was refused.
(assert_malformed (module quote "(func (f32.const 1x))") "unknown operator")
(assert_malformed (module binary "\00asm\01\00\00") "unexpected end")
(module (func (export "f") (result i32) (i32.const 1)))
(assert_return (invoke "f") (i32.const 1))
(assert_trap (invoke $float-const "f") "unreachable")
