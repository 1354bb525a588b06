// counter - the smallest contract with storage: each accepted call adds one to a stored number.  contracts/c/counter says
// more.
//! reads counter
import { bytes, event, increment, isDecimal, reject, result, store, stored } from "../dela";

export function call(): void {
  const key = bytes("counter");
  let number = stored(key);
  if (number === null) number = bytes("0");
  if (!isDecimal(number)) reject("the stored counter is not a whole number");
  const next = increment(number);
  store(key, next);
  event("counter", next);
  result(next);
}
