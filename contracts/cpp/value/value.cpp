/* value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says
 * what it takes and gives; here the index is a std::set. */
#include "contract.hpp"

#include <set>

ACCESS("{value:command}");
READS("dela.Value:index");
READS("{value:key}");

namespace {

constexpr dela::text INDEX_KEY = "dela.Value:index";
constexpr std::size_t LONGEST_KEY = 32, LONGEST_VALUE = 65536;

using keys = std::set<std::string, std::less<>>;

[[noreturn]] void fail(dela::text command, const std::string &reason) {
    dela::reject("failed to " + std::string(command) + ": " + reason);
}

/* An argument that the command can't do without. */
std::string need(dela::text command, dela::text name) {
    auto value = dela::find_argument(name);
    if (!value || value->empty())
        fail(command, "'" + std::string(name) + "' not found in tx arg");
    return *std::move(value);
}

/* The key argument; `doing` is what the native contract says it failed to do. */
std::string need_key(dela::text command, const std::string &doing) {
    std::string key = need(command, "value:key");
    if (key.size() > LONGEST_KEY)
        fail(command, doing + ": the key has more than 32 bytes");
    if (key == INDEX_KEY)
        fail(command, doing + ": the key is the index's own");
    return key;
}

keys load_index() {
    keys index;
    const std::string stored = dela::stored(INDEX_KEY).value_or("");
    for (std::size_t at = 0; at < stored.size();) {
        const auto size = static_cast<std::uint8_t>(stored[at++]);
        if (size > stored.size() - at)
            dela::reject("the stored index is damaged");
        index.insert(index.end(), stored.substr(at, size));
        at += size;
    }
    return index;
}

/* Each key as a byte of length and its bytes, in order. */
std::string as_stored(const keys &index) {
    std::string text;
    for (const auto &key : index) {
        text += static_cast<char>(key.size());
        text += key;
    }
    return text;
}

void write() {
    const std::string key = need_key("WRITE", "failed to set value");
    const std::string value = need("WRITE", "value:value");
    if (value.size() > LONGEST_VALUE)
        fail("WRITE", "failed to set value: the value has more than 65536 bytes");
    keys index = load_index();
    if (index.insert(key).second) {
        const std::string text = as_stored(index);
        if (text.size() > LONGEST_VALUE)
            fail("WRITE", "failed to set value: the index is full");
        dela::store(INDEX_KEY, text);
    }
    dela::store(key, value);
}

void read() {
    const std::string key = need_key("READ", "failed to get key");
    dela::result(key + "=" + dela::stored(key).value_or(""));
}

void remove() {
    const std::string key = need_key("DELETE", "failed to delete key");
    keys index = load_index();
    dela::unstore(key);
    if (index.erase(key) != 0)
        dela::store(INDEX_KEY, as_stored(index));
}

/* Keys are expected first, so that a caller who did not bring them hears of all at once. */
void list() {
    const keys index = load_index();
    for (const auto &key : index)
        dela::expect(key);
    std::string all;
    for (const auto &key : index) {
        if (!all.empty())
            all += ',';
        all += key + "=" + dela::stored(key).value_or("");
    }
    dela::result(all);
}

constexpr struct {
    dela::text name;
    void (*run)();
} commands[] = {{"WRITE", write}, {"READ", read}, {"DELETE", remove}, {"LIST", list}};

} // namespace

CONTRACT {
    const std::string command = dela::argument("value:command");
    for (const auto &row : commands)
        if (command == row.name)
            return row.run();
    dela::reject("unknown command: " + command);
}
