// ed25519_gen_mul - multiplies the base point by a scalar.  contracts/c/ed25519_gen_mul says more.
import { argument32, argumentIterations, base64, reject, result } from "../dela";
import { baseMultiply, scalarMultiply } from "../dela/group";

export function call(): void {
  const scalar = argument32("scalar"), power = scalar.slice(), point = new Uint8Array(32);
  for (let left = argumentIterations(); left > 0; left--) {
    if (!baseMultiply(power, point)) reject("scalar is zero modulo the group order, or not below 2^255");
    if (left > 1) scalarMultiply(power, scalar, power);
  }
  result(base64(point));
}
