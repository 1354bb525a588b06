;; contract.wat - what makes writing a contract in WebAssembly's text format bearable: memory, arguments, storage, texts,
;; big decimal numbers.  contracts/sdk/wat puts it behind a contract's own fields where that says (@dela contract).
;;
;; A text is two values on the stack, address and length; -1 as the length means that there is none.  The contract's own
;; data lies below 4000, that of libraries below 16384, what these functions get and make from there on.  Nothing is given
;; back, as every call starts from a fresh memory.

(memory (export "memory") 1)
(global $heap (mut i32) (i32.const 16384)) ;; the first free byte
(data (i32.const 4000) "out of memory" "'" "' not found in tx arg" "1")

;; ---- Memory

;; Bytes from $heap to the end of the memory.
(func $room (result i32)
  (i32.sub (i32.shl (memory.size) (i32.const 16)) (global.get $heap)))

;; Makes `size` bytes at $heap usable and says where that is; rejects when there is no more memory.
(func $reserve (param $size i32) (result i32)
  (if (i32.gt_u (local.get $size) (call $room))
    (then
      (if (i32.eq (i32.const -1)
            (memory.grow (i32.add (i32.const 1) (i32.shr_u (i32.sub (local.get $size) (call $room)) (i32.const 16)))))
        (then (call $reject (i32.const 4000) (i32.const 13))))))
  (global.get $heap))

;; Takes the first `size` bytes of what was reserved; nothing if it is -1.  A text.
(func $keep (param $size i32) (result i32 i32)
  (global.get $heap)
  (local.get $size)
  (if (i32.gt_s (local.get $size) (i32.const 0))
    (then (global.set $heap (i32.add (global.get $heap) (local.get $size))))))

;; ---- Texts are built at $heap: remember it, append, and what lies from there on is the text

(func $append (param $text i32) (param $length i32)
  (memory.copy (call $reserve (local.get $length)) (local.get $text) (local.get $length))
  (global.set $heap (i32.add (global.get $heap) (local.get $length))))

;; The text from `start` to $heap.
(func $built (param $start i32) (result i32 i32)
  (local.get $start)
  (i32.sub (global.get $heap) (local.get $start)))

