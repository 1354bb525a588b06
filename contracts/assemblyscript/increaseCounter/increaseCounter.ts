// increaseCounter - argument in, result out: `counter` + 1.  contracts/c/increaseCounter says more.
import { argument, bytes, increment, isDecimal, join, rejectBytes, result } from "../dela";

export function call(): void {
  const counter = argument("counter");
  if (!isDecimal(counter)) rejectBytes(join([bytes("counter is not a whole number: "), counter]));
  result(increment(counter));
}
