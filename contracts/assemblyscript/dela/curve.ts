// The group edwards25519, compiled into a contract instead of called in the host.
//
// The functions at the end take, refuse and give what the host's do.  Numbers modulo p = 2^255 - 19 are ten limbs of 26
// and 25 bits in turn, as 64-bit integers; a number is the address of its 80 bytes, a point that of four numbers:
// X, Y, Z, T with x = X / Z, y = Y / Z, x * y = T / Z.  Results go to the first argument, which may be one of the others.
// contracts/sdk/curve.h is the same in C, with the reasons.

type Num = usize;
type Point = usize;

const NUM: usize = 80;
const POINT: usize = 320;

// ---- Numbers modulo p

// @ts-ignore: decorator
@inline
function bitsOf(limb: i32): i32 {
  return limb % 2 == 0 ? 26 : 25;
}

function add(r: Num, a: Num, b: Num): void {
  for (let i: usize = 0; i < NUM; i += 8) store<i64>(r + i, load<i64>(a + i) + load<i64>(b + i));
}

function subtract(r: Num, a: Num, b: Num): void {
  for (let i: usize = 0; i < NUM; i += 8) store<i64>(r + i, load<i64>(a + i) - load<i64>(b + i));
}

function setSmall(r: Num, value: i64): void {
  memory.fill(r, 0, NUM);
  store<i64>(r, value);
}

/** Brings limbs into [0, 2^26]. */
function carry(r: Num): void {
  let over: i64 = 0;
  for (let i = 0; i < 10; i++) {
    const at = r + usize(i) * 8, limb = load<i64>(at) + over;
    over = limb >> bitsOf(i);
    store<i64>(at, limb & ((i64(1) << bitsOf(i)) - 1));
  }
  const first = load<i64>(r) + over * 19;
  store<i64>(r, first & 0x3ffffff);
  store<i64>(r, load<i64>(r, 8) + (first >> 26), 8);
}

/** Written out: n is 19 times a limb of b, for products from 2^255 on; d twice one of a, where both have odd places. */
function multiply(r: Num, a: Num, b: Num): void {
  const a0 = load<i64>(a, 0), b0 = load<i64>(b, 0);
  const a1 = load<i64>(a, 8), b1 = load<i64>(b, 8), n1 = b1 * 19, d1 = a1 << 1;
  const a2 = load<i64>(a, 16), b2 = load<i64>(b, 16), n2 = b2 * 19;
  const a3 = load<i64>(a, 24), b3 = load<i64>(b, 24), n3 = b3 * 19, d3 = a3 << 1;
  const a4 = load<i64>(a, 32), b4 = load<i64>(b, 32), n4 = b4 * 19;
  const a5 = load<i64>(a, 40), b5 = load<i64>(b, 40), n5 = b5 * 19, d5 = a5 << 1;
  const a6 = load<i64>(a, 48), b6 = load<i64>(b, 48), n6 = b6 * 19;
  const a7 = load<i64>(a, 56), b7 = load<i64>(b, 56), n7 = b7 * 19, d7 = a7 << 1;
  const a8 = load<i64>(a, 64), b8 = load<i64>(b, 64), n8 = b8 * 19;
  const a9 = load<i64>(a, 72), b9 = load<i64>(b, 72), n9 = b9 * 19, d9 = a9 << 1;
  let r0 = a0 * b0 + d1 * n9 + a2 * n8 + d3 * n7 + a4 * n6 + d5 * n5 + a6 * n4 + d7 * n3 + a8 * n2 + d9 * n1;
  let r1 = a0 * b1 + a1 * b0 + a2 * n9 + a3 * n8 + a4 * n7 + a5 * n6 + a6 * n5 + a7 * n4 + a8 * n3 + a9 * n2;
  let r2 = a0 * b2 + d1 * b1 + a2 * b0 + d3 * n9 + a4 * n8 + d5 * n7 + a6 * n6 + d7 * n5 + a8 * n4 + d9 * n3;
  let r3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * n9 + a5 * n8 + a6 * n7 + a7 * n6 + a8 * n5 + a9 * n4;
  let r4 = a0 * b4 + d1 * b3 + a2 * b2 + d3 * b1 + a4 * b0 + d5 * n9 + a6 * n8 + d7 * n7 + a8 * n6 + d9 * n5;
  let r5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + a6 * n9 + a7 * n8 + a8 * n7 + a9 * n6;
  let r6 = a0 * b6 + d1 * b5 + a2 * b4 + d3 * b3 + a4 * b2 + d5 * b1 + a6 * b0 + d7 * n9 + a8 * n8 + d9 * n7;
  let r7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + a8 * n9 + a9 * n8;
  let r8 = a0 * b8 + d1 * b7 + a2 * b6 + d3 * b5 + a4 * b4 + d5 * b3 + a6 * b2 + d7 * b1 + a8 * b0 + d9 * n9;
  let r9 = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  r1 += r0 >> 26;
  r0 &= 0x3ffffff;
  r2 += r1 >> 25;
  r1 &= 0x1ffffff;
  r3 += r2 >> 26;
  r2 &= 0x3ffffff;
  r4 += r3 >> 25;
  r3 &= 0x1ffffff;
  r5 += r4 >> 26;
  r4 &= 0x3ffffff;
  r6 += r5 >> 25;
  r5 &= 0x1ffffff;
  r7 += r6 >> 26;
  r6 &= 0x3ffffff;
  r8 += r7 >> 25;
  r7 &= 0x1ffffff;
  r9 += r8 >> 26;
  r8 &= 0x3ffffff;
  r0 += (r9 >> 25) * 19;
  r9 &= 0x1ffffff;
  r1 += r0 >> 26;
  r0 &= 0x3ffffff;
  store<i64>(r, r0, 0);
  store<i64>(r, r1, 8);
  store<i64>(r, r2, 16);
  store<i64>(r, r3, 24);
  store<i64>(r, r4, 32);
  store<i64>(r, r5, 40);
  store<i64>(r, r6, 48);
  store<i64>(r, r7, 56);
  store<i64>(r, r8, 64);
  store<i64>(r, r9, 72);
}

