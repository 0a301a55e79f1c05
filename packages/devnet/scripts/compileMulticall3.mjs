// Compiles contracts/Multicall3.sol and writes src/hyperdrive/multicall3Runtime.ts.
// With --check it writes nothing and fails when that file is not what the compiler makes of the source.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import solc from 'solc';

const source = new URL('../contracts/Multicall3.sol', import.meta.url);
const target = new URL('../src/hyperdrive/multicall3Runtime.ts', import.meta.url);

const input = {
  language: 'Solidity',
  sources: { 'Multicall3.sol': { content: readFileSync(source, 'utf8') } },
  settings: {
    // Paris has no PUSH0: the code then runs on a chain started with any hardfork.
    evmVersion: 'paris',
    optimizer: { enabled: true, runs: 10_000_000 },
    // Without the metadata the result depends on the code alone, not on comments or paths.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors ?? []).filter(error => error.severity === 'error');
if (errors.length > 0) throw new Error(errors.map(error => error.formattedMessage).join('\n'));

const { object } = output.contracts['Multicall3.sol'].Multicall3.evm.deployedBytecode;
const lines = `0x${object}`.match(/.{1,100}/g).map(line => `  '${line}',`);
const text = `// Made by scripts/compileMulticall3.mjs from contracts/Multicall3.sol with solc ${solc.version()}.
// Do not edit.

/** Multicall3's runtime code. */
export const multicall3Runtime = [
${lines.join('\n')}
].join('');
`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`${target.pathname} is not up to date: run compile:multicall3\n`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
