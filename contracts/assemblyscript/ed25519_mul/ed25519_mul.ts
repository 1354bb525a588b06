// ed25519_mul - multiplies a point by a scalar.  contracts/c/ed25519_mul says more.
import { argument32, argumentIterations, base64, reject, result } from "../dela";
import { isValidPoint, multiply } from "../dela/group";

export function call(): void {
  const point = argument32("point1"), scalar = argument32("scalar");
  for (let left = argumentIterations(); left > 0; left--) {
    if (!multiply(scalar, point, point))
      reject(
        isValidPoint(point)
          ? "scalar is zero modulo the group order, or not below 2^255"
          : "point1 is not a point of the prime-order group"
      );
  }
  result(base64(point));
}