function squares(r: Num, a: Num, count: i32): void {
  multiply(r, a, a);
  while (--count > 0) multiply(r, r, r);
}

const eleven: Num = memory.data(80), e5: Num = memory.data(80), e10: Num = memory.data(80), e50: Num = memory.data(80);
const power: Num = memory.data(80), other: Num = memory.data(80);

/** power = a^(2^250 - 1), eleven = a^11. */
function raise(a: Num): void {
  squares(other, a, 1);
  squares(power, other, 2);
  multiply(power, power, a);
  multiply(eleven, other, power);
  squares(e5, eleven, 1);
  multiply(e5, e5, power); // 2^5 - 1, and so on
  squares(e10, e5, 5);
  multiply(e10, e10, e5);
  squares(power, e10, 10);
  multiply(power, power, e10); // 20
  squares(other, power, 20);
  multiply(other, other, power); // 40
  squares(e50, other, 10);
  multiply(e50, e50, e10);
  squares(power, e50, 50);
  multiply(power, power, e50); // 100
  squares(other, power, 100);
  multiply(other, other, power); // 200
  squares(power, other, 50);
  multiply(power, power, e50);
}

/** The low 255 bits. */
function read(r: Num, bytes: usize): void {
  let window: u64 = 0, bits = 0, at: usize = 0;
  for (let i = 0; i < 10; i++) {
    for (; bits < bitsOf(i); bits += 8) window |= u64(load<u8>(bytes + at++)) << bits;
    store<i64>(r + usize(i) * 8, window & ((u64(1) << bitsOf(i)) - 1));
    window >>= bitsOf(i);
    bits -= bitsOf(i);
  }
}

const reduced: Num = memory.data(80);

/** The one encoding below p. */
function write(bytes: usize, a: Num): void {
  memory.copy(reduced, a, NUM);
  carry(reduced);
  carry(reduced);
  let over: i64 = 19;
  for (let i = 0; i < 10; i++) over = (load<i64>(reduced + usize(i) * 8) + over) >> bitsOf(i);
  over *= 19;
  let window: u64 = 0, bits = 0, at: usize = 0;
  for (let i = 0; i < 10; i++) {
    const limb = load<i64>(reduced + usize(i) * 8) + over;
    over = limb >> bitsOf(i);
    window |= u64(limb & ((i64(1) << bitsOf(i)) - 1)) << bits;
    for (bits += bitsOf(i); bits >= 8; bits -= 8, window >>= 8) store<u8>(bytes + at++, window);
  }
  store<u8>(bytes + at, window);
}

