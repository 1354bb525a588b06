;; value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says what
;; it takes and gives.
(module
  (@dela imports) (@dela contract)
  (@custom "dela.manifest" "access {value:command}\nreads dela.Value:index\nreads {value:key}\n")

  ;; Texts, each at the place where the code below looks for it.
  (data (i32.const 0) "dela.Value:index")
  (data (i32.const 32) "value:key")
  (data (i32.const 48) "value:value")
  (data (i32.const 64) "value:command")
  (data (i32.const 80) "WRITE")
  (data (i32.const 96) "READ")
  (data (i32.const 112) "DELETE")
  (data (i32.const 128) "LIST")
  (data (i32.const 144) "failed to ")
  (data (i32.const 160) ": ")
  (data (i32.const 176) "failed to set value")
  (data (i32.const 208) "failed to get key")
  (data (i32.const 240) "failed to delete key")
  (data (i32.const 272) ": the key has more than 32 bytes")
  (data (i32.const 320) ": the key is the index's own")
  (data (i32.const 352) ": the value has more than 65536 bytes")
  (data (i32.const 400) ": the index is full")
  (data (i32.const 432) "unknown command: ")
  (data (i32.const 464) "the stored index is damaged")
  (data (i32.const 496) "=,")

  ;; Which command runs, and the index as it is stored: each key as a byte of length and its bytes, in order.
  (global $command (mut i32) (i32.const 0))
  (global $command_length (mut i32) (i32.const 0))
  (global $index (mut i32) (i32.const 0))
  (global $index_length (mut i32) (i32.const 0))
  ;; The arguments at hand.
  (global $key (mut i32) (i32.const 0))
  (global $key_length (mut i32) (i32.const 0))
  (global $value (mut i32) (i32.const 0))
  (global $value_length (mut i32) (i32.const 0))

  ;; ---- Failures begin with "failed to COMMAND: "

  (func $begin_failure (result i32)
    (global.get $heap)
    (call $append (i32.const 144) (i32.const 10))
    (call $append (global.get $command) (global.get $command_length))
    (call $append (i32.const 160) (i32.const 2)))

  ;; Rejects with what the native contract says it failed to do, and why.
  (func $fail (param $doing i32) (param $doing_length i32) (param $why i32) (param $why_length i32)
    (local $start i32)
    (local.set $start (call $begin_failure))
    (call $append (local.get $doing) (local.get $doing_length))
    (call $append (local.get $why) (local.get $why_length))
    (call $reject (call $built (local.get $start))))

  ;; An argument that the command can't do without.
  (func $need (param $name i32) (param $length i32) (result i32 i32)
    (local $value i32) (local $size i32) (local $start i32)
    (call $find_argument (local.get $name) (local.get $length))
    (local.set $size)
    (local.set $value)
    (if (i32.le_s (local.get $size) (i32.const 0))
      (then
        (local.set $start (call $begin_failure))
        (call $append_not_found (local.get $name) (local.get $length))
        (call $reject (call $built (local.get $start)))))
    (local.get $value)
    (local.get $size))

  (func $need_key (param $doing i32) (param $doing_length i32)
    (call $need (i32.const 32) (i32.const 9))
    (global.set $key_length)
    (global.set $key)
    (if (i32.gt_u (global.get $key_length) (i32.const 32))
      (then (call $fail (local.get $doing) (local.get $doing_length) (i32.const 272) (i32.const 32))))
    (if (call $equal (global.get $key) (global.get $key_length) (i32.const 0) (i32.const 16))
      (then (call $fail (local.get $doing) (local.get $doing_length) (i32.const 320) (i32.const 28)))))

  ;; ---- The index

  (func $load_index
    (call $stored (i32.const 0) (i32.const 16))
    (global.set $index_length)
    (global.set $index)
    (if (i32.lt_s (global.get $index_length) (i32.const 0)) (then (global.set $index_length (i32.const 0)))))

  ;; The length of the entry at `at`, without its first byte; rejects if it does not fit.
  (func $entry_length (param $at i32) (result i32)
    (local $length i32)
    (local.set $length (i32.load8_u (i32.add (global.get $index) (local.get $at))))
    (if (i32.gt_u (local.get $length) (i32.sub (i32.sub (global.get $index_length) (local.get $at)) (i32.const 1)))
      (then (call $reject (i32.const 464) (i32.const 27))))
    (local.get $length))

  ;; Where the key stands in the index, or would stand; and what it takes there, 0 if it is not there.
  (func $find_place (result i32 i32)
    (local $at i32) (local $length i32) (local $order i32)
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $at) (global.get $index_length)))
        (local.set $length (call $entry_length (local.get $at)))
        (local.set $order
          (call $compare
            (i32.add (i32.add (global.get $index) (local.get $at)) (i32.const 1)) (local.get $length)
            (global.get $key) (global.get $key_length)))
        (if (i32.eqz (local.get $order))
          (then (return (local.get $at) (i32.add (local.get $length) (i32.const 1)))))
        (br_if $end (i32.gt_s (local.get $order) (i32.const 0)))
        (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
        (br $next)))
    (local.get $at)
    (i32.const 0))

  ;; Appends the index from `from` to its end.
  (func $append_index_from (param $from i32)
    (call $append
      (i32.add (global.get $index) (local.get $from)) (i32.sub (global.get $index_length) (local.get $from))))

  ;; ---- Commands

  (func $write
    (local $at i32) (local $size i32) (local $start i32)
    (call $need_key (i32.const 176) (i32.const 19))
    (call $need (i32.const 48) (i32.const 11))
    (global.set $value_length)
    (global.set $value)
    (if (i32.gt_u (global.get $value_length) (i32.const 65536))
      (then (call $fail (i32.const 176) (i32.const 19) (i32.const 352) (i32.const 37))))
    (call $load_index)
    (call $find_place)
    (local.set $size)
    (local.set $at)
    (if (i32.eqz (local.get $size))
      (then
        (if (i32.gt_u
              (i32.add (i32.add (global.get $index_length) (i32.const 1)) (global.get $key_length)) (i32.const 65536))
          (then (call $fail (i32.const 176) (i32.const 19) (i32.const 400) (i32.const 19))))
        (local.set $start (global.get $heap))
        (call $append (global.get $index) (local.get $at))
        (i32.store8 (call $reserve (i32.const 1)) (global.get $key_length))
        (global.set $heap (i32.add (global.get $heap) (i32.const 1)))
        (call $append (global.get $key) (global.get $key_length))
        (call $append_index_from (local.get $at))
        (call $storage_set (i32.const 0) (i32.const 16) (call $built (local.get $start)))))
    (call $storage_set (global.get $key) (global.get $key_length) (global.get $value) (global.get $value_length)))

  ;; Appends the key at hand, "=" and its value, which is empty if there is none.
  (func $append_pair
    (call $stored (global.get $key) (global.get $key_length))
    (global.set $value_length)
    (global.set $value)
    (call $append (global.get $key) (global.get $key_length))
    (call $append (i32.const 496) (i32.const 1))
    (call $append
      (global.get $value)
      (select (global.get $value_length) (i32.const 0) (i32.gt_s (global.get $value_length) (i32.const 0)))))

  (func $read
    (local $start i32)
    (call $need_key (i32.const 208) (i32.const 17))
    (call $append_pair)
    ;; what was stored came to lie in front of the pair
    (local.set $start (global.get $value))
    (if (i32.gt_s (global.get $value_length) (i32.const 0))
      (then (local.set $start (i32.add (local.get $start) (global.get $value_length)))))
    (call $result (call $built (local.get $start))))

  (func $delete
    (local $at i32) (local $size i32) (local $start i32)
    (call $need_key (i32.const 240) (i32.const 20))
    (call $load_index)
    (call $find_place)
    (local.set $size)
    (local.set $at)
    (call $storage_delete (global.get $key) (global.get $key_length))
    (if (local.get $size)
      (then
        (local.set $start (global.get $heap))
        (call $append (global.get $index) (local.get $at))
        (call $append_index_from (i32.add (local.get $at) (local.get $size)))
        (call $storage_set (i32.const 0) (i32.const 16) (call $built (local.get $start))))))

  ;; The next key of the index; 0 at its end.
  (func $next_key (param $at i32) (result i32)
    (if (i32.ge_u (local.get $at) (global.get $index_length)) (then (return (i32.const 0))))
    (global.set $key_length (call $entry_length (local.get $at)))
    (global.set $key (i32.add (i32.add (global.get $index) (local.get $at)) (i32.const 1)))
    (i32.const 1))

  ;; Keys are expected first, so that a caller who did not bring them hears of all at once.
  (func $list
    (local $at i32) (local $list i32) (local $end i32)
    (call $load_index)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (call $next_key (local.get $at))))
        (call $storage_expect (global.get $key) (global.get $key_length))
        (local.set $at (i32.add (local.get $at) (i32.add (global.get $key_length) (i32.const 1))))
        (br $next)))
    (local.set $at (i32.const 0))
    (local.set $list (global.get $heap))
    (local.set $end (global.get $heap))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (call $next_key (local.get $at))))
        (if (i32.ne (local.get $end) (local.get $list))
          (then
            (call $append (i32.const 497) (i32.const 1))
            (local.set $end (global.get $heap))))
        ;; the value arrives at $heap, the pair is built behind it and then moved over it
        (call $append_pair)
        (if (i32.lt_s (global.get $value_length) (i32.const 0)) (then (global.set $value_length (i32.const 0))))
        (memory.copy
          (local.get $end)
          (i32.add (local.get $end) (global.get $value_length))
          (i32.sub (i32.sub (global.get $heap) (local.get $end)) (global.get $value_length)))
        (global.set $heap (i32.sub (global.get $heap) (global.get $value_length)))
        (local.set $end (global.get $heap))
        (local.set $at (i32.add (local.get $at) (i32.add (global.get $key_length) (i32.const 1))))
        (br $next)))
    (call $result (call $built (local.get $list))))

  (func $is_command (param $name i32) (param $length i32) (result i32)
    (call $equal (global.get $command) (global.get $command_length) (local.get $name) (local.get $length)))

  (func (export "call")
    (local $start i32)
    (call $need_argument (i32.const 64) (i32.const 13))
    (global.set $command_length)
    (global.set $command)
    (if (call $is_command (i32.const 80) (i32.const 5)) (then (return (call $write))))
    (if (call $is_command (i32.const 96) (i32.const 4)) (then (return (call $read))))
    (if (call $is_command (i32.const 112) (i32.const 6)) (then (return (call $delete))))
    (if (call $is_command (i32.const 128) (i32.const 4)) (then (return (call $list))))
    (local.set $start (global.get $heap))
    (call $append (i32.const 432) (i32.const 17))
    (call $append (global.get $command) (global.get $command_length))
    (call $reject (call $built (local.get $start))))
)
