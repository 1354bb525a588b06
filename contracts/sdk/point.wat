;; point.wat - what contracts on points of the curve have in common: arguments of 32 bytes in base64, a count, a result.

(data (i32.const 4096) " is not base64" " has not the 32 bytes it must have" "iterations"
  " is not a number from 1 to 4294967295")

;; Puts the argument of that name, 32 bytes, to `to`; rejects if it is missing or anything else.
(func $argument_32 (param $name i32) (param $length i32) (param $to i32)
  (local $start i32) (local $size i32)
  (call $need_argument (local.get $name) (local.get $length))
  (local.set $size (call $base64_decode (local.get $to) (i32.const 32)))
  (if (i32.ne (local.get $size) (i32.const 32))
    (then
      (local.set $start (global.get $heap))
      (call $append (local.get $name) (local.get $length))
      (if (i32.lt_s (local.get $size) (i32.const 0))
        (then (call $append (i32.const 4096) (i32.const 14)))
        (else (call $append (i32.const 4110) (i32.const 34))))
      (call $reject (call $built (local.get $start))))))

;; The optional argument `iterations`, 1 if there is none; rejects what is not a number from 1 to 4294967295.
(func $iterations (result i32)
  (local $at i32) (local $left i32) (local $digit i32) (local $count i64)
  (call $find_argument (i32.const 4144) (i32.const 10))
  (local.set $left)
  (local.set $at)
  (if (i32.lt_s (local.get $left) (i32.const 0)) (then (return (i32.const 1))))
  (block $wrong
    (loop $next
      (br_if $wrong (i32.eqz (local.get $left)))
      (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48 (; 0 ;))))
      (br_if $wrong (i32.gt_u (local.get $digit) (i32.const 9)))
      (local.set $count (i64.add (i64.mul (local.get $count) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
      (br_if $wrong (i64.gt_u (local.get $count) (i64.const 0xFFFFFFFF)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (br_if $wrong (i64.eqz (local.get $count)))
    (return (i32.wrap_i64 (local.get $count))))
  (call $reject (i32.const 4144) (i32.const 47))
  (unreachable))

;; Makes the 32 bytes there the result, in base64.
(func $result_32 (param $point i32)
  (local $size i32)
  (local.set $size (call $base64_encode (local.get $point) (i32.const 32) (call $reserve (i32.const 44)) (i32.const 44)))
  (call $result (global.get $heap) (local.get $size)))
