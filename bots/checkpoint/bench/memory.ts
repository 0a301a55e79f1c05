import { setTimeout as delay } from 'node:timers/promises';
import type { Devnet } from '@service-bots/devnet';
import { processFigures, startBot } from './bot.ts';
import { poolsOf } from './pools.ts';
import { mean, part, slope } from './statistics.ts';
import type { Row } from './table.ts';

const rounds = 1_000;
const mostMB = 100;
/** Flat: the last quarter's mean is at most this much above the second quarter's. */
const flatFactor = 1.05;
const timeoutMs = 240_000;

/**
 * A bot that is told the chain's time is sped up as far as it goes takes the next checkpoint to be due at any moment:
 * it pauses only the 100 ms that it always pauses, and so 1,000 rounds take two minutes instead of the quarter of an
 * hour that LOOK_SECONDS=1 would take.
 */
const hurried = { BLOCK_TIME: '0.05', BLOCK_TIMESTAMP_INTERVAL: '86400' };

/** Resident memory over 1,000 rounds with a discovery every 10 s, logging as in production. */
export async function measureMemory(devnet: Devnet): Promise<Row[]> {
  const bot = startBot(devnet, { ...hurried, LOG_LEVEL: 'info', LOOK_SECONDS: '1', DISCOVERY_SECONDS: '10' });
  const samples: { x: number; y: number }[] = [];
  try {
    await bot.waitForLine(({ message }) => message === 'watching');
    const giveUpAt = Date.now() + timeoutMs;
    while ((samples.at(-1)?.x ?? 0) < rounds) {
      if (Date.now() > giveUpAt)
        throw new Error(`only ${samples.at(-1)?.x} rounds in ${timeoutMs / 1_000} s`);
      await delay(1_000);
      const figures = await processFigures(bot);
      samples.push({ x: figures.rounds, y: figures.residentMB });
    }
  } finally {
    await bot.stop('SIGKILL');
  }
  return rowsOf(poolsOf(devnet), samples);
}

function rowsOf(pools: string, samples: readonly { x: number; y: number }[]): Row[] {
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
      what: `resident memory after ${rounds} rounds, ${pools}`,
      figure: `${end.toFixed(0)} MB (the most: ${Math.max(...sizes).toFixed(0)} MB)`,
      target: `< ${mostMB} MB`,
      met: end < mostMB,
    },
    {
      what: `  last quarter against the second, ${pools}`,
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
