;; curve.wat - the group edwards25519, compiled into a contract instead of called in the host: what group.wat has there.
;; contracts/sdk/curve.h says why and how; the functions take, refuse and give what the host's do.
;;
;; Nothing here calls itself, so every number in between has a place of its own in memory, from 4608 to 14160.  Numbers
;; modulo p = 2^255 - 19 are ten limbs of 26 and 25 bits in turn, as i64.  Points are four numbers X, Y, Z, T:
;; x = X / Z, y = Y / Z, x y = T / Z.

;; ---- Places
(global $d i32 (i32.const 4608))  ;; -121665 / 121666
(global $root i32 (i32.const 4688))  ;; sqrt(-1)
(global $zero i32 (i32.const 4768))
(global $one i32 (i32.const 4848))
(global $base_bytes i32 (i32.const 4928))  ;; the base point: y = 4/5
(global $order_bytes i32 (i32.const 4960))  ;; of the group
(global $one_bytes i32 (i32.const 4992))
(global $zero_bytes i32 (i32.const 5024))
(global $identity i32 (i32.const 5056))  ;; a point
(data (i32.const 4608)
  "\a3\78\59\03\00\00\00\00\84\72\d3\00\00\00\00\00\bd\6e\15\03\00\00\00\00"
  "\0e\0a\6a\00\00\00\00\00\29\c0\01\00\00\00\00\00\98\e8\79\01\00\00\00\00"
  "\bb\3c\a0\03\00\00\00\00\98\71\ce\01\00\00\00\00\ff\b6\e2\02\00\00\00\00"
  "\b3\0d\48\01\00\00\00\00")
(data (i32.const 4688)
  "\b0\a0\0e\02\00\00\00\00\d2\c9\86\01\00\00\00\00\9d\18\8f\00\00\00\00\00"
  "\7f\69\35\00\00\00\00\00\60\0c\bd\00\00\00\00\00\a7\d7\fb\01\00\00\00\00"
  "\9e\4c\80\02\00\00\00\00\69\65\e1\01\00\00\00\00\1d\fc\04\00\00\00\00\00"
  "\92\0c\ae\00\00\00\00\00")
(data (i32.const 4848) "\01")
(data (i32.const 4928)
  "\58\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66\66"
  "\66\66\66\66\66\66\66\66")
(data (i32.const 4960)
  "\ed\d3\f5\5c\1a\63\12\58\d6\9c\f7\a2\de\f9\de\14\00\00\00\00\00\00\00\00"
  "\00\00\00\00\00\00\00\10")
(data (i32.const 4992) "\01")
(data (i32.const 5136) "\01")
(data (i32.const 5216) "\01")

(global $left_bytes i32 (i32.const 5376))
(global $right_bytes i32 (i32.const 5408))
(global $canonical i32 (i32.const 5440))
(global $reduced i32 (i32.const 5472))
(global $remainder i32 (i32.const 5504))
(global $wide i32 (i32.const 5536))  ;; 64 bytes
(global $squared i32 (i32.const 5600))
(global $raised i32 (i32.const 5680))
(global $power i32 (i32.const 5760))
(global $eleven i32 (i32.const 5840))
(global $two i32 (i32.const 5920))
(global $nine i32 (i32.const 6000))
(global $e5 i32 (i32.const 6080))
(global $e10 i32 (i32.const 6160))
(global $e20 i32 (i32.const 6240))
(global $e40 i32 (i32.const 6320))
(global $e50 i32 (i32.const 6400))
(global $e100 i32 (i32.const 6480))
(global $e200 i32 (i32.const 6560))
(global $A i32 (i32.const 6640))
(global $B i32 (i32.const 6720))
(global $C i32 (i32.const 6800))
(global $D i32 (i32.const 6880))
(global $E i32 (i32.const 6960))
(global $F i32 (i32.const 7040))
(global $G i32 (i32.const 7120))
(global $H i32 (i32.const 7200))
(global $left i32 (i32.const 7280))
(global $right i32 (i32.const 7360))
(global $inverse i32 (i32.const 7440))
(global $u i32 (i32.const 7520))
(global $v i32 (i32.const 7600))
(global $v3 i32 (i32.const 7680))
(global $uv3 i32 (i32.const 7760))
(global $x i32 (i32.const 7840))
(global $minus_u i32 (i32.const 7920))
(global $y i32 (i32.const 8000))
(global $product_point i32 (i32.const 8080))
(global $first i32 (i32.const 8400))
(global $second i32 (i32.const 8720))
(global $multiples i32 (i32.const 9040))  ;; sixteen points

;; ---- Numbers modulo p

