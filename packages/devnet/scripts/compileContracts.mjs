// Compiles the contracts and writes the parts that the TypeScript needs. With --check it writes nothing and
// fails when a file differs from the compiler's output.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { Interface } from 'ethers';
import solc from 'solc';

const folder = new URL('..', import.meta.url);
const contracts = [
  'Multicall3',
  'StakedToken',
  'PrizePool',
  'MisbehavingPool',
  'YieldSource',
  'LendingMarket',
  'OddToken',
];

const input = {
  language: 'Solidity',
  sources: Object.fromEntries(
    contracts.map(name => [
      `${name}.sol`,
      { content: readFileSync(new URL(`contracts/${name}.sol`, folder), 'utf8') },
    ]),
  ),
  settings: {
    // Paris has no PUSH0: the code then runs on a chain started with any hardfork.
    evmVersion: 'paris',
    optimizer: { enabled: true, runs: 10_000_000 },
    // Without the metadata the result depends on the code alone, not on comments or paths.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors ?? []).filter(error => error.severity === 'error');
if (errors.length > 0) throw new Error(errors.map(error => error.formattedMessage).join('\n'));
const compiled = name => output.contracts[`${name}.sol`][name];

const header = sources =>
  `// Made by scripts/compileContracts.mjs from ${sources} with solc ${solc.version()}.\n// Do not edit.\n`;
const hex = (object, indent) =>
  `0x${object}`
    .match(/.{1,100}/g)
    .map(line => `${indent}'${line}',`)
    .join('\n');

const abiLines = name =>
  new Interface(compiled(name).abi)
    .format()
    .map(line => `    '${line}',`)
    .join('\n');

const runtimeOf = (name, constant, what) => `
/** ${what} */
export const ${constant} = {
  abi: [
${abiLines(name)}
  ],
  runtime: [
${hex(compiled(name).evm.deployedBytecode.object, '    ')}
  ].join(''),
} as const;
`;

function artifact(name, constant, what) {
  const { evm } = compiled(name);
  return `
/** ${what} */
export const ${constant} = {
  name: '${name}',
  abi: [
${abiLines(name)}
  ],
  bytecode: [
${hex(evm.bytecode.object, '    ')}
  ].join(''),
} as const;
`;
}

const files = {
  'src/chain/multicall3Runtime.ts': `${header('contracts/Multicall3.sol')}
/** Multicall3's runtime code. */
export const multicall3Runtime = [
${hex(compiled('Multicall3').evm.deployedBytecode.object, '  ')}
].join('');
`,
  'src/prizePool/prizePoolArtifacts.ts':
    header('contracts/PrizePool.sol and contracts/StakedToken.sol') +
    artifact('StakedToken', 'stakedTokenArtifact', 'The stand-in for shMON.') +
    artifact('PrizePool', 'prizePoolArtifact', 'A prize pool.'),
  'src/prizePool/misbehavingPoolArtifact.ts':
    header('contracts/MisbehavingPool.sol') +
    runtimeOf(
      'MisbehavingPool',
      'misbehavingPoolArtifact',
      'The runtime code of a prize pool that can be told to misbehave, and the function that tells it.',
    ),
  'src/hyperdrive/oddTokenArtifact.ts':
    header('contracts/OddToken.sol') +
    runtimeOf(
      'OddToken',
      'oddTokenArtifact',
      'The runtime code of a base token that does what some real ones do.',
    ),
  'src/hyperdrive/yieldSourceArtifact.ts':
    header('contracts/YieldSource.sol and contracts/LendingMarket.sol') +
    artifact('YieldSource', 'yieldSourceArtifact', 'The stand-in for what pools of many kinds earn with.') +
    artifact('LendingMarket', 'lendingMarketArtifact', 'The stand-in for Morpho Blue.'),
};
for (const [path, text] of Object.entries(files)) {
  const target = new URL(path, folder);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`${target.pathname} is not up to date: run compile:contracts\n`);
    process.exitCode = 1;
  }
}
