/* contract.hpp - what makes writing a contract in C++ comfortable, on the standard library.
 *
 *     #include "contract.hpp"
 *
 *     CONTRACT {
 *         dela::result("Hello, " + dela::argument("name") + "!");
 *     }
 *
 * Every call starts from a fresh memory, static objects are constructed, and it ends when the function returns (accepted)
 * or rejects.  Texts and bytes alike are std::string, which may hold any byte.  Containers, algorithms, strings and
 * std::optional are all there (libc++ over wasi-libc); exceptions are not: say dela::reject().  What would touch a file,
 * a clock or a float brings along imports or instructions that a deployment refuses.  One file of a contract has
 * CONTRACT and includes this header. */
#ifndef CONTRACT_HPP
#define CONTRACT_HPP

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dela.h"
#include "manifest.h"

/* The function that a call enters. */
#define CONTRACT                                                                                                       \
    static void dela_contract();                                                                                       \
    extern "C" __attribute__((export_name("call"))) void dela_call() {                                                 \
        __wasm_call_ctors();                                                                                           \
        dela_contract();                                                                                               \
    }                                                                                                                  \
    static void dela_contract()

extern "C" void __wasm_call_ctors();

namespace dela {

using text = std::string_view;

/* ---- Ways to end, and to speak ----------------------------------------------------------------------------------- */

/* Ends the call: nothing is written, the message goes back. */
[[noreturn]] inline void reject(text message) {
    dela_reject(message.data(), message.size());
}

/* Sets the result; the last one counts. */
inline void result(text bytes) {
    dela_result(bytes.data(), bytes.size());
}

/* A line for people. */
inline void say(text line) {
    dela_log(line.data(), line.size());
}

inline void event(text name, text data) {
    dela_event(name.data(), name.size(), data.data(), data.size());
}

/* ---- What the host hands out ------------------------------------------------------------------------------------- */

/* Asks `get(to, room)` for bytes until there is room for all; nothing if the length is -1. */
template <typename Get> std::optional<std::string> receive(Get get) {
    std::string bytes(64, '\0');
    for (;;) {
        const std::int32_t size = get(bytes.data(), bytes.size());
        if (size < 0)
            return std::nullopt;
        const bool whole = static_cast<std::size_t>(size) <= bytes.size();
        bytes.resize(static_cast<std::size_t>(size));
        if (whole)
            return bytes;
    }
}

/* The argument of that name, if there is one. */
inline std::optional<std::string> find_argument(text name) {
    return receive([=](void *to, std::uint32_t room) { return dela_argument(name.data(), name.size(), to, room); });
}

/* The argument of that name; rejects, in Dela's words, if there is none or it is empty. */
inline std::string argument(text name) {
    auto value = find_argument(name);
    if (!value || value->empty())
        reject("'" + std::string(name) + "' not found in tx arg");
    return *std::move(value);
}

/* The request's raw input. */
inline std::string input() {
    return *receive(dela_input);
}

/* Who signed the transaction. */
inline std::string caller() {
    return *receive(dela_caller);
}

inline std::string transaction_id() {
    return *receive(dela_transaction_id);
}

/* ---- Storage: keys have 1 to 32 bytes, values up to 65536 -------------------------------------------------------- */

/* The stored value, if there is one. */
inline std::optional<std::string> stored(text key) {
    return receive([=](void *to, std::uint32_t room) { return dela_storage_get(key.data(), key.size(), to, room); });
}

inline void store(text key, text value) {
    dela_storage_set(key.data(), key.size(), value.data(), value.size());
}

inline void unstore(text key) {
    dela_storage_delete(key.data(), key.size());
}

/* Says that this key will be read, so that a caller who did not bring it hears of all such keys at once. */
inline void expect(text key) {
    dela_storage_expect(key.data(), key.size());
}

/* ---- Whole numbers of any size, as decimal text ------------------------------------------------------------------ */

/* True for an optional minus and at least one digit. */
inline bool is_decimal(text number) {
    if (!number.empty() && number.front() == '-')
        number.remove_prefix(1);
    return !number.empty() && number.find_first_not_of("0123456789") == text::npos;
}

/* number + 1, without leading zeros; `number` is_decimal(). */
inline std::string increment(text number) {
    const bool signed_ = number.front() == '-';
    number.remove_prefix(std::min(number.find_first_not_of("-0"), number.size() - 1));
    std::string digits(number);
    const bool negative = signed_ && digits != "0";
    /* Towards zero a 0 becomes a 9 and borrows, away from it a 9 becomes a 0 and carries. */
    const char last = negative ? '0' : '9';
    auto at = digits.rbegin();
    for (; at != digits.rend() && *at == last; ++at)
        *at = negative ? '9' : '0';
    if (at == digits.rend())
        return "1" + digits;
    *at = static_cast<char>(*at + (negative ? -1 : 1));
    if (digits.size() > 1 && digits.front() == '0')
        digits.erase(0, 1);
    return negative && digits != "0" ? "-" + digits : digits;
}

/* ---- Base64 ------------------------------------------------------------------------------------------------------ */

using bytes_32 = std::array<std::uint8_t, 32>;

inline std::string base64(const void *data, std::size_t size) {
    std::string to((size + 2) / 3 * 4, '\0');
    dela_base64_encode(data, size, to.data(), to.size());
    return to;
}

/* The argument of that name, base64 of exactly 32 bytes; rejects if it is missing or anything else. */
inline bytes_32 argument_32(text name) {
    const std::string encoded = argument(name);
    bytes_32 bytes;
    const std::int32_t size = dela_base64_decode(encoded.data(), encoded.size(), bytes.data(), bytes.size());
    if (size < 0)
        reject(std::string(name) + " is not base64");
    if (size != 32)
        reject(std::string(name) + " has not the 32 bytes it must have");
    return bytes;
}

/* The optional argument `iterations`, 1 if there is none; rejects what is not a number from 1 to 4294967295. */
inline std::uint32_t argument_iterations() {
    const auto digits = find_argument("iterations");
    if (!digits)
        return 1;
    std::uint64_t count = 0;
    for (const char c : *digits) {
        count = c >= '0' && c <= '9' ? count * 10 + static_cast<std::uint64_t>(c - '0') : UINT64_MAX;
        if (count > UINT32_MAX)
            break;
    }
    if (count == 0 || count > UINT32_MAX)
        reject("iterations is not a number from 1 to 4294967295");
    return static_cast<std::uint32_t>(count);
}

} // namespace dela

#endif