;; Bytewise order, a proper prefix first: below, at or above zero.
(func $compare (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i32)
  (local $left i32) (local $at i32) (local $difference i32)
  (local.set $left
    (select (local.get $a_length) (local.get $b_length) (i32.lt_u (local.get $a_length) (local.get $b_length))))
  (block $end
    (loop $next
      (br_if $end (i32.eq (local.get $at) (local.get $left)))
      (local.set $difference
        (i32.sub (i32.load8_u (i32.add (local.get $a) (local.get $at)))
                 (i32.load8_u (i32.add (local.get $b) (local.get $at)))))
      (if (local.get $difference) (then (return (local.get $difference))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (i32.sub (local.get $a_length) (local.get $b_length)))

(func $equal (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i32)
  (i32.eqz (call $compare (local.get $a) (local.get $a_length) (local.get $b) (local.get $b_length))))

;; ---- Arguments and storage

;; The argument of that name, or -1 as its length.
(func $find_argument (param $name i32) (param $length i32) (result i32 i32)
  (local $size i32)
  (local.set $size (call $argument (local.get $name) (local.get $length) (global.get $heap) (call $room)))
  (if (i32.gt_s (local.get $size) (call $room))
    (then
      (local.set $size
        (call $argument (local.get $name) (local.get $length) (call $reserve (local.get $size)) (local.get $size)))))
  (call $keep (local.get $size)))

;; Appends, in Dela's words, that there is no such argument.
(func $append_not_found (param $name i32) (param $length i32)
  (call $append (i32.const 4013) (i32.const 1))
  (call $append (local.get $name) (local.get $length))
  (call $append (i32.const 4014) (i32.const 21)))

;; The argument of that name; rejects if there is none or it is empty.
(func $need_argument (param $name i32) (param $length i32) (result i32 i32)
  (local $value i32) (local $size i32)
  (call $find_argument (local.get $name) (local.get $length))
  (local.set $size)
  (local.set $value)
  (if (i32.le_s (local.get $size) (i32.const 0))
    (then
      (local.set $value (global.get $heap))
      (call $append_not_found (local.get $name) (local.get $length))
      (call $reject (call $built (local.get $value)))))
  (local.get $value)
  (local.get $size))

;; The stored value, or -1 as its length.
(func $stored (param $key i32) (param $length i32) (result i32 i32)
  (local $size i32)
  (local.set $size (call $storage_get (local.get $key) (local.get $length) (global.get $heap) (call $room)))
  (if (i32.gt_s (local.get $size) (call $room))
    (then
      (local.set $size
        (call $storage_get (local.get $key) (local.get $length) (call $reserve (local.get $size)) (local.get $size)))))
  (call $keep (local.get $size)))

;; ---- Whole numbers of any size, as decimal text

;; 1 for an optional minus and at least one digit.
(func $is_decimal (param $number i32) (param $length i32) (result i32)
  (local $end i32)
  (local.set $end (i32.add (local.get $number) (local.get $length)))
  (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
  (if (i32.eq (i32.load8_u (local.get $number)) (i32.const 45 (; - ;)))
    (then (local.set $number (i32.add (local.get $number) (i32.const 1)))))
  (if (i32.eq (local.get $number) (local.get $end)) (then (return (i32.const 0))))
  (loop $next
    (if (i32.gt_u (i32.sub (i32.load8_u (local.get $number)) (i32.const 48 (; 0 ;))) (i32.const 9))
      (then (return (i32.const 0))))
    (local.set $number (i32.add (local.get $number) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $number) (local.get $end))))
  (i32.const 1))

;; number + 1, without leading zeros; `number` is decimal.
(func $increment (param $number i32) (param $length i32) (result i32 i32)
  (local $end i32) (local $first i32) (local $at i32) (local $negative i32) (local $last i32)
  (local.set $end (i32.add (local.get $number) (local.get $length)))
  (if (i32.eq (i32.load8_u (local.get $number)) (i32.const 45))
    (then
      (local.set $negative (i32.const 1))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))))
  ;; leading zeros go, the last digit stays
  (block $digits
    (loop $next
      (br_if $digits (i32.ge_u (i32.add (local.get $number) (i32.const 1)) (local.get $end)))
      (br_if $digits (i32.ne (i32.load8_u (local.get $number)) (i32.const 48)))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br $next)))
  (if (i32.eq (i32.load8_u (local.get $number)) (i32.const 48)) (then (local.set $negative (i32.const 0))))
  ;; a place in front for a carry or the sign, then the digits
  (call $append (i32.const 4035) (i32.const 1))
  (local.set $first (global.get $heap))
  (call $append (local.get $number) (i32.sub (local.get $end) (local.get $number)))
  ;; away from zero 9 becomes 0 and carries, towards it 0 becomes 9 and borrows
  (local.set $last (select (i32.const 48) (i32.const 57) (local.get $negative)))
  (local.set $at (global.get $heap))
  (block $stop
    (loop $next
      (br_if $stop (i32.eq (local.get $at) (local.get $first)))
      (br_if $stop (i32.ne (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (local.get $last)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.sub (i32.const 105 (; 0 + 9 ;)) (local.get $last)))
      (br $next)))
  (if (i32.eq (local.get $at) (local.get $first))
    (then (return (call $built (i32.sub (local.get $first) (i32.const 1))))))
  (local.set $at (i32.sub (local.get $at) (i32.const 1)))
  (i32.store8 (local.get $at)
    (i32.add (i32.load8_u (local.get $at)) (select (i32.const -1) (i32.const 1) (local.get $negative))))
  (if (i32.eqz (local.get $negative)) (then (return (call $built (local.get $first)))))
  ;; -1000 gives 0999, -1 gives 0
  (if (i32.eq (i32.load8_u (local.get $first)) (i32.const 48))
    (then
      (if (i32.eq (i32.add (local.get $first) (i32.const 1)) (global.get $heap))
        (then (return (call $built (local.get $first)))))
      (local.set $first (i32.add (local.get $first) (i32.const 1)))))
  (local.set $first (i32.sub (local.get $first) (i32.const 1)))
  (i32.store8 (local.get $first) (i32.const 45))
  (call $built (local.get $first)))