const left: usize = memory.data(32), right: usize = memory.data(32);

function equal(a: Num, b: Num): bool {
  write(left, a);
  write(right, b);
  return memory.compare(left, right, 32) == 0;
}

// ---- Constants: d = -121665 / 121666, sqrt(-1), the base point, the group order

const bytesOfD: usize = memory.data<u8>([
  0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
  0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
]);
const bytesOfRoot: usize = memory.data<u8>([
  0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f,
  0xa7, 0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
]);
const BASE: usize = memory.data<u8>([
  0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
]);
const ORDER: usize = memory.data<u8>([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
]);

const zero: Num = memory.data(80), one: Num = memory.data(80), d: Num = memory.data(80), root: Num = memory.data(80);
setSmall(one, 1);
read(d, bytesOfD);
read(root, bytesOfRoot);

// ---- Points

const A: Num = memory.data(80), B: Num = memory.data(80), C: Num = memory.data(80), D: Num = memory.data(80);
const E: Num = memory.data(80), F: Num = memory.data(80), G: Num = memory.data(80), H: Num = memory.data(80);

function setIdentity(r: Point): void {
  memory.fill(r, 0, POINT);
  store<i64>(r + NUM, 1);
  store<i64>(r + 2 * NUM, 1);
}

function isIdentity(a: Point): bool {
  return equal(a, zero) && equal(a + NUM, a + 2 * NUM);
}

/** What both formulas below end with. */
function complete(r: Point): void {
  multiply(r, E, F);
  multiply(r + NUM, G, H);
  multiply(r + 2 * NUM, F, G);
  multiply(r + 3 * NUM, E, H);
}

function addPoints(r: Point, a: Point, b: Point): void {
  subtract(A, a + NUM, a);
  subtract(B, b + NUM, b);
  multiply(A, A, B);
  add(B, a + NUM, a);
  add(C, b + NUM, b);
  multiply(B, B, C);
  add(C, d, d);
  multiply(C, C, b + 3 * NUM);
  multiply(C, C, a + 3 * NUM);
  multiply(D, a + 2 * NUM, b + 2 * NUM);
  add(D, D, D);
  subtract(E, B, A);
  subtract(F, D, C);
  add(G, D, C);
  add(H, B, A);
  complete(r);
}

function double(r: Point, a: Point): void {
  multiply(A, a, a);
  multiply(B, a + NUM, a + NUM);
  multiply(C, a + 2 * NUM, a + 2 * NUM);
  add(D, a, a + NUM);
  multiply(D, D, D);
  add(H, A, B);
  subtract(E, H, D);
  subtract(G, A, B);
  add(F, C, C);
  add(F, F, G);
  complete(r);
}

function encode(bytes: usize, a: Point): void {
  raise(a + 2 * NUM);
  squares(power, power, 5);
  multiply(power, power, eleven); // 1 / Z
  multiply(A, a, power);
  multiply(B, a + NUM, power);
  write(left, A);
  write(bytes, B);
  store<u8>(bytes, load<u8>(bytes, 31) | (load<u8>(left) << 7), 31);
}

/** False for what is no canonical encoding of a point of the curve. */
function decode(r: Point, bytes: usize): bool {
  const x = r, y = r + NUM, sign = load<u8>(bytes, 31) >> 7;
  read(y, bytes);
  write(left, y);
  store<u8>(left, load<u8>(left, 31) | (sign << 7), 31);
  if (memory.compare(left, bytes, 32) != 0) return false;
  // x^2 = u / v; the root is u v^3 (u v^7)^((p - 5) / 8), perhaps times sqrt(-1)
  multiply(C, y, y);
  subtract(A, C, one); // u
  multiply(B, d, C);
  add(B, B, one); // v
  multiply(D, B, B);
  multiply(E, D, B);
  multiply(E, A, E); // u v^3
  multiply(D, D, D);
  multiply(D, D, E); // u v^7
  raise(D);
  squares(power, power, 2);
  multiply(power, power, D);
  multiply(x, E, power);
  multiply(D, x, x);
  multiply(D, B, D); // v x^2
  if (!equal(D, A)) {
    subtract(C, zero, A);
    if (!equal(D, C)) return false;
    multiply(x, x, root);
  }
  write(left, x);
  if ((load<u8>(left) & 1) != sign) {
    if (equal(x, zero)) return false;
    subtract(x, zero, x);
    carry(x);
  }
  memory.copy(r + 2 * NUM, one, NUM);
  multiply(r + 3 * NUM, x, y);
  return true;
}

