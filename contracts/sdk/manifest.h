/* manifest.h - what a contract in C or C++ says about itself; contracts/README.md has the form.
 *
 * Anywhere outside functions:
 *
 *     READS("balance:{from}");
 *     ACCESS("{command}"); */
#ifndef MANIFEST_H
#define MANIFEST_H

#define MANIFEST_LINE(line)                                                                                            \
    __asm__(".section .custom_section.dela.manifest,\"\",@\n\t.ascii \"" line "\\n\"\n\t.text\n")

/* A key that calls may read, as a string literal: fixed, or with arguments. */
#define READS(key) MANIFEST_LINE("reads " key)

/* Callers must hold a credential for this command. */
#define ACCESS(command) MANIFEST_LINE("access " command)

#endif