;; to = a * b; the three may be one.  Written out, as loops would cost four times the fuel.  n is 19 times a limb of b,
;; for products from 2^255 on; d twice one of a, where both have odd places.
(func $product (param $a i32) (param $b i32) (param $to i32)
  (local $a0 i64) (local $a1 i64) (local $a2 i64) (local $a3 i64) (local $a4 i64) (local $a5 i64) (local $a6 i64)
  (local $a7 i64) (local $a8 i64) (local $a9 i64) (local $b0 i64) (local $b1 i64) (local $b2 i64) (local $b3 i64)
  (local $b4 i64) (local $b5 i64) (local $b6 i64) (local $b7 i64) (local $b8 i64) (local $b9 i64) (local $r0 i64)
  (local $r1 i64) (local $r2 i64) (local $r3 i64) (local $r4 i64) (local $r5 i64) (local $r6 i64) (local $r7 i64)
  (local $r8 i64) (local $r9 i64) (local $n1 i64) (local $n2 i64) (local $n3 i64) (local $n4 i64) (local $n5 i64)
  (local $n6 i64) (local $n7 i64) (local $n8 i64) (local $n9 i64) (local $d1 i64) (local $d3 i64) (local $d5 i64)
  (local $d7 i64) (local $d9 i64)
  (local.set $a0 (i64.load offset=0 (local.get $a)))
  (local.set $a1 (i64.load offset=8 (local.get $a)))
  (local.set $a2 (i64.load offset=16 (local.get $a)))
  (local.set $a3 (i64.load offset=24 (local.get $a)))
  (local.set $a4 (i64.load offset=32 (local.get $a)))
  (local.set $a5 (i64.load offset=40 (local.get $a)))
  (local.set $a6 (i64.load offset=48 (local.get $a)))
  (local.set $a7 (i64.load offset=56 (local.get $a)))
  (local.set $a8 (i64.load offset=64 (local.get $a)))
  (local.set $a9 (i64.load offset=72 (local.get $a)))
  (local.set $b0 (i64.load offset=0 (local.get $b)))
  (local.set $b1 (i64.load offset=8 (local.get $b)))
  (local.set $b2 (i64.load offset=16 (local.get $b)))
  (local.set $b3 (i64.load offset=24 (local.get $b)))
  (local.set $b4 (i64.load offset=32 (local.get $b)))
  (local.set $b5 (i64.load offset=40 (local.get $b)))
  (local.set $b6 (i64.load offset=48 (local.get $b)))
  (local.set $b7 (i64.load offset=56 (local.get $b)))
  (local.set $b8 (i64.load offset=64 (local.get $b)))
  (local.set $b9 (i64.load offset=72 (local.get $b)))
  (local.set $n1 (i64.mul (local.get $b1) (i64.const 19)))
  (local.set $n2 (i64.mul (local.get $b2) (i64.const 19)))
  (local.set $n3 (i64.mul (local.get $b3) (i64.const 19)))
  (local.set $n4 (i64.mul (local.get $b4) (i64.const 19)))
  (local.set $n5 (i64.mul (local.get $b5) (i64.const 19)))
  (local.set $n6 (i64.mul (local.get $b6) (i64.const 19)))
  (local.set $n7 (i64.mul (local.get $b7) (i64.const 19)))
  (local.set $n8 (i64.mul (local.get $b8) (i64.const 19)))
  (local.set $n9 (i64.mul (local.get $b9) (i64.const 19)))
  (local.set $d1 (i64.shl (local.get $a1) (i64.const 1)))
  (local.set $d3 (i64.shl (local.get $a3) (i64.const 1)))
  (local.set $d5 (i64.shl (local.get $a5) (i64.const 1)))
  (local.set $d7 (i64.shl (local.get $a7) (i64.const 1)))
  (local.set $d9 (i64.shl (local.get $a9) (i64.const 1)))
  (i64.mul (local.get $a0) (local.get $b0)) (i64.mul (local.get $d1) (local.get $n9)) i64.add
  (i64.mul (local.get $a2) (local.get $n8)) i64.add (i64.mul (local.get $d3) (local.get $n7)) i64.add
  (i64.mul (local.get $a4) (local.get $n6)) i64.add (i64.mul (local.get $d5) (local.get $n5)) i64.add
  (i64.mul (local.get $a6) (local.get $n4)) i64.add (i64.mul (local.get $d7) (local.get $n3)) i64.add
  (i64.mul (local.get $a8) (local.get $n2)) i64.add (i64.mul (local.get $d9) (local.get $n1)) i64.add
  local.set $r0
  (i64.mul (local.get $a0) (local.get $b1)) (i64.mul (local.get $a1) (local.get $b0)) i64.add
  (i64.mul (local.get $a2) (local.get $n9)) i64.add (i64.mul (local.get $a3) (local.get $n8)) i64.add
  (i64.mul (local.get $a4) (local.get $n7)) i64.add (i64.mul (local.get $a5) (local.get $n6)) i64.add
  (i64.mul (local.get $a6) (local.get $n5)) i64.add (i64.mul (local.get $a7) (local.get $n4)) i64.add
  (i64.mul (local.get $a8) (local.get $n3)) i64.add (i64.mul (local.get $a9) (local.get $n2)) i64.add
  local.set $r1
  (i64.mul (local.get $a0) (local.get $b2)) (i64.mul (local.get $d1) (local.get $b1)) i64.add
  (i64.mul (local.get $a2) (local.get $b0)) i64.add (i64.mul (local.get $d3) (local.get $n9)) i64.add
  (i64.mul (local.get $a4) (local.get $n8)) i64.add (i64.mul (local.get $d5) (local.get $n7)) i64.add
  (i64.mul (local.get $a6) (local.get $n6)) i64.add (i64.mul (local.get $d7) (local.get $n5)) i64.add
  (i64.mul (local.get $a8) (local.get $n4)) i64.add (i64.mul (local.get $d9) (local.get $n3)) i64.add
  local.set $r2
  (i64.mul (local.get $a0) (local.get $b3)) (i64.mul (local.get $a1) (local.get $b2)) i64.add
  (i64.mul (local.get $a2) (local.get $b1)) i64.add (i64.mul (local.get $a3) (local.get $b0)) i64.add
  (i64.mul (local.get $a4) (local.get $n9)) i64.add (i64.mul (local.get $a5) (local.get $n8)) i64.add
  (i64.mul (local.get $a6) (local.get $n7)) i64.add (i64.mul (local.get $a7) (local.get $n6)) i64.add
  (i64.mul (local.get $a8) (local.get $n5)) i64.add (i64.mul (local.get $a9) (local.get $n4)) i64.add
  local.set $r3
  (i64.mul (local.get $a0) (local.get $b4)) (i64.mul (local.get $d1) (local.get $b3)) i64.add
  (i64.mul (local.get $a2) (local.get $b2)) i64.add (i64.mul (local.get $d3) (local.get $b1)) i64.add
  (i64.mul (local.get $a4) (local.get $b0)) i64.add (i64.mul (local.get $d5) (local.get $n9)) i64.add
  (i64.mul (local.get $a6) (local.get $n8)) i64.add (i64.mul (local.get $d7) (local.get $n7)) i64.add
  (i64.mul (local.get $a8) (local.get $n6)) i64.add (i64.mul (local.get $d9) (local.get $n5)) i64.add
  local.set $r4
  (i64.mul (local.get $a0) (local.get $b5)) (i64.mul (local.get $a1) (local.get $b4)) i64.add
  (i64.mul (local.get $a2) (local.get $b3)) i64.add (i64.mul (local.get $a3) (local.get $b2)) i64.add
  (i64.mul (local.get $a4) (local.get $b1)) i64.add (i64.mul (local.get $a5) (local.get $b0)) i64.add
  (i64.mul (local.get $a6) (local.get $n9)) i64.add (i64.mul (local.get $a7) (local.get $n8)) i64.add
  (i64.mul (local.get $a8) (local.get $n7)) i64.add (i64.mul (local.get $a9) (local.get $n6)) i64.add
  local.set $r5
  (i64.mul (local.get $a0) (local.get $b6)) (i64.mul (local.get $d1) (local.get $b5)) i64.add
  (i64.mul (local.get $a2) (local.get $b4)) i64.add (i64.mul (local.get $d3) (local.get $b3)) i64.add
  (i64.mul (local.get $a4) (local.get $b2)) i64.add (i64.mul (local.get $d5) (local.get $b1)) i64.add
  (i64.mul (local.get $a6) (local.get $b0)) i64.add (i64.mul (local.get $d7) (local.get $n9)) i64.add
  (i64.mul (local.get $a8) (local.get $n8)) i64.add (i64.mul (local.get $d9) (local.get $n7)) i64.add
  local.set $r6
  (i64.mul (local.get $a0) (local.get $b7)) (i64.mul (local.get $a1) (local.get $b6)) i64.add
  (i64.mul (local.get $a2) (local.get $b5)) i64.add (i64.mul (local.get $a3) (local.get $b4)) i64.add
  (i64.mul (local.get $a4) (local.get $b3)) i64.add (i64.mul (local.get $a5) (local.get $b2)) i64.add
  (i64.mul (local.get $a6) (local.get $b1)) i64.add (i64.mul (local.get $a7) (local.get $b0)) i64.add
  (i64.mul (local.get $a8) (local.get $n9)) i64.add (i64.mul (local.get $a9) (local.get $n8)) i64.add
  local.set $r7
  (i64.mul (local.get $a0) (local.get $b8)) (i64.mul (local.get $d1) (local.get $b7)) i64.add
  (i64.mul (local.get $a2) (local.get $b6)) i64.add (i64.mul (local.get $d3) (local.get $b5)) i64.add
  (i64.mul (local.get $a4) (local.get $b4)) i64.add (i64.mul (local.get $d5) (local.get $b3)) i64.add
  (i64.mul (local.get $a6) (local.get $b2)) i64.add (i64.mul (local.get $d7) (local.get $b1)) i64.add
  (i64.mul (local.get $a8) (local.get $b0)) i64.add (i64.mul (local.get $d9) (local.get $n9)) i64.add
  local.set $r8
  (i64.mul (local.get $a0) (local.get $b9)) (i64.mul (local.get $a1) (local.get $b8)) i64.add
  (i64.mul (local.get $a2) (local.get $b7)) i64.add (i64.mul (local.get $a3) (local.get $b6)) i64.add
  (i64.mul (local.get $a4) (local.get $b5)) i64.add (i64.mul (local.get $a5) (local.get $b4)) i64.add
  (i64.mul (local.get $a6) (local.get $b3)) i64.add (i64.mul (local.get $a7) (local.get $b2)) i64.add
  (i64.mul (local.get $a8) (local.get $b1)) i64.add (i64.mul (local.get $a9) (local.get $b0)) i64.add
  local.set $r9
  ;; limbs below 2^62 in size are brought into [0, 2^26]; the carry goes along on the stack
  i64.const 0
  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s  local.get $r0 i64.const 67108863 i64.and local.set $r0
  local.get $r1 i64.add local.tee $r1 i64.const 25 i64.shr_s  local.get $r1 i64.const 33554431 i64.and local.set $r1
  local.get $r2 i64.add local.tee $r2 i64.const 26 i64.shr_s  local.get $r2 i64.const 67108863 i64.and local.set $r2
  local.get $r3 i64.add local.tee $r3 i64.const 25 i64.shr_s  local.get $r3 i64.const 33554431 i64.and local.set $r3
  local.get $r4 i64.add local.tee $r4 i64.const 26 i64.shr_s  local.get $r4 i64.const 67108863 i64.and local.set $r4
  local.get $r5 i64.add local.tee $r5 i64.const 25 i64.shr_s  local.get $r5 i64.const 33554431 i64.and local.set $r5
  local.get $r6 i64.add local.tee $r6 i64.const 26 i64.shr_s  local.get $r6 i64.const 67108863 i64.and local.set $r6
  local.get $r7 i64.add local.tee $r7 i64.const 25 i64.shr_s  local.get $r7 i64.const 33554431 i64.and local.set $r7
  local.get $r8 i64.add local.tee $r8 i64.const 26 i64.shr_s  local.get $r8 i64.const 67108863 i64.and local.set $r8
  local.get $r9 i64.add local.tee $r9 i64.const 25 i64.shr_s  local.get $r9 i64.const 33554431 i64.and local.set $r9
  i64.const 19 i64.mul  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s
  local.get $r0 i64.const 67108863 i64.and local.set $r0  local.get $r1 i64.add local.set $r1
  (i64.store offset=0 (local.get $to) (local.get $r0))
  (i64.store offset=8 (local.get $to) (local.get $r1))
  (i64.store offset=16 (local.get $to) (local.get $r2))
  (i64.store offset=24 (local.get $to) (local.get $r3))
  (i64.store offset=32 (local.get $to) (local.get $r4))
  (i64.store offset=40 (local.get $to) (local.get $r5))
  (i64.store offset=48 (local.get $to) (local.get $r6))
  (i64.store offset=56 (local.get $to) (local.get $r7))
  (i64.store offset=64 (local.get $to) (local.get $r8))
  (i64.store offset=72 (local.get $to) (local.get $r9)))

