\ assembler.fs - the assembler for WebAssembly, whole:
\
\     gforth assembler.fs counter.fs -e 's" counter.wasm" save-module bye'
\
\ It is a cross-assembler in the manner of "Build Your Own Assembler" by Brad Rodriguez: structured, single-pass, postfix.

require ./image.fs

\ `require contract.fs` finds what lies beside this file.
: beside ( c-addr u -- c-addr u' )  begin dup while 2dup 1- + c@ [char] / <> while 1- repeat then ;
sourcefilename beside dup [if] fpath also-path [else] 2drop [then]

also wasm-opcodes also wasm-words definitions
require ./dela.fs
previous previous

' noop is dobacktrace \ errors shall show the user's line, not this assembler's inside

\ Assembles for wasm from here on.
: wasm ( -- )
    only also wasm-opcodes also forth also wasm-words also target-words definitions
    wasm-layer data-space ;
wasm
