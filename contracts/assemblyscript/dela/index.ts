// What makes writing a contract in AssemblyScript comfortable: arguments, storage, bytes, big decimal numbers.
//
//     import { Bytes, argument, bytes, join, result } from "../dela";
//
//     export function call(): void {
//       result(join([bytes("Hello, "), argument("name"), bytes("!")]));
//     }
//
// Every call starts from a fresh memory and enters `call` once; it is accepted when that returns, rejected by `reject`.
// Arguments and values are bytes, as they need not be UTF-8.  A comment `//! reads KEY` or `//! access COMMAND` is a line
// of the manifest.  Numbers are integers: a float anywhere makes a module that is refused.
import * as host from "./host";

export { host };

/** Any bytes: arguments, keys, values. */
export type Bytes = Uint8Array;

/** A text as UTF-8. */
export function bytes(text: string): Bytes {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

/** Several pieces as one. */
export function join(parts: Bytes[]): Bytes {
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i].length;
  const whole = new Uint8Array(length);
  for (let i = 0, at = 0; i < parts.length; i++) {
    memory.copy(whole.dataStart + at, parts[i].dataStart, parts[i].length);
    at += parts[i].length;
  }
  return whole;
}

/** Bytewise order, a proper prefix first: below, at or above zero. */
export function compare(a: Bytes, b: Bytes): i32 {
  const order = memory.compare(a.dataStart, b.dataStart, min(a.length, b.length));
  return order != 0 ? order : a.length - b.length;
}

export function equal(a: Bytes, b: Bytes): bool {
  return a.length == b.length && compare(a, b) == 0;
}

// ---- Ways to end, and to speak

/** Ends the call: nothing is written, the message goes back. */
export function reject(message: string): void {
  rejectBytes(bytes(message));
}

export function rejectBytes(message: Bytes): void {
  host.reject(message.dataStart, message.length);
}

/** What a failed assertion calls, instead of an import: rejects with its message. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  reject(message === null ? "aborted" : message);
}

/** Sets the result; the last one counts. */
export function result(data: Bytes): void {
  host.result(data.dataStart, data.length);
}

/** A line for people. */
export function say(line: string): void {
  const text = bytes(line);
  host.log(text.dataStart, text.length);
}

export function event(name: string, data: Bytes): void {
  const text = bytes(name);
  host.event(text.dataStart, text.length, data.dataStart, data.length);
}

// ---- Arguments

/** The argument of that name, or null. */
export function findArgument(name: string): Bytes | null {
  const key = bytes(name);
  const size = host.argument(key.dataStart, key.length, 0, 0);
  if (size < 0) return null;
  const value = new Uint8Array(size);
  host.argument(key.dataStart, key.length, value.dataStart, size);
  return value;
}

/** The words in which Dela says that an argument is not there. */
export function notFound(name: string): string {
  return "'" + name + "' not found in tx arg";
}

/** The argument of that name; rejects, in Dela's words, if there is none or it is empty. */
export function argument(name: string): Bytes {
  const value = findArgument(name);
  if (value === null || value.length == 0) reject(notFound(name));
  return value!;
}

/** The optional argument `iterations`, 1 if there is none; rejects what is not a number from 1 to 4294967295. */
export function argumentIterations(): u32 {
  const digits = findArgument("iterations");
  if (digits === null) return 1;
  let count: u64 = 0;
  for (let i = 0; i < digits.length && count <= u64(u32.MAX_VALUE); i++) {
    const digit = digits[i] - 48;
    count = digit <= 9 ? count * 10 + digit : u64.MAX_VALUE;
  }
  if (count == 0 || count > u64(u32.MAX_VALUE)) reject("iterations is not a number from 1 to 4294967295");
  return u32(count);
}

/** The argument of that name, base64 of exactly 32 bytes; rejects if it is missing or anything else. */
export function argument32(name: string): Bytes {
  const text = argument(name), value = new Uint8Array(32);
  const size = host.base64Decode(text.dataStart, text.length, value.dataStart, 32);
  if (size < 0) reject(name + " is not base64");
  if (size != 32) reject(name + " has not the 32 bytes it must have");
  return value;
}

/** Standard base64 with padding. */
export function base64(data: Bytes): Bytes {
  const text = new Uint8Array(((data.length + 2) / 3) * 4);
  host.base64Encode(data.dataStart, data.length, text.dataStart, text.length);
  return text;
}

// ---- Storage: keys have 1 to 32 bytes, values up to 65536

/** The stored value, or null. */
export function stored(key: Bytes): Bytes | null {
  // A second reading costs more fuel than the zeroed room that most values fit.
  const first = new Uint8Array(64);
  const size = host.storageGet(key.dataStart, key.length, first.dataStart, 64);
  if (size < 0) return null;
  if (size <= 64) return first.subarray(0, size);
  const value = new Uint8Array(size);
  host.storageGet(key.dataStart, key.length, value.dataStart, size);
  return value;
}

export function store(key: Bytes, value: Bytes): void {
  host.storageSet(key.dataStart, key.length, value.dataStart, value.length);
}

export function unstore(key: Bytes): void {
  host.storageDelete(key.dataStart, key.length);
}

/** Says that this key will be read, so that a caller who did not bring it hears of all such keys at once. */
export function expect(key: Bytes): void {
  host.storageExpect(key.dataStart, key.length);
}

// ---- Whole numbers of any size, as decimal text

/** True for an optional minus and at least one digit. */
export function isDecimal(number: Bytes): bool {
  const start = number.length > 0 && number[0] == 45 ? 1 : 0;
  for (let i = start; i < number.length; i++) {
    if (u8(number[i] - 48) > 9) return false;
  }
  return number.length > start;
}

/** number + 1, without leading zeros; `number` is decimal. */
export function increment(number: Bytes): Bytes {
  let negative = number[0] == 45;
  let first = negative ? 1 : 0;
  while (first + 1 < number.length && number[first] == 48) first++;
  if (number[first] == 48) negative = false;
  // A place in front for a carry or the sign.  Towards zero a 0 becomes a 9 and borrows, else a 9 a 0 and carries.
  const count = number.length - first;
  const digits = new Uint8Array(count + 1);
  digits.set(number.subarray(first), 1);
  digits[0] = 48;
  const last: u8 = negative ? 48 : 57;
  let at = count;
  while (at > 0 && digits[at] == last) digits[at--] = 105 - last;
  digits[at] = u8(i32(digits[at]) + (negative ? -1 : 1));
  let start = 0;
  while (start < count && digits[start] == 48) start++;
  if (negative && digits[start] != 48) digits[--start] = 45;
  return digits.subarray(start);
}