(func $sum (param $a i32) (param $b i32) (param $to i32)
  (i64.store (local.get $to)
    (i64.add (i64.load (local.get $a)) (i64.load (local.get $b))))
  (i64.store offset=8 (local.get $to)
    (i64.add (i64.load offset=8 (local.get $a)) (i64.load offset=8 (local.get $b))))
  (i64.store offset=16 (local.get $to)
    (i64.add (i64.load offset=16 (local.get $a)) (i64.load offset=16 (local.get $b))))
  (i64.store offset=24 (local.get $to)
    (i64.add (i64.load offset=24 (local.get $a)) (i64.load offset=24 (local.get $b))))
  (i64.store offset=32 (local.get $to)
    (i64.add (i64.load offset=32 (local.get $a)) (i64.load offset=32 (local.get $b))))
  (i64.store offset=40 (local.get $to)
    (i64.add (i64.load offset=40 (local.get $a)) (i64.load offset=40 (local.get $b))))
  (i64.store offset=48 (local.get $to)
    (i64.add (i64.load offset=48 (local.get $a)) (i64.load offset=48 (local.get $b))))
  (i64.store offset=56 (local.get $to)
    (i64.add (i64.load offset=56 (local.get $a)) (i64.load offset=56 (local.get $b))))
  (i64.store offset=64 (local.get $to)
    (i64.add (i64.load offset=64 (local.get $a)) (i64.load offset=64 (local.get $b))))
  (i64.store offset=72 (local.get $to)
    (i64.add (i64.load offset=72 (local.get $a)) (i64.load offset=72 (local.get $b)))))

