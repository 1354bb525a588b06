;; ed25519_gen_mul - multiplies the base point by a scalar, with the host's libsodium or compiled in.
;; contracts/c/ed25519_gen_mul says what it takes, gives and refuses.
(module
  (@dela imports) (@dela contract) (@dela point) (@dela group)

  (data (i32.const 0) "scalar is zero modulo the group order, or not below 2^255")
  ;; the scalar is at 64, its power at 96, the point at 128

  (func (export "call")
    (local $left i32)
    (call $argument_32 (i32.const 0) (i32.const 6) (i32.const 64))
    (local.set $left (call $iterations))
    (memory.copy (i32.const 96) (i32.const 64) (i32.const 32))
    (loop $next
      (if (i32.eqz (call $group_base_multiply (i32.const 96) (i32.const 128)))
        (then (call $reject (i32.const 0) (i32.const 57))))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (if (local.get $left)
        (then
          (call $group_scalar_multiply (i32.const 96) (i32.const 64) (i32.const 96))
          (br $next))))
    (call $result_32 (i32.const 128)))
)
