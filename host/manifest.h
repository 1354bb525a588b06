/* host/manifest.h - what a contract says about itself: the custom section "dela.manifest".
 *
 * UTF-8 text of at most HOST_MANIFEST_BYTES, in lines that each end with a line feed:
 *
 *   reads TEMPLATE     a key that a call may read; up to HOST_MANIFEST_READS of them
 *   access TEMPLATE    who calls must hold a credential for this command, or for "all"; at most once
 *
 * A template is text in which {name} stands for the argument of that name, {@caller} for the identity that signed, and
 * {#00ff} for the bytes written in hex ({#7b} is a brace).  Where an argument is not there, a `reads` line says nothing.
 *
 * It is advice for whoever brings the storage: it never changes what a run does, what it costs or its receipt.  A module
 * whose manifest is not of this form, or that has two, is refused, so that who reads it need not guess. */
#ifndef DELAVM_HOST_MANIFEST_H
#define DELAVM_HOST_MANIFEST_H

#include "vm/error.h"
#include "vm/module.h"

#define HOST_MANIFEST_SECTION "dela.manifest"
enum { HOST_MANIFEST_BYTES = 4096, HOST_MANIFEST_READS = 64 };

/* Templates are slices of the module's bytes, checked, not expanded.  present: there is a section; access is empty if it
 * has no such line. */
struct host_manifest {
    bool present;
    uint32_t read_count;
    const struct vm_bytes *reads; /* in the module's arena */
    struct vm_bytes access;
};

/* Finds and checks the manifest of a loaded module; its memory comes from the module's arena.  longest_key in bytes.
 * VM_OK; VM_UNSUPPORTED with the line and the module offset of what is wrong; VM_RESOURCE.  One pass over the section. */
enum vm_status host_manifest_read(struct vm_module *module, uint64_t longest_key, struct host_manifest *out,
                                  struct vm_error *error);

#endif
