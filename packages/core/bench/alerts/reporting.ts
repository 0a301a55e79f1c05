import type { Row } from '@service-bots/devnet';
import { finding, openDesk } from './desk.ts';

const findings = 2_000;
const warmUp = 200;
const mostMs = 1;

/** Measures the time of reporting a finding, the first time and while it lasts. */
export async function measureReporting(): Promise<Row[]> {
  const desk = await openDesk();
  const report = async () => {
    const durations: number[] = [];
    for (let i = 0; i < findings; i += 1) {
      const found = finding(i);
      const startedAt = performance.now();
      desk.alerter.observe([found]);
      durations.push(performance.now() - startedAt);
      // The channels and the log do their work in between, and not at the end.
      if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    return durations.slice(warmUp).sort((a, b) => a - b);
  };
  const [fresh, lasting] = [await report(), await report()];
  await desk.close();
  return [
    row('a new finding: saved, logged, queued for six channels', fresh),
    row('one that lasts', lasting),
  ];
}

function row(what: string, sorted: readonly number[]): Row {
  const at = (part: number) => sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0;
  const [median, high, most] = [at(0.5), at(0.99), at(1)];
  const figure = `${median.toFixed(2)} ms, 99 % within ${high.toFixed(2)}, at most ${most.toFixed(1)}`;
  // The remainder is mostly other load of the machine.
  return { what, figure, target: `median under ${mostMs} ms`, met: median < mostMs };
}
