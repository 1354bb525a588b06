// ed25519 - adds points of the curve.  contracts/c/ed25519 says more.
import { Bytes, argument32, argumentIterations, base64, reject, result } from "../dela";
import { addPoints } from "../dela/group";

/** Adding the identity tells whether a point is one. */
function isPoint(point: Bytes): bool {
  const identity = new Uint8Array(32), sum = new Uint8Array(32);
  identity[0] = 1;
  return addPoints(point, identity, sum);
}

export function call(): void {
  const sum = argument32("point1"), point = argument32("point2");
  for (let left = argumentIterations(); left > 0; left--) {
    if (!addPoints(sum, point, sum))
      reject(isPoint(sum) ? "point2 is not a point of the curve" : "point1 is not a point of the curve");
  }
  result(base64(sum));
}
