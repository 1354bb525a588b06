// The group edwards25519: the host's functions, or curve.ts if asc is called with --use COMPILED_IN=1.  Points and scalars
// have 32 bytes; false: what was given is refused.
import * as curve from "./curve";
import * as host from "./host";
import { Bytes } from "./index";

/** a + b */
export function addPoints(a: Bytes, b: Bytes, to: Bytes): bool {
  if (isDefined(COMPILED_IN)) return curve.curveAdd(a.dataStart, b.dataStart, to.dataStart);
  return host.ed25519Add(a.dataStart, b.dataStart, to.dataStart) != 0;
}

/** scalar * point; the point must be of the prime-order group. */
export function multiply(scalar: Bytes, point: Bytes, to: Bytes): bool {
  if (isDefined(COMPILED_IN)) return curve.curveMultiply(scalar.dataStart, point.dataStart, to.dataStart);
  return host.ed25519Multiply(scalar.dataStart, point.dataStart, to.dataStart) != 0;
}

/** scalar * the base point */
export function baseMultiply(scalar: Bytes, to: Bytes): bool {
  if (isDefined(COMPILED_IN)) return curve.curveBaseMultiply(scalar.dataStart, to.dataStart);
  return host.ed25519BaseMultiply(scalar.dataStart, to.dataStart) != 0;
}

/** Canonical, on the curve, of the prime-order group and not its identity. */
export function isValidPoint(point: Bytes): bool {
  if (isDefined(COMPILED_IN)) return curve.curveIsValidPoint(point.dataStart);
  return host.ed25519IsValidPoint(point.dataStart) != 0;
}

/** a * b modulo the group order */
export function scalarMultiply(a: Bytes, b: Bytes, to: Bytes): void {
  if (isDefined(COMPILED_IN)) curve.curveScalarMultiply(a.dataStart, b.dataStart, to.dataStart);
  else host.ed25519ScalarMultiply(a.dataStart, b.dataStart, to.dataStart);
}
