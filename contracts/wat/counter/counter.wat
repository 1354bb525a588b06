;; counter - the smallest contract with storage: each accepted call adds one to a stored number.  contracts/c/counter says
;; more.
(module
  (@dela imports) (@dela contract)
  (@custom "dela.manifest" "reads counter\n")

  (data (i32.const 0) "counter" "0" "the stored counter is not a whole number")

  (func (export "call")
    (local $number i32) (local $length i32)
    (call $stored (i32.const 0) (i32.const 7))
    (local.set $length)
    (local.set $number)
    (if (i32.lt_s (local.get $length) (i32.const 0))
      (then
        (local.set $number (i32.const 7))
        (local.set $length (i32.const 1))))
    (if (i32.eqz (call $is_decimal (local.get $number) (local.get $length)))
      (then (call $reject (i32.const 8) (i32.const 40))))
    (call $increment (local.get $number) (local.get $length))
    (local.set $length)
    (local.set $number)
    (call $storage_set (i32.const 0) (i32.const 7) (local.get $number) (local.get $length))
    (call $event (i32.const 0) (i32.const 7) (local.get $number) (local.get $length))
    (call $result (local.get $number) (local.get $length)))
)
