import { setImmediate as turn } from 'node:timers/promises';
import type { Row } from '@service-bots/devnet';
import { finding, openDesk } from './desk.ts';

const open = 2_000;
const rounds = 20;
const mostMs = 50;
const settleMs = 2_000;

/** Measures a round whose checks find 2,000 conditions that are open already. */
export async function measureManyOpen(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [how, cause] of [
    ['each by itself', undefined],
    ['all with one cause', 'vault 0x1'],
  ] as const) {
    const desk = await openDesk();
    const observe = (round: number) => {
      const findings = Array.from({ length: open }, (_, i) => ({
        ...finding(i, round),
        ...(cause ? { cause } : {}),
      }));
      // Garbage of the checks themselves is not part of the measurement.
      globalThis.gc?.();
      const startedAt = performance.now();
      desk.alerter.observe(findings);
      return performance.now() - startedAt;
    };
    const first = observe(0);
    // The work of the channels and the log is not part of the later rounds.
    const until = performance.now() + settleMs;
    while (performance.now() < until) await turn();
    const durations: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      durations.push(observe(round));
      for (let i = 0; i < 10; i += 1) await turn();
    }
    await desk.close();
    durations.sort((a, b) => a - b);
    const median = durations[rounds / 2] ?? 0;
    rows.push({
      what: `observe() with ${open.toLocaleString('en')} conditions open, ${how}`,
      figure: `${median.toFixed(1)} ms, at most ${durations.at(-1)?.toFixed(1)}; ${first.toFixed(0)} ms when all of them begin`,
      target: `median under ${mostMs} ms`,
      met: median < mostMs,
    });
  }
  return rows;
}
