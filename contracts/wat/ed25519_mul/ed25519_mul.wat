;; ed25519_mul - multiplies a point by a scalar, with the host's libsodium or compiled in.  contracts/c/ed25519_mul says
;; what it takes, gives and refuses.
(module
  (@dela imports) (@dela contract) (@dela point) (@dela group)

  (data (i32.const 0) "point1" "scalar" " is zero modulo the group order, or not below 2^255"
    "point1 is not a point of the prime-order group")
  ;; the point is at 128, the scalar at 160

  (func (export "call")
    (local $left i32)
    (call $argument_32 (i32.const 0) (i32.const 6) (i32.const 128))
    (call $argument_32 (i32.const 6) (i32.const 6) (i32.const 160))
    (local.set $left (call $iterations))
    (loop $next
      (if (i32.eqz (call $group_multiply (i32.const 160) (i32.const 128) (i32.const 128)))
        (then
          (if (call $group_is_valid_point (i32.const 128))
            (then (call $reject (i32.const 6) (i32.const 57))))
          (call $reject (i32.const 63) (i32.const 46))))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $result_32 (i32.const 128)))
)
