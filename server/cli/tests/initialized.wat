;; A contract that prepares a table when it is initialized: the byte at 256 + i is i * i modulo 251.  Each call looks one up.
(module
  (import "dela" "argument" (func $argument (param i32 i32 i32 i32) (result i32)))
  (import "dela" "result" (func $result (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "index")
  (func (export "_initialize") (local $i i32)
    (loop $next
      (i32.store8 offset=256 (local.get $i)
        (i32.rem_u (i32.mul (local.get $i) (local.get $i)) (i32.const 251)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 50000)))))
  ;; The first two bytes of the argument are the index; the answer is the byte there, its last two digits.
  (func (export "call") (local $value i32)
    (drop (call $argument (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 2)))
    (local.set $value (i32.load8_u offset=256 (i32.load16_u (i32.const 16))))
    (i32.store8 (i32.const 32) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $value) (i32.const 10)) (i32.const 10))))
    (i32.store8 (i32.const 33) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
    (call $result (i32.const 32) (i32.const 2))))
