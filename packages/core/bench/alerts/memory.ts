import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Row } from '@service-bots/devnet';
import { finding, openDesk } from './desk.ts';

const alerts = 10_000;
const atOnce = 100;
const mostMB = 30;
const mega = 1_000_000;

/**
 * Measures the growth of a process by alerts that no channel delivers. Log lines are not counted, since they
 * are written and gone.
 */
export async function measureMemory(): Promise<Row[]> {
  const desk = await openDesk();
  // By now all code is loaded and compiled, and every channel has begun to wait.
  const raise = async (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      desk.alerter.observe([finding(i)]);
      if (i % atOnce === 0) await delay(1);
    }
    await delay(500);
    globalThis.gc?.();
    await delay(100);
    globalThis.gc?.();
    return process.memoryUsage();
  };
  const before = await raise(0, atOnce);
  const after = await raise(atOnce, alerts + atOnce);
  const waiting = desk.alerter.channels.map(channel => channel.waiting);
  await desk.close();
  const [resident, heap] = [(after.rss - before.rss) / mega, (after.heapUsed - before.heapUsed) / mega];
  return [
    {
      what: `memory for ${alerts.toLocaleString('en')} alerts, ${Math.min(...waiting).toLocaleString('en')} waiting for each of ${waiting.length} channels`,
      figure: `${resident.toFixed(1)} MB resident, ${heap.toFixed(1)} MB of heap`,
      target: `under ${mostMB} MB`,
      met: resident < mostMB && heap < mostMB,
    },
  ];
}