(func $difference (param $a i32) (param $b i32) (param $to i32)
  (i64.store (local.get $to)
    (i64.sub (i64.load (local.get $a)) (i64.load (local.get $b))))
  (i64.store offset=8 (local.get $to)
    (i64.sub (i64.load offset=8 (local.get $a)) (i64.load offset=8 (local.get $b))))
  (i64.store offset=16 (local.get $to)
    (i64.sub (i64.load offset=16 (local.get $a)) (i64.load offset=16 (local.get $b))))
  (i64.store offset=24 (local.get $to)
    (i64.sub (i64.load offset=24 (local.get $a)) (i64.load offset=24 (local.get $b))))
  (i64.store offset=32 (local.get $to)
    (i64.sub (i64.load offset=32 (local.get $a)) (i64.load offset=32 (local.get $b))))
  (i64.store offset=40 (local.get $to)
    (i64.sub (i64.load offset=40 (local.get $a)) (i64.load offset=40 (local.get $b))))
  (i64.store offset=48 (local.get $to)
    (i64.sub (i64.load offset=48 (local.get $a)) (i64.load offset=48 (local.get $b))))
  (i64.store offset=56 (local.get $to)
    (i64.sub (i64.load offset=56 (local.get $a)) (i64.load offset=56 (local.get $b))))
  (i64.store offset=64 (local.get $to)
    (i64.sub (i64.load offset=64 (local.get $a)) (i64.load offset=64 (local.get $b))))
  (i64.store offset=72 (local.get $to)
    (i64.sub (i64.load offset=72 (local.get $a)) (i64.load offset=72 (local.get $b)))))

;; to = a^(2^count), count at least 1
(func $squares (param $a i32) (param $count i32) (param $to i32)
  (call $product (local.get $a) (local.get $a) (local.get $to))
  (block $end
    (loop $next
      (br_if $end (i32.eqz (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (call $product (local.get $to) (local.get $to) (local.get $to))
      (br $next))))

;; to = a^(2^count) * b
(func $squares_times (param $a i32) (param $count i32) (param $b i32) (param $to i32)
  (call $squares (local.get $a) (local.get $count) (global.get $squared))
  (call $product (global.get $squared) (local.get $b) (local.get $to)))

;; $power = $raised^(2^250 - 1), $eleven = $raised^11
(func $raise
  (call $squares (global.get $raised) (i32.const 1) (global.get $two))
  (call $squares_times (global.get $two) (i32.const 2) (global.get $raised) (global.get $nine))
  (call $product (global.get $two) (global.get $nine) (global.get $eleven))
  (call $squares_times (global.get $eleven) (i32.const 1) (global.get $nine) (global.get $e5))
  (call $squares_times (global.get $e5) (i32.const 5) (global.get $e5) (global.get $e10))
  (call $squares_times (global.get $e10) (i32.const 10) (global.get $e10) (global.get $e20))
  (call $squares_times (global.get $e20) (i32.const 20) (global.get $e20) (global.get $e40))
  (call $squares_times (global.get $e40) (i32.const 10) (global.get $e10) (global.get $e50))
  (call $squares_times (global.get $e50) (i32.const 50) (global.get $e50) (global.get $e100))
  (call $squares_times (global.get $e100) (i32.const 100) (global.get $e100) (global.get $e200))
  (call $squares_times (global.get $e200) (i32.const 50) (global.get $e50) (global.get $power)))

;; The low 255 bits.
(func $read_number (param $bytes i32) (param $to i32)
  (i64.store (local.get $to)
    (i64.and (i64.load align=1 (local.get $bytes)) (i64.const 67108863)))
  (i64.store offset=8 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=3 align=1 (local.get $bytes)) (i64.const 2)) (i64.const 33554431)))
  (i64.store offset=16 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=6 align=1 (local.get $bytes)) (i64.const 3)) (i64.const 67108863)))
  (i64.store offset=24 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=9 align=1 (local.get $bytes)) (i64.const 5)) (i64.const 33554431)))
  (i64.store offset=32 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=12 align=1 (local.get $bytes)) (i64.const 6)) (i64.const 67108863)))
  (i64.store offset=40 (local.get $to)
    (i64.and (i64.load offset=16 align=1 (local.get $bytes)) (i64.const 33554431)))
  (i64.store offset=48 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=19 align=1 (local.get $bytes)) (i64.const 1)) (i64.const 67108863)))
  (i64.store offset=56 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=22 align=1 (local.get $bytes)) (i64.const 3)) (i64.const 33554431)))
  (i64.store offset=64 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=25 align=1 (local.get $bytes)) (i64.const 4)) (i64.const 67108863)))
  (i64.store offset=72 (local.get $to)
    (i64.and (i64.shr_u (i64.load offset=28 align=1 (local.get $bytes)) (i64.const 6)) (i64.const 33554431))))

