// bench/peers/v8.mjs - V8 behind the command line of bench/peer.h: the ceiling, for it compiles to machine code.
import fs from "node:fs";

const [name, what, path, ...rest] = process.argv.slice(2);
const times = Number(rest.at(-1));
const now = () => { // CPU time of all its threads, in ns
    const { user, system } = process.cpuUsage();
    return (user + system) * 1000;
};
const load = bytes => new WebAssembly.Module(bytes);
const call = (module, [functionName, argument]) => {
    const run = new WebAssembly.Instance(module).exports[functionName];
    const start = now();
    const result = run(Number(argument));
    return `${BigInt.asUintN(64, result)} ${now() - start}`;
};
const timed = work => {
    let result = 0n;
    const start = now();
    for (let i = 0; i < times; i++)
        result = work() ?? 0n;
    return `${BigInt.asUintN(64, result)} ${now() - start}`;
};

const parts = {
    info: () => `name=${name}\nversion=${process.versions.v8}\nfuel=no\nkind=compiler\nbuild=node ${process.version}`,
    run: bytes => {
        const module = load(bytes);
        return Array.from({ length: times }, () => call(module, rest)).join("\n");
    },
    call: bytes => {
        const module = load(bytes);
        return timed(() => new WebAssembly.Instance(module).exports[rest[0]](Number(rest[1])));
    },
    validate: bytes => timed(() => {
        if (!WebAssembly.validate(bytes))
            throw new Error("not valid");
    }),
    load: bytes => timed(() => {
        load(bytes);
    }),
};

if (!(what in parts))
    process.exit(3);
console.log(parts[what](path && fs.readFileSync(path)));
