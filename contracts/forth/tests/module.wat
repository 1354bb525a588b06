;; What module.fs must be.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (type $both (func (result i32 i32)))
  (type $tick (func (param i32)))
  (type $apply (func (param i32 i32 i32) (result i32)))
  (type $one (func (param i32) (result i32)))
  (type $none (func))
  (import "env" "tick" (func $tick (type $tick)))
  (table $operations 3 7 funcref)
  (memory 1 16)
  (global $heap (mut i32) (i32.const 96))
  (global $most i64 (i64.const 0x7FFFFFFFFFFFFFFF))
  (global $changes (mut i32) (i32.const -5))
  (export "add" (func $add))
  (export "apply" (func $apply))
  (export "odd" (func $odd))
  (export "two" (func $two))
  (export "touch" (func $touch))
  (export "operations" (table $operations))
  (export "memory" (memory 0))
  (export "changes" (global $changes))
  (export "minus" (func $subtract))
  (start $begin-here)
  (elem (table $operations) (i32.const 0) func $add $subtract)
  (elem declare func $subtract)
  (elem func $even?)
  (func $add (type $binary) (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.add)
  (func $subtract (type $binary)
    local.get 0
    local.get 1
    i32.sub)
  (func $apply (type $apply) (param $which i32) (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    local.get $which
    call_indirect (type $binary))
  (func $even? (type $one) (param $n i32) (result i32)
    local.get $n
    i32.eqz
    if
      i32.const 1
      return
    end
    local.get $n
    i32.const 1
    i32.sub
    call $odd)
  (func $odd (type $one) (param $n i32) (result i32)
    (local $wide i64) (local $unused i64) (local $narrow i32)
    local.get $n
    i32.eqz
    if
      i32.const 0
      return
    end
    local.get $n
    i32.const 1
    i32.sub
    call $even?)
  (func $two (type $both)
    block (type $both)
      i32.const 16
      i32.const 5
    end)
  (func $touch (type $none)
    global.get $changes
    call $tick
    i32.const 24
    i32.load offset=4
    global.set $changes
    i32.const 34
    i32.const 0
    i32.const 7
    memory.init 0
    data.drop 0
    ref.func $subtract
    drop)
  (func $begin-here (type $none)
    call $touch)
  (data "passive")
  (data (i32.const 16) "hello\00\00\00\01\00\00\00\fe\ff\ff\ff\22\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\02")
  (data (i32.const 71) "\03")
  (@custom "note" (after data) "onetwo"))
