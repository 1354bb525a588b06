// contracts/charts/draw.mjs - what v8.mjs found, as CSV, table, pictures and page.
//
// A row is {language, contract, curve, n, size, fuel, load, delavm, compile, v8}: n operations, sizes in bytes, times in
// microseconds; what was not measured is undefined.

const CONTRACTS = {
  counter: "Counter",
  ed25519: "Point addition",
  ed25519_mul: "Point multiplication",
  ed25519_gen_mul: "Base-point multiplication",
};
const LANGUAGES = {
  c: { name: "C", colour: "#1b6ca8" },
  cpp: { name: "C++", colour: "#57b0e0" },
  wat: { name: "WAT", colour: "#8a8a8a" },
  forth: { name: "Forth", colour: "#c8553d" },
  rust: { name: "Rust", colour: "#e0a030" },
  assemblyscript: { name: "AssemblyScript", colour: "#2a9d6f" },
  go: { name: "Go", colour: "#8e5ea2" },
};
const CURVES = { "": "", host: "in the host", compiled: "compiled in" };

const cell = (value, digits) => (value === undefined ? "" : value.toFixed(digits));

export function csv(rows) {
  return (
    "language,contract,curve,iterations,module_bytes,fuel,delavm_deploy_us,delavm_us,v8_compile_us,v8_us\n" +
    rows.map((r) => [r.language, r.contract, r.curve, r.n, r.size, r.fuel, cell(r.load, 1), cell(r.delavm, 2),
      cell(r.compile, 1), cell(r.v8, 2)].join(",") + "\n").join("")
  );
}

// ---- The table: single calls

const COLUMNS = [
  "contract", "language", "curve", "module, bytes", "fuel", "deploy, µs", "V8: compile, µs", "call, µs", "V8: call, µs",
];
const pretty = (value) => (value === undefined ? "" : value >= 99.5 ? value.toFixed(0) : value.toPrecision(2));
const cells = (r) => [r.contract, LANGUAGES[r.language].name, CURVES[r.curve], r.size, r.fuel, pretty(r.load), pretty(r.compile),
  pretty(r.delavm), pretty(r.v8)];
const single = (rows) => rows.filter((r) => r.n === 1);

export function table(rows) {
  const line = (words) => `| ${words.join(" | ")} |\n`;
  return line(COLUMNS) + line(COLUMNS.map((_, i) => (i < 3 ? "---" : "---:"))) + single(rows).map((r) => line(cells(r))).join("");
}

function htmlTable(rows) {
  const line = (tag, words) => `<tr>${words.map((word) => `<${tag}>${word}</${tag}>`).join("")}</tr>\n`;
  return `<table>\n${line("th", COLUMNS)}${single(rows).map((r) => line("td", cells(r))).join("")}</table>\n`;
}

// ---- Pictures