;; The one encoding below p.
(func $write_number (param $number i32) (param $bytes i32)
  (local $r0 i64) (local $r1 i64) (local $r2 i64) (local $r3 i64) (local $r4 i64) (local $r5 i64) (local $r6 i64)
  (local $r7 i64) (local $r8 i64) (local $r9 i64)
  (local.set $r0 (i64.load offset=0 (local.get $number)))
  (local.set $r1 (i64.load offset=8 (local.get $number)))
  (local.set $r2 (i64.load offset=16 (local.get $number)))
  (local.set $r3 (i64.load offset=24 (local.get $number)))
  (local.set $r4 (i64.load offset=32 (local.get $number)))
  (local.set $r5 (i64.load offset=40 (local.get $number)))
  (local.set $r6 (i64.load offset=48 (local.get $number)))
  (local.set $r7 (i64.load offset=56 (local.get $number)))
  (local.set $r8 (i64.load offset=64 (local.get $number)))
  (local.set $r9 (i64.load offset=72 (local.get $number)))
  i64.const 0
  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s  local.get $r0 i64.const 67108863 i64.and local.set $r0
  local.get $r1 i64.add local.tee $r1 i64.const 25 i64.shr_s  local.get $r1 i64.const 33554431 i64.and local.set $r1
  local.get $r2 i64.add local.tee $r2 i64.const 26 i64.shr_s  local.get $r2 i64.const 67108863 i64.and local.set $r2
  local.get $r3 i64.add local.tee $r3 i64.const 25 i64.shr_s  local.get $r3 i64.const 33554431 i64.and local.set $r3
  local.get $r4 i64.add local.tee $r4 i64.const 26 i64.shr_s  local.get $r4 i64.const 67108863 i64.and local.set $r4
  local.get $r5 i64.add local.tee $r5 i64.const 25 i64.shr_s  local.get $r5 i64.const 33554431 i64.and local.set $r5
  local.get $r6 i64.add local.tee $r6 i64.const 26 i64.shr_s  local.get $r6 i64.const 67108863 i64.and local.set $r6
  local.get $r7 i64.add local.tee $r7 i64.const 25 i64.shr_s  local.get $r7 i64.const 33554431 i64.and local.set $r7
  local.get $r8 i64.add local.tee $r8 i64.const 26 i64.shr_s  local.get $r8 i64.const 67108863 i64.and local.set $r8
  local.get $r9 i64.add local.tee $r9 i64.const 25 i64.shr_s  local.get $r9 i64.const 33554431 i64.and local.set $r9
  i64.const 19 i64.mul  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s
  local.get $r0 i64.const 67108863 i64.and local.set $r0  local.get $r1 i64.add local.set $r1
  i64.const 0
  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s  local.get $r0 i64.const 67108863 i64.and local.set $r0
  local.get $r1 i64.add local.tee $r1 i64.const 25 i64.shr_s  local.get $r1 i64.const 33554431 i64.and local.set $r1
  local.get $r2 i64.add local.tee $r2 i64.const 26 i64.shr_s  local.get $r2 i64.const 67108863 i64.and local.set $r2
  local.get $r3 i64.add local.tee $r3 i64.const 25 i64.shr_s  local.get $r3 i64.const 33554431 i64.and local.set $r3
  local.get $r4 i64.add local.tee $r4 i64.const 26 i64.shr_s  local.get $r4 i64.const 67108863 i64.and local.set $r4
  local.get $r5 i64.add local.tee $r5 i64.const 25 i64.shr_s  local.get $r5 i64.const 33554431 i64.and local.set $r5
  local.get $r6 i64.add local.tee $r6 i64.const 26 i64.shr_s  local.get $r6 i64.const 67108863 i64.and local.set $r6
  local.get $r7 i64.add local.tee $r7 i64.const 25 i64.shr_s  local.get $r7 i64.const 33554431 i64.and local.set $r7
  local.get $r8 i64.add local.tee $r8 i64.const 26 i64.shr_s  local.get $r8 i64.const 67108863 i64.and local.set $r8
  local.get $r9 i64.add local.tee $r9 i64.const 25 i64.shr_s  local.get $r9 i64.const 33554431 i64.and local.set $r9
  i64.const 19 i64.mul  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s
  local.get $r0 i64.const 67108863 i64.and local.set $r0  local.get $r1 i64.add local.set $r1
  ;; Below 2^255 now.  With 19 added it reaches 2^255 exactly if it is not below p; then that bit is dropped.
  i64.const 19
  local.get $r0 i64.add i64.const 26 i64.shr_s  local.get $r1 i64.add i64.const 25 i64.shr_s
  local.get $r2 i64.add i64.const 26 i64.shr_s  local.get $r3 i64.add i64.const 25 i64.shr_s
  local.get $r4 i64.add i64.const 26 i64.shr_s  local.get $r5 i64.add i64.const 25 i64.shr_s
  local.get $r6 i64.add i64.const 26 i64.shr_s  local.get $r7 i64.add i64.const 25 i64.shr_s
  local.get $r8 i64.add i64.const 26 i64.shr_s  local.get $r9 i64.add i64.const 25 i64.shr_s
  i64.const 19 i64.mul
  local.get $r0 i64.add local.tee $r0 i64.const 26 i64.shr_s  local.get $r0 i64.const 67108863 i64.and local.set $r0
  local.get $r1 i64.add local.tee $r1 i64.const 25 i64.shr_s  local.get $r1 i64.const 33554431 i64.and local.set $r1
  local.get $r2 i64.add local.tee $r2 i64.const 26 i64.shr_s  local.get $r2 i64.const 67108863 i64.and local.set $r2
  local.get $r3 i64.add local.tee $r3 i64.const 25 i64.shr_s  local.get $r3 i64.const 33554431 i64.and local.set $r3
  local.get $r4 i64.add local.tee $r4 i64.const 26 i64.shr_s  local.get $r4 i64.const 67108863 i64.and local.set $r4
  local.get $r5 i64.add local.tee $r5 i64.const 25 i64.shr_s  local.get $r5 i64.const 33554431 i64.and local.set $r5
  local.get $r6 i64.add local.tee $r6 i64.const 26 i64.shr_s  local.get $r6 i64.const 67108863 i64.and local.set $r6
  local.get $r7 i64.add local.tee $r7 i64.const 25 i64.shr_s  local.get $r7 i64.const 33554431 i64.and local.set $r7
  local.get $r8 i64.add local.tee $r8 i64.const 26 i64.shr_s  local.get $r8 i64.const 67108863 i64.and local.set $r8
  local.get $r9 i64.add local.tee $r9 i64.const 25 i64.shr_s  local.get $r9 i64.const 33554431 i64.and local.set $r9
  drop
  local.get $bytes
  (local.get $r0) (i64.shl (local.get $r1) (i64.const 26)) i64.or (i64.shl (local.get $r2) (i64.const 51)) i64.or
  i64.store align=1
  local.get $bytes
  (i64.shr_u (local.get $r2) (i64.const 13)) (i64.shl (local.get $r3) (i64.const 13)) i64.or
  (i64.shl (local.get $r4) (i64.const 38)) i64.or
  i64.store offset=8 align=1
  local.get $bytes
  (local.get $r5) (i64.shl (local.get $r6) (i64.const 25)) i64.or (i64.shl (local.get $r7) (i64.const 51)) i64.or
  i64.store offset=16 align=1
  local.get $bytes
  (i64.shr_u (local.get $r7) (i64.const 13)) (i64.shl (local.get $r8) (i64.const 12)) i64.or
  (i64.shl (local.get $r9) (i64.const 38)) i64.or
  i64.store offset=24 align=1)

