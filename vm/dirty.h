/* vm/dirty.h - which pages of a linear memory were written, so that only these need be put back for the next run.
 *
 * A mark is a byte; there is one for each page of 4 KiB (whatever wasm's pages are).  They lie in front of the memory
 * and count away from it, so that a store finds its mark from the memory's base alone: page n has data[-1 - n].  A page
 * is VM_DIRTY_WRITTEN; or, as an image (vm/image.h) left it, VM_DIRTY_IMAGE; or without a mark and all zero.
 *
 * A store marks one page even if it straddles two: the one that holds the byte behind it.  What it wrote then lies in
 * that page or in the VM_DIRTY_REACH bytes before it, and whoever puts a marked page back puts these back too. */
#ifndef DELAVM_VM_DIRTY_H
#define DELAVM_VM_DIRTY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { VM_DIRTY_SHIFT = 12, VM_DIRTY_PAGE = 1 << VM_DIRTY_SHIFT, VM_DIRTY_REACH = 8 };
enum { VM_DIRTY_WRITTEN = 1, VM_DIRTY_IMAGE = 2, VM_DIRTY_ANY = VM_DIRTY_WRITTEN | VM_DIRTY_IMAGE };

/* Bytes of marks in front of a memory of `capacity` bytes: one for each page begun, one for the page behind, and more,
 * so that what follows is as well aligned as what came before. */
static inline size_t vm_dirty_bytes(size_t capacity) {
    return ((capacity >> VM_DIRTY_SHIFT) + 1 + 63) / 64 * 64;
}

/* Marks what a store of at most VM_DIRTY_REACH bytes wrote; `end`: the address behind its last byte. */
static inline void vm_dirty_mark(uint8_t *data, uint64_t end) {
    data[-1 - (ptrdiff_t)(end >> VM_DIRTY_SHIFT)] = VM_DIRTY_WRITTEN;
}

/* Marks `size` bytes from `address` on. */
static inline void vm_dirty_mark_range(uint8_t *data, uint64_t address, uint64_t size) {
    if (size == 0)
        return;
    const size_t first = (size_t)(address >> VM_DIRTY_SHIFT), last = (size_t)((address + size - 1) >> VM_DIRTY_SHIFT);
    if (first == last)
        data[-1 - (ptrdiff_t)first] = VM_DIRTY_WRITTEN;
    else
        memset(data - 1 - last, VM_DIRTY_WRITTEN, last - first + 1);
}

/* The first page from `page` on with one of `marks`, or `count` if there is none before that. */
static inline size_t vm_dirty_next(const uint8_t *data, size_t page, size_t count, unsigned marks) {
    const uint64_t mask = marks * UINT64_C(0x0101010101010101);
    while (page < count) {
        uint64_t eight = UINT64_MAX;
        if (page % 8 == 0)
            memcpy(&eight, data - 8 - page, sizeof eight);
        if ((eight & mask) == 0)
            page += 8;
        else if ((data[-1 - (ptrdiff_t)page] & marks) != 0)
            return page;
        else
            page++;
    }
    return count;
}

/* Neighbouring pages with one of `marks`, page to end - 1, of a memory of `size` bytes, and the bytes that may have been
 * written there, from and up to `to`; page is behind the last one there can be if there is none from `page` on. */
struct vm_dirty_run {
    size_t page, end;
    size_t from, to;
};
static inline struct vm_dirty_run vm_dirty_run(const uint8_t *data, size_t page, size_t size, unsigned marks) {
    const size_t count = (size >> VM_DIRTY_SHIFT) + 1;
    struct vm_dirty_run run = {.page = vm_dirty_next(data, page, count, marks)};
    run.end = run.page;
    while (run.end < count && (data[-1 - (ptrdiff_t)run.end] & marks) != 0)
        run.end++;
    run.from = run.page == 0 ? 0 : run.page * VM_DIRTY_PAGE - VM_DIRTY_REACH;
    run.to = run.end * VM_DIRTY_PAGE < size ? run.end * VM_DIRTY_PAGE : size;
    return run;
}

/* Takes the marks of pages page to end - 1 away. */
static inline void vm_dirty_clear(uint8_t *data, size_t page, size_t end) {
    memset(data - end, 0, end - page);
}

/* Under AddressSanitizer all that is put back is looked through: a write without a mark is a fault of this program. */
#if defined(__SANITIZE_ADDRESS__)
#define VM_CHECKS_MARKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VM_CHECKS_MARKS 1
#endif
#endif
#ifndef VM_CHECKS_MARKS
#define VM_CHECKS_MARKS 0
#endif

static inline int vm_all_zero(const uint8_t *data, size_t size) {
    return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

#endif