const duration = (us) => (us === 0 ? "0" : us >= 1e6 ? `${us / 1e6} s` : us >= 1000 ? `${us / 1000} ms` : `${us} µs`);
const svg = (width, height, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
  `font-family="system-ui, sans-serif" font-size="13" fill="#222">\n` +
  `<style>.grid{stroke:#ddd}</style><rect width="${width}" height="${height}" fill="white"/>\n${body}</svg>\n`;
const title = (text, x = 14) => `<text x="${x}" y="22" font-size="16" font-weight="bold">${text}</text>\n`;

/** A panel for each contract, a line for each language, marks on one logarithmic scale. */
function dots(rows) {
  const MARKS = [
    { name: "V8, all compiled in", colour: "#e0452f", of: (r) => r.v8 },
    { name: "delavm, all compiled in", colour: "#0b7fff", of: (r) => (r.curve === "host" ? undefined : r.delavm) },
    { name: "delavm, curve in the host", colour: "#2b9a4a", of: (r) => (r.curve === "host" ? r.delavm : undefined) },
  ];
  const LEFT = 130, RIGHT = 820, LINE = 22;
  const times = rows.flatMap((r) => [r.v8, r.delavm]).filter((t) => t > 0);
  const least = 10 ** Math.floor(Math.log10(Math.min(...times))), most = 10 ** Math.ceil(Math.log10(Math.max(...times)));
  const place = (t) => (LEFT + ((RIGHT - LEFT) * Math.log(t / least)) / Math.log(most / least)).toFixed(1);
  let y = 64, body = title("One call of a contract, in a fresh instance; further left is faster");
  MARKS.forEach((mark, i) => {
    body += `<circle cx="${20 + i * 210}" cy="46" r="5.5" fill="${mark.colour}"/><text x="${32 + i * 210}" y="50">${mark.name}</text>\n`;
  });
  for (const contract of new Set(rows.map((r) => r.contract))) {
    const here = rows.filter((r) => r.contract === contract);
    body += `<text x="14" y="${y + 14}" font-weight="bold">${CONTRACTS[contract]} (${contract})</text>\n`;
    y += 24;
    const languages = new Set(here.map((r) => r.language)), bottom = y + LINE * languages.size;
    for (let t = least; t <= most; t *= 10)
      body += `<line class="grid" x1="${place(t)}" y1="${y}" x2="${place(t)}" y2="${bottom}"/>` +
        `<text text-anchor="middle" font-size="11" x="${place(t)}" y="${bottom + 13}">${duration(t)}</text>\n`;
    for (const language of languages) {
      const at = y + LINE / 2;
      body += `<text x="${LEFT - 10}" y="${at + 4}" text-anchor="end">${LANGUAGES[language].name}</text>` +
        `<line class="grid" x1="${LEFT}" y1="${at}" x2="${RIGHT}" y2="${at}"/>\n`;
      for (const r of here.filter((row) => row.language === language))
        for (const mark of MARKS.filter((m) => m.of(r) !== undefined))
          body += `<circle cx="${place(mark.of(r))}" cy="${at}" r="5.5" fill="${mark.colour}">` +
            `<title>${LANGUAGES[language].name}, ${contract}, ${mark.name}: ${pretty(mark.of(r))} µs</title></circle>\n`;
      y += LINE;
    }
    y += 26;
  }
  return svg(860, y, body);
}

/** 1, 2 or 5 times a power of ten, so that four to ten steps make `high`. */
function roundStep(high) {
  const power = 10 ** Math.floor(Math.log10(high / 4));
  return power * [5, 2, 1].find((factor) => factor * power <= high / 4);
}

/** Places for values up to `high`, and where marks belong. */
function axis(low, high, from, to, logarithmic) {
  const marks = [];
  if (logarithmic) for (let t = low; t <= high * 1.001; t *= 10) marks.push(t);
  else for (let i = 0, step = roundStep(high); i * step <= high * 1.001; i++) marks.push(i * step);
  const share = (v) => (logarithmic ? Math.log(v / low) / Math.log(high / low) : v / high);
  return { marks, place: (v) => (from + (to - from) * share(v)).toFixed(1) };
}

/** The report's chart of one contract: n operations, all compiled in, a colour for each language; V8 is dashed. */
function lines(rows, contract, logarithmic) {
  const here = rows.filter((r) => r.contract === contract && r.curve !== "host");
  const languages = [...new Set(here.map((r) => r.language))];
  const LEFT = 76, RIGHT = 620, BOTTOM = 410, top = 62 + 18 * Math.ceil(languages.length / 3);
  const times = here.flatMap((r) => [r.v8, r.delavm]), largest = Math.max(...times);
  const y = axis(10 ** Math.floor(Math.log10(Math.min(...times))), logarithmic ? 10 ** Math.ceil(Math.log10(largest)) : largest, BOTTOM,
    top, logarithmic);
  const x = axis(1, Math.max(...here.map((r) => r.n)), LEFT, RIGHT, logarithmic);
  const what = contract === "counter" ? "executed N times" : "N times in one call";
  let body = title(`${CONTRACTS[contract]}, ${what}`, LEFT) + `<text x="${LEFT}" y="42">solid: delavm; dashed: V8</text>\n`;
  for (const t of y.marks)
    body += `<line class="grid" x1="${LEFT}" y1="${y.place(t)}" x2="${RIGHT}" y2="${y.place(t)}"/>` +
      `<text x="${LEFT - 8}" y="${+y.place(t) + 4}" text-anchor="end">${duration(Math.round(t))}</text>\n`;
  for (const t of x.marks)
    body += `<line class="grid" x1="${x.place(t)}" y1="${top}" x2="${x.place(t)}" y2="${BOTTOM}"/>` +
      `<text x="${x.place(t)}" y="${BOTTOM + 18}" text-anchor="middle">${t}</text>\n`;
  body += `<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 38}" text-anchor="middle">N${logarithmic ? " (both scales logarithmic)" : ""}</text>\n`;
  languages.forEach((language, i) => {
    const { name, colour } = LANGUAGES[language], at = LEFT + (i % 3) * 170, line = 60 + 18 * Math.floor(i / 3);
    body += `<rect x="${at}" y="${line - 7}" width="14" height="4" fill="${colour}"/><text x="${at + 20}" y="${line}">${name}</text>\n`;
    for (const [engine, of, style] of [["delavm", (r) => r.delavm, ""], ["V8", (r) => r.v8, ' stroke-dasharray="5 4"']]) {
      const points = here.filter((r) => r.language === language);
      body += `<polyline fill="none" stroke="${colour}" stroke-width="2"${style} points="` +
        points.map((r) => `${x.place(r.n)},${y.place(of(r))}`).join(" ") + `"/>\n`;
      for (const r of points)
        body += `<circle cx="${x.place(r.n)}" cy="${y.place(of(r))}" r="2.5" fill="${colour}">` +
          `<title>${name} in ${engine}, N = ${r.n}: ${pretty(of(r))} µs</title></circle>\n`;
    }
  });
  return svg(640, 456, body);
}

/** All pictures, as {name, what, text}. */
export function pictures(rows) {
  const drawn = [{ name: "languages.svg", what: "one call", text: dots(single(rows)) }];
  for (const contract of new Set(rows.map((r) => r.contract)))
    for (const scale of ["log", "linear"])
      drawn.push({ name: `languages-${contract}-${scale}.svg`, what: `${CONTRACTS[contract]}, ${scale}`,
        text: lines(rows, contract, scale === "log") });
  return drawn;
}

// ---- The page

export function page(rows, drawn, versions) {
  const [first, ...others] = drawn.map(({ name, what }) => `<img src="${name}" alt="${what}">\n`);
  const absent = Object.keys(LANGUAGES).filter((language) => rows.every((r) => r.language !== language));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Contracts side by side</title>
<style>
body{font:16px/1.5 sans-serif;max-width:1340px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
img{max-width:100%}
table{border-collapse:collapse}td,th{padding:.1em .8em;text-align:right;border-bottom:1px solid #ddd}
td:nth-child(-n+3),th:nth-child(-n+3){text-align:left}
</style>
<h1>Contracts side by side</h1>
<p>The same wasm in V8 (node ${versions.node}, V8 ${versions.v8}), as the environment of 2021 ran it, and in delavm. Times are
CPU time, those of V8's compiling threads included. V8's answers are those of delavm. Numbers: <a
href="languages.csv">languages.csv</a>.${absent.length === 0 ? "" : ` Not built here: ${absent.map((l) => LANGUAGES[l].name).join(", ")}.`}</p>
<ul>
<li>Each call has an instance of its own, in both. Most of a counter's call in V8 is making that instance. V8 runs what
its optimizing compiler made of the contract: it is called for a while before it is timed.</li>
<li>In V8 the curve is always compiled in, as it was in 2021. delavm has it in the host besides (libsodium).</li>
<li>Deploying is decoding, validation, translation, and the image that calls begin from; what Go and AssemblyScript
initialize is run then, and calls begin from a snapshot. In V8 compiling is its first tier only, and each call
initializes.</li>
<li>In delavm every run is metered: the fuel is exact, and the same on every machine.</li>
</ul>
${first}${htmlTable(rows)}<h2>The report's charts, for each language</h2>
<p>All compiled in; up to a hundred operations.</p>
${others.join("")}`;
}
