// contracts/charts/v8.mjs - the same contracts in V8, beside what contracts/charts/measure.c found: a table and a picture.
//
//   measure BUILD SECONDS | node v8.mjs FOLDER SECONDS     writes FOLDER/languages.csv, .md and .svg
//
// The old environment ran contracts in V8, with what they need compiled in.  So here the host has what a contract cannot
// do without: arguments, storage, results, base64, and for Go the WASI functions of its runtime; no curve.  Each call gets
// a fresh instance, as in delavm; V8 is given SECONDS first, to have its optimizing compiler done.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

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

function timeCalls(module) {
  for (const start = now(); now() - start < seconds * 1e6; ) call(module);
  let count = 0;
  const start = now();
  for (; now() - start < seconds * 1e6; count++) call(module);
  return (now() - start) / count;
}

const rows = readFileSync(0, "utf8").trim().split("\n").map((line) => {
  const [language, contract, curve, size, fuel, load, delavm, result, path] = line.split(",");
  const row = { language, contract, curve, size: +size, fuel: +fuel, load: +load, delavm: +delavm };
  const wasm = readFileSync(path), module = new WebAssembly.Module(wasm);
  // Without the curve, or where the host can't reach the memory, V8 can't run it.
  const memories = WebAssembly.Module.exports(module).filter((e) => e.name === "memory");
  if (curve === "host" || memories.length === 0) return row;
  call(module);
  if (answer !== result) throw new Error(`${path}: V8 answers ${answer}, delavm ${result}`);
  row.compile = timeCompile(wasm);
  row.v8 = timeCalls(module);
  return row;
});

// ---- Writing

mkdirSync(folder, { recursive: true });
const cell = (value, digits) => (value === undefined ? "" : value.toFixed(digits));
writeFileSync(
  `${folder}/languages.csv`,
  "language,contract,curve,module_bytes,fuel,delavm_deploy_us,delavm_call_us,v8_compile_us,v8_call_us\n" +
    rows.map((r) => [r.language, r.contract, r.curve, r.size, r.fuel, cell(r.load, 1), cell(r.delavm, 2), cell(r.compile, 1),
      cell(r.v8, 2)].join(",") + "\n").join("")
);
const pretty = (value) => (value === undefined ? "" : value >= 100 ? value.toFixed(0) : value.toPrecision(2));
const table =
  "| contract | language | curve | module, bytes | fuel | deploy, µs | V8: compile, µs | call, µs | V8: call, µs |\n" +
  "|---|---|---|---:|---:|---:|---:|---:|---:|\n" +
  rows.map((r) => `| ${r.contract} | ${r.language} | ${r.curve} | ${r.size} | ${r.fuel} | ${pretty(r.load)} | ` +
    `${pretty(r.compile)} | ${pretty(r.delavm)} | ${pretty(r.v8)} |\n`).join("");
writeFileSync(`${folder}/languages.md`, table);
console.log(table);

// A panel for each contract, a line for each language, marks on one logarithmic scale of microseconds.
const MARKS = [
  { name: "V8", colour: "#e0452f", of: (r) => r.v8 },
  { name: "delavm, all compiled in", colour: "#0b7fff", of: (r) => (r.curve === "host" ? undefined : r.delavm) },
  { name: "delavm, curve in the host", colour: "#2b9a4a", of: (r) => (r.curve === "host" ? r.delavm : undefined) },
];
const LEFT = 130, RIGHT = 820, LINE = 22;
const times = rows.flatMap((r) => [r.v8, r.delavm]).filter((t) => t > 0);
const least = 10 ** Math.floor(Math.log10(Math.min(...times))), most = 10 ** Math.ceil(Math.log10(Math.max(...times)));
const place = (t) => LEFT + ((RIGHT - LEFT) * Math.log(t / least)) / Math.log(most / least);
let y = 64, body = "";
for (const contract of new Set(rows.map((r) => r.contract))) {
  const here = rows.filter((r) => r.contract === contract);
  body += `<text x="14" y="${y + 14}" font-weight="bold">${contract}</text>\n`;
  y += 24;
  const top = y;
  for (const language of new Set(here.map((r) => r.language))) {
    const at = y + LINE / 2;
    body += `<text x="${LEFT - 10}" y="${at + 4}" text-anchor="end">${language}</text>` +
      `<line class="grid" x1="${LEFT}" y1="${at}" x2="${RIGHT}" y2="${at}"/>\n`;
    for (const r of here.filter((row) => row.language === language))
      for (const mark of MARKS)
        if (mark.of(r) !== undefined)
          body += `<circle cx="${place(mark.of(r)).toFixed(1)}" cy="${at}" r="5.5" fill="${mark.colour}">` +
            `<title>${language}, ${contract}, ${mark.name}: ${pretty(mark.of(r))} µs</title></circle>\n`;
    y += LINE;
  }
  for (let t = least; t <= most; t *= 10)
    body += `<line class="grid" x1="${place(t).toFixed(1)}" y1="${top}" x2="${place(t).toFixed(1)}" y2="${y}"/>` +
      `<text text-anchor="middle" font-size="11" x="${place(t).toFixed(1)}" y="${y + 13}">${t >= 1000 ? `${t / 1000} ms` : `${t} µs`}</text>\n`;
  y += 26;
}
const legend = MARKS.map((m, i) => `<circle cx="${20 + i * 200}" cy="46" r="5.5" fill="${m.colour}"/>` +
  `<text x="${32 + i * 200}" y="50">${m.name}</text>`).join("");
writeFileSync(
  `${folder}/languages.svg`,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 ${y}" width="860" height="${y}" font-family="system-ui, sans-serif" font-size="13">
<style>text{fill:#4a5560}.grid{stroke:#8894a055}@media (prefers-color-scheme:dark){text{fill:#b4bfca}}</style>
<text x="14" y="22" font-size="16" font-weight="bold">One call of a contract, in a fresh instance; further left is faster</text>
${legend}
${body}</svg>
`
);
console.error(`${folder}/languages.svg, .csv, .md`);
