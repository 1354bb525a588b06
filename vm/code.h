/* vm/code.h - the binary codes of vm/opcodes.def as constants, for those who read code byte by byte. */
#ifndef DELAVM_VM_CODE_H
#define DELAVM_VM_CODE_H

/* VM_CODE_<enum>: the code column.  A prefixed instruction has its prefix byte in bits 16 to 23. */
enum vm_code {
#define OP(name, code, text, immediate, in, out, align, cost, feature) VM_CODE_##name = code,
#include "vm/opcodes.def"
    VM_CODE_PREFIX_FC = 0xFC,
};

#endif
