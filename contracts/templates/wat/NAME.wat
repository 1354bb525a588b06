;; @NAME@ - greets, and counts.
;;
;; name      whom to greet
;; storage   "greetings": how many there were, in decimal
;; result    the greeting
(module
  (@dela imports) (@dela contract)
  (@custom "dela.manifest" "reads greetings\n")

  (data (i32.const 0) "name" "greetings" "0" "Hello, " "! You are number " ".")

  (func (export "call")
    (local $name i32) (local $name_length i32) (local $count i32) (local $count_length i32) (local $start i32)
    (call $need_argument (i32.const 0) (i32.const 4))
    (local.set $name_length)
    (local.set $name)
    (call $stored (i32.const 4) (i32.const 9))
    (local.set $count_length)
    (local.set $count)
    (if (i32.lt_s (local.get $count_length) (i32.const 0))
      (then
        (local.set $count (i32.const 13))
        (local.set $count_length (i32.const 1))))
    (call $increment (local.get $count) (local.get $count_length))
    (local.set $count_length)
    (local.set $count)
    (call $storage_set (i32.const 4) (i32.const 9) (local.get $count) (local.get $count_length))
    (local.set $start (global.get $heap))
    (call $append (i32.const 14) (i32.const 7))
    (call $append (local.get $name) (local.get $name_length))
    (call $append (i32.const 21) (i32.const 17))
    (call $append (local.get $count) (local.get $count_length))
    (call $append (i32.const 38) (i32.const 1))
    (call $result (call $built (local.get $start))))
)
