;; increaseCounter - argument in, result out: `counter` + 1.  contracts/c/increaseCounter says more.
(module
  (@dela imports) (@dela contract)

  (data (i32.const 0) "counter" "counter is not a whole number: ")

  (func (export "call")
    (local $counter i32) (local $length i32) (local $start i32)
    (call $need_argument (i32.const 0) (i32.const 7))
    (local.set $length)
    (local.set $counter)
    (if (i32.eqz (call $is_decimal (local.get $counter) (local.get $length)))
      (then
        (local.set $start (global.get $heap))
        (call $append (i32.const 7) (i32.const 31))
        (call $append (local.get $counter) (local.get $length))
        (call $reject (call $built (local.get $start)))))
    (call $result (call $increment (local.get $counter) (local.get $length))))
)
