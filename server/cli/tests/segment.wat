;; Instantiation traps: the segment does not fit.
(module (memory 1) (data (i32.const 65536) "x") (func (export "run")))
