;; The start function runs first; the only export is called without being named.
(module
  (global $count (mut i32) (i32.const 0))
  (func $begin (global.set $count (i32.const 7)))
  (func (export "read") (result i32) (global.get $count))
  (start $begin))
