/* contract.cpp - linked into every C++ contract: memory, and how a broken promise ends.
 *
 * The library's own versions write what happened to stderr with printf, which brings floating point and file
 * descriptors along.  These reject with the same words and need neither. */
#include <cstdlib>
#include <cstring>
#include <new>

#include "dela.h"

[[noreturn]] static void reject(const char *words) {
    dela_reject(words, std::strlen(words));
}

static void *allocate(std::size_t size) {
    void *const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr)
        reject("out of memory");
    return memory;
}

void *operator new(std::size_t size) {
    return allocate(size);
}
void *operator new[](std::size_t size) {
    return allocate(size);
}
void operator delete(void *memory) noexcept {
    std::free(memory);
}
void operator delete[](void *memory) noexcept {
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void *memory, std::size_t) noexcept {
    std::free(memory);
}

/* What libc++ and libc++abi call when a container is misused or nothing else is left to do; the latter under the names
 * of its older and newer releases.  The former is noexcept in some releases and not in others: as it was declared. */
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char *format, ...) noexcept(noexcept(__libcpp_verbose_abort(""))) {
    reject(format);
}
_LIBCPP_END_NAMESPACE_STD

extern "C" {
[[noreturn]] void abort_message(const char *format, ...) {
    reject(format);
}
[[noreturn]] void __abort_message(const char *format, ...) {
    reject(format);
}
_Noreturn void abort() {
    reject("aborted");
}
}
