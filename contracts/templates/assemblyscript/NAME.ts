// @NAME@ - greets, and counts.
//
// name      whom to greet
// storage   "greetings": how many there were, in decimal
// result    the greeting
//! reads greetings
import { argument, bytes, increment, join, result, store, stored } from "./dela";

export function call(): void {
  const name = argument("name"), key = bytes("greetings");
  let count = stored(key);
  if (count === null) count = bytes("0");
  const next = increment(count);
  store(key, next);
  result(join([bytes("Hello, "), name, bytes("! You are number "), next, bytes(".")]));
}
