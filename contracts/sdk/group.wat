;; group.wat - the group edwards25519 by the host's functions.  curve.wat has the same without the host.
;;
;; Points and scalars are addresses of 32 bytes; 0: what was given is refused.

(func $group_add (param $a i32) (param $b i32) (param $to i32) (result i32)
  (call $ed25519_add (local.get $a) (local.get $b) (local.get $to)))

(func $group_multiply (param $scalar i32) (param $point i32) (param $to i32) (result i32)
  (call $ed25519_multiply (local.get $scalar) (local.get $point) (local.get $to)))

(func $group_base_multiply (param $scalar i32) (param $to i32) (result i32)
  (call $ed25519_base_multiply (local.get $scalar) (local.get $to)))

(func $group_is_valid_point (param $point i32) (result i32)
  (call $ed25519_is_valid_point (local.get $point)))

(func $group_scalar_multiply (param $a i32) (param $b i32) (param $to i32)
  (call $ed25519_scalar_multiply (local.get $a) (local.get $b) (local.get $to)))
