// contracts/charts/v8.mjs - the same contracts in V8, beside what contracts/charts/measure.c found: a table and pictures.
//
//   measure BUILD SECONDS | node v8.mjs FOLDER SECONDS     writes FOLDER/languages.csv, .md, .html and SVG
//
// The old environment ran contracts in V8, with what they need compiled in.  So here the host has what a contract cannot
// do without: arguments, storage, results, base64, and for Go the WASI functions of its runtime; no curve.  Each call gets
// a fresh instance, as in delavm; V8 is given SECONDS first, to have its optimizing compiler done.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { csv, pictures, page, table } from "./draw.mjs";

const [folder, seconds] = [process.argv[2], Number(process.argv[3])];
const POINT1 = "YW4jdxlxbiXq1j2DH5EX95taoFr4vjD/Dt2z3EPovc8=";
const POINT2 = "8AV0PaPCJShKN7od9uXmY4gXdWJwqoto1BPs1j0C9Fo=";
const SCALAR = "2Tfo+QWf8hqXLGckvnUE8v10SG0PAAAAAAAAAAAAAAA=";
const ARGUMENTS = { point1: POINT1, point2: POINT2, scalar: SCALAR };
const STORAGE = { counter: "41" };

// ---- The host: what measure.c's requests need

let memory, answer;
const bytes = (at, size) => Buffer.from(memory.buffer, at >>> 0, size >>> 0);
const give = (found, to, room) => {
  if (found === undefined) return -1;
  const data = Buffer.from(found);
  data.copy(bytes(to, room), 0, 0, room);
  return data.length;
};
const dela = {
  argument: (key, size, to, room) => give(ARGUMENTS[bytes(key, size).toString()], to, room),
  storage_get: (key, size, to, room) => give(STORAGE[bytes(key, size).toString()], to, room),
  storage_set() {},
  event() {},
  log() {},
  result: (at, size) => (answer = bytes(at, size).toString()),
  reject(at, size) {
    throw new Error(bytes(at, size).toString());
  },
  base64_encode: (at, size, to, room) => give(bytes(at, size).toString("base64"), to, room),
  base64_decode: (at, size, to, room) => give(Buffer.from(bytes(at, size).toString(), "base64"), to, room),
};
const word = (at, value) => new DataView(memory.buffer).setUint32(at, value, true);
const preview1 = {
  args_sizes_get: (count, size) => (word(count, 0), word(size, 0), 0),
  environ_sizes_get: (count, size) => (word(count, 0), word(size, 0), 0),
  clock_time_get: (id, precision, to) => (new DataView(memory.buffer).setBigUint64(to, 1000000000n, true), 0),
  random_get: (to, size) => (bytes(to, size).fill(7), 0),
  fd_prestat_get: () => 8,
  proc_exit(status) {
    throw new Error(`exit ${status}`);
  },
};
// What a module imports besides is not called for by these requests.
const unused = (known) => new Proxy(known, { get: (table, name) => table[name] ?? (() => 0) });
const imports = { dela: unused(dela), wasi_snapshot_preview1: unused(preview1) };

// ---- Measuring

/** Microseconds of CPU time, those of V8's compiling threads included. */
function now() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function call(module) {
  const { exports } = new WebAssembly.Instance(module, imports);
  memory = exports.memory;
  exports._initialize?.();
  exports.call();
}

/** Microseconds for one compilation.  V8 remembers what it compiled, so each time a few bytes differ. */
function timeCompile(wasm) {
  const variants = [];
  for (let i = 0; i < 16; i++) variants.push(Buffer.concat([wasm, Buffer.from([0, 6, 1, 120, i, i, i, i])]));
  const start = now();
  let count = 0;
  while (count < variants.length && (count === 0 || now() - start < seconds * 1e6))
    new WebAssembly.Module(variants[count++]);
  return (now() - start) / count;
}

/** Microseconds for so many calls. */
function timeCalls(module, times, warm) {
  const round = () => {
    for (let i = 0; i < times; i++) call(module);
  };
  for (const start = now(); warm && now() - start < seconds * 1e6; ) round();
  let count = 0;
  const start = now();
  for (; count === 0 || now() - start < seconds * 1e6; count++) round();
  return (now() - start) / count;
}

const rows = readFileSync(0, "utf8").trim().split("\n").map((line) => {
  const [language, contract, curve, iterations, size, fuel, load, delavm, result, path] = line.split(",");
  const row = { language, contract, curve, n: +iterations, size: +size, fuel: +fuel, load: +load, delavm: +delavm };
  if (process.stderr.isTTY) process.stderr.write(`\r${contract.padEnd(16)} ${language.padEnd(14)} ${iterations.padEnd(10)}`);
  const wasm = readFileSync(path), module = new WebAssembly.Module(wasm);
  if (curve === "host") return row;
  // The host has to reach the memory.
  if (WebAssembly.Module.exports(module).every((e) => e.name !== "memory")) throw new Error(`${path} exports no memory`);
  ARGUMENTS.iterations = iterations;
  call(module);
  if (answer !== result) throw new Error(`${path}: V8 answers ${answer}, delavm ${result}`);
  if (row.n === 1) row.compile = timeCompile(wasm);
  // The counter is called so often, the others do their operation so often in one call.
  row.v8 = timeCalls(module, contract === "counter" ? row.n : 1, row.n === 1);
  return row;
});
if (process.stderr.isTTY) process.stderr.write(`\r${"".padEnd(44)}\r`);

mkdirSync(folder, { recursive: true });
const drawn = pictures(rows);
const files = { "languages.csv": csv(rows), "languages.md": table(rows), "languages.html": page(rows, drawn, process.versions) };
for (const { name, text } of drawn) files[name] = text;
for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
console.log(table(rows));
console.error(`${folder}/languages.html, .md, .csv; ${drawn.length} pictures`);