const multiples: usize = memory.data(5120); // 16 points

/** scalar * a, four bits at a time from the top. */
function times(r: Point, scalar: usize, a: Point): void {
  setIdentity(multiples);
  memory.copy(multiples + POINT, a, POINT);
  for (let i = 2; i < 16; i++) {
    const at = multiples + usize(i) * POINT;
    if (i % 2 == 0) double(at, multiples + usize(i / 2) * POINT);
    else addPoints(at, at - POINT, multiples + POINT);
  }
  setIdentity(r);
  for (let i = 63; i >= 0; i--) {
    for (let j = 0; j < 4 && i != 63; j++) double(r, r);
    const digit = (load<u8>(scalar + usize(i / 2)) >> u8((i % 2) * 4)) & 15;
    if (digit != 0) addPoints(r, r, multiples + usize(digit) * POINT);
  }
}

// ---- Scalars

const product: usize = memory.data(64), remainder: usize = memory.data(32), less: usize = memory.data(32);

/** a * b modulo the group order, bit by bit from the top. */
function multiplyScalars(to: usize, a: usize, b: usize): void {
  memory.fill(product, 0, 64);
  for (let i: usize = 0; i < 32; i++) {
    let over: u32 = 0;
    for (let j: usize = 0; j < 32; j++) {
      over += u32(load<u8>(product + i + j)) + u32(load<u8>(a + i)) * u32(load<u8>(b + j));
      store<u8>(product + i + j, over);
      over >>= 8;
    }
    store<u8>(product + i + 32, over);
  }
  memory.fill(remainder, 0, 32);
  for (let i = 511; i >= 0; i--) {
    let bit: u32 = (u32(load<u8>(product + usize(i / 8))) >> (i % 8)) & 1, borrow: i64 = 0;
    for (let j: usize = 0; j < 32; j += 4) {
      const word = load<u32>(remainder + j), shifted = (word << 1) | bit;
      bit = word >> 31;
      store<u32>(remainder + j, shifted);
      borrow += i64(shifted) - i64(load<u32>(ORDER + j));
      store<u32>(less + j, u32(borrow));
      borrow >>= 32;
    }
    if (borrow == 0) memory.copy(remainder, less, 32);
  }
  memory.copy(to, remainder, 32);
}

const scalarOne: usize = memory.data(32), scalarZero: usize = memory.data(32), scalarReduced: usize = memory.data(32);
store<u8>(scalarOne, 1);

function isMultiplier(scalar: usize): bool {
  multiplyScalars(scalarReduced, scalar, scalarOne);
  return load<u8>(scalar, 31) < 0x80 && memory.compare(scalarReduced, scalarZero, 32) != 0;
}

// ---- What the host's functions do

const P: Point = memory.data(320), Q: Point = memory.data(320);

function decodeMain(r: Point, point: usize): bool {
  if (!decode(r, point)) return false;
  times(Q, ORDER, r);
  return isIdentity(Q) && !isIdentity(r);
}

export function curveAdd(a: usize, b: usize, to: usize): bool {
  if (!decode(P, a) || !decode(Q, b)) return false;
  addPoints(P, P, Q);
  encode(to, P);
  return true;
}

export function curveMultiply(scalar: usize, point: usize, to: usize): bool {
  if (!decodeMain(P, point) || !isMultiplier(scalar)) return false;
  times(Q, scalar, P);
  encode(to, Q);
  return true;
}

export function curveBaseMultiply(scalar: usize, to: usize): bool {
  if (!isMultiplier(scalar) || !decode(P, BASE)) return false;
  times(Q, scalar, P);
  encode(to, Q);
  return true;
}

export function curveIsValidPoint(point: usize): bool {
  return decodeMain(P, point);
}

export function curveScalarMultiply(a: usize, b: usize, to: usize): void {
  multiplyScalars(to, a, b);
}