(func $same_bytes (param $a i32) (param $b i32) (result i32)
  (i64.xor (i64.load align=1 (local.get $a)) (i64.load align=1 (local.get $b)))
  (i64.xor (i64.load offset=8 align=1 (local.get $a)) (i64.load offset=8 align=1 (local.get $b))) i64.or
  (i64.xor (i64.load offset=16 align=1 (local.get $a)) (i64.load offset=16 align=1 (local.get $b))) i64.or
  (i64.xor (i64.load offset=24 align=1 (local.get $a)) (i64.load offset=24 align=1 (local.get $b))) i64.or
  i64.eqz)

(func $same_number (param $a i32) (param $b i32) (result i32)
  (call $write_number (local.get $a) (global.get $left_bytes))
  (call $write_number (local.get $b) (global.get $right_bytes))
  (call $same_bytes (global.get $left_bytes) (global.get $right_bytes)))

(func $copy_number (param $from i32) (param $to i32)
  (memory.copy (local.get $to) (local.get $from) (i32.const 80)))

;; ---- Points

(func $Y (param $point i32) (result i32) (i32.add (local.get $point) (i32.const 80)))
(func $Z (param $point i32) (result i32) (i32.add (local.get $point) (i32.const 160)))
(func $T (param $point i32) (result i32) (i32.add (local.get $point) (i32.const 240)))
(func $copy_point (param $from i32) (param $to i32)
  (memory.copy (local.get $to) (local.get $from) (i32.const 320)))

;; What both formulas below end with.
(func $complete (param $to i32)
  (call $product (global.get $E) (global.get $F) (local.get $to))
  (call $product (global.get $G) (global.get $H) (call $Y (local.get $to)))
  (call $product (global.get $F) (global.get $G) (call $Z (local.get $to)))
  (call $product (global.get $E) (global.get $H) (call $T (local.get $to))))

(func $add_points (param $a i32) (param $b i32) (param $to i32)
  (call $difference (call $Y (local.get $a)) (local.get $a) (global.get $left))
  (call $difference (call $Y (local.get $b)) (local.get $b) (global.get $right))
  (call $product (global.get $left) (global.get $right) (global.get $A))
  (call $sum (call $Y (local.get $a)) (local.get $a) (global.get $left))
  (call $sum (call $Y (local.get $b)) (local.get $b) (global.get $right))
  (call $product (global.get $left) (global.get $right) (global.get $B))
  (call $product (call $T (local.get $a)) (call $T (local.get $b)) (global.get $C))
  (call $sum (global.get $d) (global.get $d) (global.get $right))
  (call $product (global.get $C) (global.get $right) (global.get $C))
  (call $product (call $Z (local.get $a)) (call $Z (local.get $b)) (global.get $D))
  (call $sum (global.get $D) (global.get $D) (global.get $D))
  (call $difference (global.get $B) (global.get $A) (global.get $E))
  (call $difference (global.get $D) (global.get $C) (global.get $F))
  (call $sum (global.get $D) (global.get $C) (global.get $G))
  (call $sum (global.get $B) (global.get $A) (global.get $H))
  (call $complete (local.get $to)))

