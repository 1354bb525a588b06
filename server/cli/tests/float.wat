;; Refused: two functions compute with floats, one of them reached from an export through another.
(module
  (func $rate (param i32) (result i32)
    (i32.trunc_f64_s (f64.mul (f64.convert_i32_s (local.get 0)) (f64.const 1.19))))
  (func $total (param i32) (result i32) (call $rate (i32.add (local.get 0) (i32.const 1))))
  (func $clean (export "clean") (result i32) (i32.const 1))
  (func (export "price") (param i32) (result i32) (call $total (local.get 0)))
  (func $dead (result f32) (f32.const 2)))
