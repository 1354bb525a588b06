// The same calls of modules and of what they were lowered to, in V8.
//   node engines.js ENGINES.wasm ENGINES_LOWERED.wasm ALONE.wasm ALONE_LOWERED.wasm     made of engines.wat and alone.wat
'use strict';
const fs = require('fs');
const view = new DataView(new ArrayBuffer(8));
const toBits = (value) => (view.setFloat64(0, value), view.getBigInt64(0));
const toValue = (bits) => (view.setBigInt64(0, bits), view.getFloat64(0));
const load = (path, host) => new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(path)), {host}).exports;

const float = load(process.argv[2], {twice: (x) => 2 * x, half: 0.5});
// Imports take and give bits, too.
const integer = load(process.argv[3], {twice: (x) => toBits(2 * toValue(x)), half: toBits(0.5)});

const special = [0, -0, 1, -1, 0.5, 1.5, 2.5, 3, 0.1, 1e300, -1e300, 1e-300, 5e-324, 2.2250738585072014e-308, 4294967295,
                 4294967296, -2147483649, 9223372036854774784, 9223372036854775808, 1.0000000000000002, 3.4028235677973366e38,
                 1.401298464324817e-45, Infinity, -Infinity, NaN];
let state = 1n;
const random = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xFFFFFFFFFFFFFFFFn;
    return toValue(BigInt.asIntN(64, state ^ (state >> 29n)));
};
const pairs = [];
for (const a of special)
    for (const b of special)
        pairs.push([a, b]);
for (let i = 0; i < 2000; i++)
    pairs.push([random(), random()]);

const outcome = (run) => {
    try {
        const value = run();
        return Number.isNaN(value) ? 'NaN' : Object.is(value, -0) ? '-0' : String(value);
    } catch (error) {
        return error instanceof WebAssembly.RuntimeError ? 'trap' : String(error);
    }
};
let calls = 0, differences = 0;
const compare = (name, want, have) => {
    calls++;
    if (want !== have && differences++ < 10)
        console.log(`${name} is ${have}, should be ${want}`);
};
for (const name of Object.keys(float))
    if (typeof float[name] === 'function')
        for (const [a, b] of pairs)
            compare(`${name}(${a}, ${b})`, outcome(() => float[name](a, b)),
                    outcome(() => toValue(integer[name](toBits(a), toBits(b)))));

const alone = load(process.argv[4], {}), lowered = load(process.argv[5], {});
const toSingle = (bits) => (view.setInt32(0, bits), view.getFloat32(0));
const results = {run_third: toValue, run_single: toSingle, run_nan: toValue, run_subnormal: toValue, run_loop: toValue,
                 run_indirect: toSingle};
for (const name of Object.keys(alone))
    compare(name, outcome(() => alone[name]()), outcome(() => (results[name] || ((value) => value))(lowered[name]())));
// NaNs that are computed are the positive canonical one.
const nan = BigInt.asUintN(64, lowered.run_nan());
if (nan !== 0x7FF8000000000000n) {
    console.log(`a NaN is 0x${nan.toString(16)}`);
    differences++;
}
if (calls < 40000) {
    console.log(`only ${calls} calls`);
    differences++;
}
process.exit(differences === 0 ? 0 : 1);