(func $double_point (param $a i32) (param $to i32)
  (call $product (local.get $a) (local.get $a) (global.get $A))
  (call $product (call $Y (local.get $a)) (call $Y (local.get $a)) (global.get $B))
  (call $product (call $Z (local.get $a)) (call $Z (local.get $a)) (global.get $C))
  (call $sum (global.get $C) (global.get $C) (global.get $C))
  (call $sum (local.get $a) (call $Y (local.get $a)) (global.get $left))
  (call $product (global.get $left) (global.get $left) (global.get $left))
  (call $sum (global.get $A) (global.get $B) (global.get $H))
  (call $difference (global.get $H) (global.get $left) (global.get $E))
  (call $difference (global.get $A) (global.get $B) (global.get $G))
  (call $sum (global.get $C) (global.get $G) (global.get $F))
  (call $complete (local.get $to)))

(func $encode (param $a i32) (param $bytes i32)
  (call $copy_number (call $Z (local.get $a)) (global.get $raised))
  (call $raise)
  (call $squares_times (global.get $power) (i32.const 5) (global.get $eleven) (global.get $inverse))
  (call $product (local.get $a) (global.get $inverse) (global.get $left))
  (call $product (call $Y (local.get $a)) (global.get $inverse) (global.get $right))
  (call $write_number (global.get $left) (global.get $left_bytes))
  (call $write_number (global.get $right) (local.get $bytes))
  (i32.store8 offset=31 (local.get $bytes)
    (i32.or (i32.load8_u offset=31 (local.get $bytes)) (i32.shl (i32.load8_u (global.get $left_bytes)) (i32.const 7)))))

;; 0 for what is no canonical encoding of a point of the curve.
(func $decode (param $bytes i32) (param $to i32) (result i32)
  (call $read_number (local.get $bytes) (global.get $y))
  (call $write_number (global.get $y) (global.get $canonical))
  (i32.store8 offset=31 (global.get $canonical)
    (i32.or (i32.load8_u offset=31 (global.get $canonical))
            (i32.and (i32.load8_u offset=31 (local.get $bytes)) (i32.const 0x80))))
  (if (i32.eqz (call $same_bytes (global.get $canonical) (local.get $bytes)))
    (then (return (i32.const 0))))
  ;; x^2 = u / v; the root is u v^3 (u v^7)^((p - 5) / 8), perhaps times sqrt(-1)
  (call $product (global.get $y) (global.get $y) (global.get $left))
  (call $product (global.get $d) (global.get $left) (global.get $right))
  (call $difference (global.get $left) (global.get $one) (global.get $u))
  (call $sum (global.get $right) (global.get $one) (global.get $v))
  (call $product (global.get $v) (global.get $v) (global.get $left))
  (call $product (global.get $left) (global.get $v) (global.get $v3))
  (call $product (global.get $u) (global.get $v3) (global.get $uv3))
  (call $product (global.get $left) (global.get $left) (global.get $right))
  (call $product (global.get $uv3) (global.get $right) (global.get $raised))
  (call $raise)
  (call $squares_times (global.get $power) (i32.const 2) (global.get $raised) (global.get $power))
  (call $product (global.get $uv3) (global.get $power) (global.get $x))
  (call $product (global.get $x) (global.get $x) (global.get $left))
  (call $product (global.get $v) (global.get $left) (global.get $right))
  (if (i32.eqz (call $same_number (global.get $right) (global.get $u)))
    (then
      (call $difference (global.get $zero) (global.get $u) (global.get $minus_u))
      (if (i32.eqz (call $same_number (global.get $right) (global.get $minus_u)))
        (then (return (i32.const 0))))
      (call $product (global.get $x) (global.get $root) (global.get $x))))
  ;; the sign that is asked for; zero has one only
  (if (i32.and (call $same_number (global.get $x) (global.get $zero))
               (i32.shr_u (i32.load8_u offset=31 (local.get $bytes)) (i32.const 7)))
    (then (return (i32.const 0))))
  (call $write_number (global.get $x) (global.get $left_bytes))
  (if (i32.ne (i32.and (i32.load8_u (global.get $left_bytes)) (i32.const 1))
              (i32.shr_u (i32.load8_u offset=31 (local.get $bytes)) (i32.const 7)))
    (then
      (call $difference (global.get $zero) (global.get $x) (global.get $x))
      (call $product (global.get $x) (global.get $one) (global.get $x)))) ;; reduces it
  (call $copy_number (global.get $x) (local.get $to))
  (call $copy_number (global.get $y) (call $Y (local.get $to)))
  (call $copy_number (global.get $one) (call $Z (local.get $to)))
  (call $product (global.get $x) (global.get $y) (call $T (local.get $to)))
  (i32.const 1))

(func $is_identity (param $a i32) (result i32)
  (i32.and (call $same_number (local.get $a) (global.get $zero))
           (call $same_number (call $Y (local.get $a)) (call $Z (local.get $a)))))

(func $multiple (param $number i32) (result i32)
  (i32.add (global.get $multiples) (i32.mul (local.get $number) (i32.const 320))))

;; to = scalar * a; the scalar is any 256-bit number.  Four bits at a time from the top.
(func $times (param $scalar i32) (param $a i32) (param $to i32)
  (local $at i32) (local $digit i32)
  (call $copy_point (local.get $a) (call $multiple (i32.const 1)))
  (local.set $at (i32.const 2))
  (loop $next
    (if (i32.and (local.get $at) (i32.const 1))
      (then
        (call $add_points (call $multiple (i32.sub (local.get $at) (i32.const 1))) (call $multiple (i32.const 1))
          (call $multiple (local.get $at))))
      (else
        (call $double_point (call $multiple (i32.shr_u (local.get $at) (i32.const 1)))
          (call $multiple (local.get $at)))))
    (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 16))))
  (call $copy_point (global.get $identity) (global.get $product_point))
  (local.set $at (i32.const 64))
  (loop $next
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (call $double_point (global.get $product_point) (global.get $product_point))
    (call $double_point (global.get $product_point) (global.get $product_point))
    (call $double_point (global.get $product_point) (global.get $product_point))
    (call $double_point (global.get $product_point) (global.get $product_point))
    (local.set $digit
      (i32.and (i32.const 15)
        (i32.shr_u (i32.load8_u (i32.add (local.get $scalar) (i32.shr_u (local.get $at) (i32.const 1))))
                   (i32.shl (i32.and (local.get $at) (i32.const 1)) (i32.const 2)))))
    (if (local.get $digit)
      (then
        (call $add_points (global.get $product_point) (call $multiple (local.get $digit)) (global.get $product_point))))
    (br_if $next (local.get $at)))
  (call $copy_point (global.get $product_point) (local.get $to)))

