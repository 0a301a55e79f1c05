import process from 'node:process';
import { inspect } from 'node:util';
import type { Anvil } from '@service-bots/devnet';
import type { Contestant } from './contestant.ts';
import { contestants } from './contestants.ts';
import { inCell, startChain } from './rig.ts';
import type { Figure, Row } from './row.ts';
import { answerRows } from './rows/answers.ts';
import { badPrimaryRows } from './rows/badPrimary.ts';
import { guardRows } from './rows/guards.ts';
import { leftoverRows } from './rows/leftovers.ts';
import { nodeRows } from './rows/nodes.ts';
import { outageRows } from './rows/outages.ts';
import { writeRows } from './rows/writes.ts';
import { markdownTable } from './table.ts';

/** The number of measurements of a missed demand in all, since the machine may have been busy. */
const tries = 3;
const repeated = ' ²';
/** A miss that took longer than this is no disturbance, and not worth two further measurements. */
const worthRepeatingMs = 15_000;

const startedAt = Date.now();
const seconds = () => `${Math.round((Date.now() - startedAt) / 1_000)}`.padStart(4);
const say = (text: string) => process.stderr.write(`${seconds()} s  ${text}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
// A failed receipt poll of ethers rejects here; the row about rejections counts them itself.
process.on('unhandledRejection', () => undefined);
// ethers writes to the console when an endpoint does not start.
Object.assign(globalThis.console, { log: () => undefined });

const only = process.argv[2] ?? '';
const rows = [
  ...badPrimaryRows,
  ...answerRows,
  ...outageRows,
  ...writeRows,
  ...nodeRows,
  ...guardRows,
  ...leftoverRows,
];
const chosen = rows.filter(({ what }) => what.includes(only));
const anvil = await startChain();
const lines: string[][] = [];
const missed: string[] = [];
for (const row of chosen) {
  say(row.what);
  const [ours, ...others] = contestants;
  // Our own provider is measured alone. The others mostly wait for answers that never come, which they can do
  // side by side.
  const own = await judged(row, ours as Contestant);
  const figures = await measuredAll(row, others);
  if (!own.met) missed.push(row.what);
  lines.push([row.what, row.demand, own.text, ...figures.map(({ text }) => text)]);
}
await anvil.stop();
say('done');

const heads = ['', 'demand', ...contestants.map(({ name }) => name)];
process.stdout.write(`\n${markdownTable(heads, lines)}\n\n`);
process.stdout.write(
  `FailoverProvider meets ${chosen.length - missed.length} of ${chosen.length} demands.\n`,
);
for (const what of missed) process.stdout.write(`Missed: ${what}\n`);
// Leftover sockets would keep this process alive.
process.exit();

async function measuredAll(row: Row, several: readonly Contestant[]): Promise<Figure[]> {
  if (!row.isAlone) return Promise.all(several.map(contestant => once(row, contestant)));
  const figures: Figure[] = [];
  for (const contestant of several) figures.push(await once(row, contestant));
  return figures;
}

/** Measures our provider; when it misses, the majority of three measurements decides. */
async function judged(row: Row, contestant: Contestant): Promise<Figure> {
  const startedAt = performance.now();
  const first = await once(row, contestant);
  if (first.met || performance.now() - startedAt > worthRepeatingMs) return marked(first, '');
  const figures = [first];
  while (figures.length < tries) {
    say(`  missed (${figures.at(-1)?.text}): measured again`);
    figures.push(await once(row, contestant));
  }
  const isMet = figures.filter(({ met }) => met).length > tries / 2;
  return marked(figures.find(({ met }) => met === isMet) as Figure, repeated);
}

function marked({ text, met }: Figure, note: string): Figure {
  return { text: `${met ? '✓' : '✗'} ${text}${note}`, met };
}

async function once(row: Row, contestant: Contestant): Promise<Figure> {
  if (row.concerns?.(contestant) === false) return { text: 'n/a', met: false };
  try {
    return await inCell(anvil as Anvil, contestant, row.measure);
  } catch (error) {
    if (contestant.isOurs) throw error;
    say(`  ${contestant.name}: ${inspect(error).split('\n')[0]}`);
    return { text: 'does not start', met: false };
  }
}
