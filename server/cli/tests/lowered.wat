;; A contract that computes with floats: the square root of its input's first byte over 7, as the bits of an f64.
(module
  (import "dela" "input" (func $input (param i32 i32) (result i32)))
  (import "dela" "result" (func $result (param i32 i32)))
  (memory 1)
  (func (export "call")
    (drop (call $input (i32.const 0) (i32.const 64)))
    (f64.store (i32.const 64)
      (f64.sqrt (f64.div (f64.convert_i32_u (i32.load8_u (i32.const 0))) (f64.const 7))))
    (call $result (i32.const 64) (i32.const 8))))