;; ---- Scalars

;; to = a * b modulo the group order, in words of 32 bits: the product first, then its bits from the top.
(func $multiply_scalars (param $a i32) (param $b i32) (param $to i32)
  (local $i i32) (local $j i32) (local $place i32) (local $carry i64) (local $word i64)
  (local $bit i32) (local $top i32)
  (memory.fill (global.get $wide) (i32.const 0) (i32.const 64))
  (loop $rows
    (local.set $carry (i64.const 0))
    (local.set $j (i32.const 0))
    (loop $columns
      (local.set $place (i32.add (global.get $wide) (i32.add (local.get $i) (local.get $j))))
      (local.set $carry
        (i64.add (i64.add (local.get $carry) (i64.load32_u (local.get $place)))
          (i64.mul (i64.load32_u align=1 (i32.add (local.get $a) (local.get $i)))
                   (i64.load32_u align=1 (i32.add (local.get $b) (local.get $j))))))
      (i64.store32 (local.get $place) (local.get $carry))
      (local.set $carry (i64.shr_u (local.get $carry) (i64.const 32)))
      (br_if $columns (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 4))) (i32.const 32))))
    (i64.store32 offset=4 (local.get $place) (local.get $carry))
    (br_if $rows (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 32))))
  (memory.fill (global.get $remainder) (i32.const 0) (i32.const 32))
  (local.set $i (i32.const 512))
  (loop $bits
    (local.set $i (i32.sub (local.get $i) (i32.const 1)))
    (local.set $bit
      (i32.and (i32.const 1)
        (i32.shr_u (i32.load8_u (i32.add (global.get $wide) (i32.shr_u (local.get $i) (i32.const 3))))
                   (i32.and (local.get $i) (i32.const 7)))))
    ;; remainder = 2 * remainder + bit, and less the order, with the borrow in $carry
    (local.set $carry (i64.const 0))
    (local.set $j (i32.const 0))
    (loop $words
      (local.set $word (i64.load32_u (i32.add (global.get $remainder) (local.get $j))))
      (local.set $top (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 31))))
      (local.set $word
        (i64.and (i64.const 0xFFFFFFFF)
          (i64.or (i64.shl (local.get $word) (i64.const 1)) (i64.extend_i32_u (local.get $bit)))))
      (local.set $bit (local.get $top))
      (i64.store32 (i32.add (global.get $remainder) (local.get $j)) (local.get $word))
      (local.set $carry
        (i64.sub (i64.add (local.get $carry) (local.get $word))
                 (i64.load32_u (i32.add (global.get $order_bytes) (local.get $j)))))
      (i64.store32 (i32.add (global.get $reduced) (local.get $j)) (local.get $carry))
      (local.set $carry (i64.shr_s (local.get $carry) (i64.const 32)))
      (br_if $words (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 4))) (i32.const 32))))
    (if (i64.eqz (local.get $carry))
      (then (memory.copy (global.get $remainder) (global.get $reduced) (i32.const 32))))
    (br_if $bits (local.get $i)))
  (memory.copy (local.get $to) (global.get $remainder) (i32.const 32)))

;; Below 2^255, and no multiple of the group order?
(func $multiplies (param $scalar i32) (result i32)
  (call $multiply_scalars (local.get $scalar) (global.get $one_bytes) (global.get $canonical))
  (i32.and (i32.eqz (call $same_bytes (global.get $canonical) (global.get $zero_bytes)))
           (i32.lt_u (i32.load8_u offset=31 (local.get $scalar)) (i32.const 0x80))))

;; ---- What the host's functions do

;; Is $first of the prime-order group, and not its identity?
(func $is_main (result i32)
  (call $times (global.get $order_bytes) (global.get $first) (global.get $second))
  (i32.and (call $is_identity (global.get $second)) (i32.eqz (call $is_identity (global.get $first)))))

(func $group_is_valid_point (param $point i32) (result i32)
  (if (i32.eqz (call $decode (local.get $point) (global.get $first)))
    (then (return (i32.const 0))))
  (call $is_main))

(func $group_add (param $a i32) (param $b i32) (param $to i32) (result i32)
  (if (i32.eqz (i32.and (call $decode (local.get $a) (global.get $first))
                        (call $decode (local.get $b) (global.get $second))))
    (then (return (i32.const 0))))
  (call $add_points (global.get $first) (global.get $second) (global.get $first))
  (call $encode (global.get $first) (local.get $to))
  (i32.const 1))

(func $group_multiply (param $scalar i32) (param $point i32) (param $to i32) (result i32)
  (if (i32.eqz (call $group_is_valid_point (local.get $point)))
    (then (return (i32.const 0))))
  (if (i32.eqz (call $multiplies (local.get $scalar)))
    (then (return (i32.const 0))))
  (call $times (local.get $scalar) (global.get $first) (global.get $first))
  (call $encode (global.get $first) (local.get $to))
  (i32.const 1))

(func $group_base_multiply (param $scalar i32) (param $to i32) (result i32)
  (if (i32.eqz (call $multiplies (local.get $scalar)))
    (then (return (i32.const 0))))
  (drop (call $decode (global.get $base_bytes) (global.get $first)))
  (call $times (local.get $scalar) (global.get $first) (global.get $first))
  (call $encode (global.get $first) (local.get $to))
  (i32.const 1))

(func $group_scalar_multiply (param $a i32) (param $b i32) (param $to i32)
  (call $multiply_scalars (local.get $a) (local.get $b) (local.get $to)))
