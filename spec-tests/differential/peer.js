// spec-tests/differential/peer.js - what V8 says about the modules of differential.sh.
//
// node peer.js validate FOLDER             one line for each module: "NAME ok" or "NAME refused: why"
// node peer.js run FOLDER DELAVM SECONDS   calls the exports of each module that delavm accepts, here and there; prints
//                                          what differs, then "N calls, M without comparison, D differ"
'use strict';
const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');

const [command, folder, delavm, seconds] = process.argv.slice(2);
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.wasm')).sort();

// V8 has limits of its own, and they are not ours: then there is nothing to compare.
const limits = /size \d+ .*exceeds|exceeds internal limit|maximum .*size|larger than|count of .* exceeds|out of memory|Out of memory/;

function validate() {
    for (const name of files) {
        let verdict = 'ok';
        try {
            new WebAssembly.Module(fs.readFileSync(path.join(folder, name)));
        } catch (error) {
            verdict = (limits.test(error.message) ? 'limit: ' : 'refused: ') + error.message.replace(/\s+/g, ' ');
        }
        console.log(`${name} ${verdict}`);
    }
}

// Words of V8's traps, and which of ours they are.
const traps = [
    [/unreachable/, ['unreachable']],
    [/divide by zero|remainder by zero/, ['integer_divide_by_zero']],
    [/divide result unrepresentable/, ['integer_overflow']],
    [/memory access out of bounds/, ['out_of_bounds_memory_access']],
    [/table index is out of bounds|table or element segment|table access out of bounds|element segment out of bounds|table initializer is out of bounds/,
        ['out_of_bounds_table_access', 'undefined_element']],
    [/null function or function signature|signature mismatch|dereferencing a null/,
        ['uninitialized_element', 'indirect_call_type_mismatch', 'undefined_element']],
    [/data segment/, ['out_of_bounds_memory_access']],
];

// Ends of ours that say nothing about the semantics: ours are lower, or there is no such thing there.
const own = ['out_of_fuel', 'call_stack_exhausted', 'operand_stack_exhausted', 'float_executed'];

function there(file, name, args) {
    const words = ['run', '--json', '--profile', 'compat', '--policy', 'lazy', '--fuel', '2000000', file, '-i', name, ...args];
    const done = spawnSync(delavm, words, { encoding: 'utf8', timeout: 20000 });
    if (done.signal) return { broken: `delavm ended by ${done.signal}` };
    try {
        return JSON.parse(done.stdout);
    } catch (error) {
        return { broken: `delavm printed: ${done.stdout}${done.stderr}` };
    }
}

function here(instance, name, types, args) {
    const values = args.map((text, i) => (types[i] === 'i64' ? BigInt.asIntN(64, BigInt(text)) : Number(text) | 0));
    const result = instance.exports[name](...values);
    const list = result === undefined ? [] : Array.isArray(result) ? result : [result];
    return list.map((value) => (typeof value === 'bigint' ? BigInt.asUintN(64, value).toString() : String(value >>> 0)));
}

function compare(file, exported, types, args) {
    const answer = there(file, exported, args);
    if (answer.broken) return `differs: ${answer.broken}`;
    const code = answer.trap && (answer.trap.code || answer.trap.kind || answer.trap);
    if (answer.status !== 'returned' && !answer.trap) return 'none'; // refused by a limit of ours, or of the machine
    if (own.includes(code)) return 'none';
    // A fresh instance for each call.
    let have;
    try {
        const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), {});
        have = here(instance, exported, types, args);
    } catch (error) {
        if (error instanceof RangeError && /call stack/.test(error.message)) return 'none';
        const row = traps.find(([words]) => words.test(error.message));
        if (row && row[1].includes(code)) return 'same';
        return `differs: delavm ${code || 'returned'}, here: ${error.message}`;
    }
    const want = answer.status === 'returned' ? answer.results.map((result) => result.value) : [code];
    return JSON.stringify(have) === JSON.stringify(want) ? 'same' : `differs: delavm ${want}, here ${have}`;
}

const edges = { i32: ['7', '4294967295', '2147483648', '0'], i64: ['3', '18446744073709551615', '9223372036854775808', '0'] };

function run() {
    const end = Date.now() + Number(seconds) * 1000;
    let calls = 0, none = 0, differ = 0;
    for (const name of files) {
        if (Date.now() > end) break;
        const file = path.join(folder, name);
        const shown = spawnSync(delavm, ['inspect', '--json', file], { encoding: 'utf8' });
        let module;
        try {
            module = JSON.parse(shown.stdout);
        } catch (error) {
            continue;
        }
        if (module.status !== 'ok' || module.imports.length !== 0) continue;
        // A name with a NUL can't be a word of a command line.
        const functions = module.exports.filter((row) => row.kind === 'function' && !row.name.includes('\0'));
        for (const exported of functions.slice(0, 4)) {
            const [params, results] = exported.type.split(' -> ').map((part) => part.replace(/[[\]]/g, '').split(' ').filter(Boolean));
            if (![...params, ...results].every((type) => type === 'i32' || type === 'i64')) continue;
            for (let turn = 0; turn < (params.length === 0 ? 1 : 2); turn++) {
                const args = params.map((type, i) => edges[type][(turn + i) % 4]);
                let outcome = compare(file, exported.name, params, args);
                // memory.grow stops at our cap, which V8 does not have.
                if (outcome.startsWith('differs') && fs.readFileSync(file).includes(Buffer.from([0x40, 0x00])) && name.startsWith('mutant'))
                    outcome = 'none';
                calls++;
                if (outcome === 'none') none++;
                if (outcome.startsWith('differs')) {
                    differ++;
                    console.log(`${name} ${JSON.stringify(exported.name)} ${args.join(' ')}: ${outcome}`);
                }
            }
        }
    }
    console.log(`${calls} calls, ${none} without comparison, ${differ} differ`);
}

if (command === 'validate') validate();
else run();
