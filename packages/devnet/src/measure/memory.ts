import { setTimeout as delay } from 'node:timers/promises';
import type { BotProcess } from '../process/botProcess.ts';
import { processFigures } from './botFigures.ts';
import { mean, part, slope } from './statistics.ts';
import type { Row } from './table.ts';

/** The load and the limit of a measurement of a bot's memory. */
interface MemoryDemand {
  /** The bot's load, e.g. `10 pools`. */
  about: string;
  rounds: number;
  mostMB: number;
  timeoutMs: number;
}

/** Flat: the last quarter's mean is at most this much above the second quarter's. */
const flatFactor = 1.05;

/**
 * Measures the resident memory of a running bot over so many rounds.
 * @throws Error when they are not completed in time
 */
export async function measureMemoryOf(bot: BotProcess, demand: MemoryDemand): Promise<Row[]> {
  const { rounds, timeoutMs } = demand;
  const samples: { x: number; y: number }[] = [];
  const giveUpAt = Date.now() + timeoutMs;
  while ((samples.at(-1)?.x ?? 0) < rounds) {
    if (Date.now() > giveUpAt) throw new Error(`only ${samples.at(-1)?.x} rounds in ${timeoutMs / 1_000} s`);
    await delay(1_000);
    const figures = await processFigures(bot);
    samples.push({ x: figures.rounds, y: figures.residentMB });
  }
  return rowsOf(demand, samples);
}

function rowsOf(
  { about, rounds, mostMB }: MemoryDemand,
  samples: readonly { x: number; y: number }[],
): Row[] {
  const sizes = samples.map(({ y }) => y);
  const end = sizes.at(-1) ?? Number.NaN;
  const growth = mean(part(sizes, 0.75, 1)) / mean(part(sizes, 0.25, 0.5));
  const curve = Array.from(
    { length: rounds / 100 },
    (_, i) => samples.find(({ x }) => x >= (i + 1) * 100)?.y,
  );
  const slopeAfterStart = slope(part(samples, 0.25, 1)) * 1_000;
  return [
    {
      what: `resident memory after ${rounds} rounds, ${about}`,
      figure: `${end.toFixed(0)} MB (the most: ${Math.max(...sizes).toFixed(0)} MB)`,
      target: `< ${mostMB} MB`,
      met: end < mostMB,
    },
    {
      what: `  last quarter against the second, ${about}`,
      figure: `${signed((growth - 1) * 100)} %`,
      target: `flat: ≤ +${((flatFactor - 1) * 100).toFixed(0)} %`,
      met: growth <= flatFactor,
    },
    {
      what: '  every 100 rounds; slope after the first 250',
      figure: `${curve.map(size => size?.toFixed(0) ?? '?').join(' ')} MB; ${signed(slopeAfterStart)} MB in 1000 rounds`,
    },
  ];
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
