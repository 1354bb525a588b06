;; ed25519 - adds points of the curve, with the host's libsodium or compiled in.  contracts/c/ed25519 says what it takes,
;; gives and refuses.
(module
  (@dela imports) (@dela contract) (@dela point) (@dela group)

  (data (i32.const 0) "point1" "point2" " is not a point of the curve")
  (data (i32.const 64) "\01") ;; the identity, 32 bytes
  ;; point1, to which is added, is at 96, point2 at 128

  ;; Adding the identity tells whether a point is one.
  (func $is_point (param $point i32) (result i32)
    (call $group_add (local.get $point) (i32.const 64) (i32.const 160)))

  (func $refuse (param $name i32)
    (local $start i32)
    (local.set $start (global.get $heap))
    (call $append (local.get $name) (i32.const 6))
    (call $append (i32.const 12) (i32.const 28))
    (call $reject (call $built (local.get $start))))

  (func (export "call")
    (local $left i32)
    (call $argument_32 (i32.const 0) (i32.const 6) (i32.const 96))
    (call $argument_32 (i32.const 6) (i32.const 6) (i32.const 128))
    (local.set $left (call $iterations))
    (loop $next
      (if (i32.eqz (call $group_add (i32.const 96) (i32.const 128) (i32.const 96)))
        (then (call $refuse (select (i32.const 6) (i32.const 0) (call $is_point (i32.const 96))))))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $result_32 (i32.const 96)))
)
