(module (import "env" "f" (func)) (func (export "run") (call 0)))
