// value - keys and values, by the commands and in the words of Dela's native Value contract.  contracts/c/value says what
// it takes and gives; here the index is an array.
//! access {value:command}
//! reads dela.Value:index
//! reads {value:key}
import {
  Bytes, argument, bytes, compare, equal, expect, findArgument, join, notFound, reject, rejectBytes, result, store, stored,
  unstore,
} from "../dela";

const LONGEST_KEY = 32;
const LONGEST_VALUE = 65536;
const INDEX_KEY = bytes("dela.Value:index");

function fail(command: string, reason: string): void {
  reject("failed to " + command + ": " + reason);
}

/** An argument that the command can't do without. */
function need(command: string, name: string): Bytes {
  const value = findArgument(name);
  if (value === null || value.length == 0) fail(command, notFound(name));
  return value!;
}

/** The key argument; `doing` is what the native contract says it failed to do. */
function needKey(command: string, doing: string): Bytes {
  const key = need(command, "value:key");
  if (key.length > LONGEST_KEY) fail(command, doing + ": the key has more than 32 bytes");
  if (equal(key, INDEX_KEY)) fail(command, doing + ": the key is the index's own");
  return key;
}

function value(key: Bytes): Bytes {
  const found = stored(key);
  return found === null ? new Uint8Array(0) : found;
}

/** Stored as each key's length in a byte and its bytes, in order. */
function loadIndex(): Bytes[] {
  const text = value(INDEX_KEY), index: Bytes[] = [];
  for (let at = 0; at < text.length; ) {
    const size = i32(text[at++]);
    if (size > text.length - at) reject("the stored index is damaged");
    index.push(text.subarray(at, at + size));
    at += size;
  }
  return index;
}

function storeIndex(command: string, index: Bytes[]): void {
  const parts: Bytes[] = [];
  for (let i = 0; i < index.length; i++) {
    const size = new Uint8Array(1);
    size[0] = u8(index[i].length);
    parts.push(size);
    parts.push(index[i]);
  }
  const text = join(parts);
  if (text.length > LONGEST_VALUE) fail(command, "failed to set value: the index is full");
  store(INDEX_KEY, text);
}

/** Where the key stands in the index, or would stand. */
function place(index: Bytes[], key: Bytes): i32 {
  let at = 0;
  while (at < index.length && compare(index[at], key) < 0) at++;
  return at;
}

function has(index: Bytes[], at: i32, key: Bytes): bool {
  return at < index.length && equal(index[at], key);
}

function write(): void {
  const key = needKey("WRITE", "failed to set value"), data = need("WRITE", "value:value");
  if (data.length > LONGEST_VALUE) fail("WRITE", "failed to set value: the value has more than 65536 bytes");
  const index = loadIndex(), at = place(index, key);
  if (!has(index, at, key)) {
    index.push(key);
    for (let i = index.length - 1; i > at; i--) index[i] = index[i - 1];
    index[at] = key;
    storeIndex("WRITE", index);
  }
  store(key, data);
}

function read(): void {
  const key = needKey("READ", "failed to get key");
  result(join([key, bytes("="), value(key)]));
}

function remove(): void {
  const key = needKey("DELETE", "failed to delete key"), index = loadIndex(), at = place(index, key);
  unstore(key);
  if (has(index, at, key)) {
    index.splice(at, 1);
    storeIndex("DELETE", index);
  }
}

/** Keys are expected first, so that a caller who did not bring them hears of all at once. */
function list(): void {
  const index = loadIndex(), parts: Bytes[] = [], equals = bytes("="), comma = bytes(",");
  for (let i = 0; i < index.length; i++) expect(index[i]);
  for (let i = 0; i < index.length; i++) {
    if (i != 0) parts.push(comma);
    parts.push(index[i]);
    parts.push(equals);
    parts.push(value(index[i]));
  }
  result(join(parts));
}

export function call(): void {
  const command = argument("value:command");
  if (equal(command, bytes("WRITE"))) write();
  else if (equal(command, bytes("READ"))) read();
  else if (equal(command, bytes("DELETE"))) remove();
  else if (equal(command, bytes("LIST"))) list();
  else rejectBytes(join([bytes("unknown command: "), command]));
}
