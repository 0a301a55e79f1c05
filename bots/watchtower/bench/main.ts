import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  distribution,
  type Measurement,
  processFigures,
  type Row,
  runBench,
  until,
} from '@service-bots/devnet';
import { Bots, startWatchtower } from './deployment.ts';
import { RealBots } from './realBots.ts';
import { troubles } from './troubles.ts';

const about = '100 pools, 5 bots, 50 alerts';
const clients = 100;
const pollSeconds = 10;
const watchedSeconds = 60;
const timesEach = 5;

const ms = (value: number) => value.toFixed(0);
const bots = await Bots.open();
const folder = () => mkdtempSync(join(tmpdir(), 'watchtower-bench-'));
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`;

const measurements: Measurement[] = [
  ['the page', measurePage],
  [`CPU and memory with ${clients} clients (three minutes)`, measureClients],
  ['from a change to the browser, and detection', measureChanges],
  ['detection of each trouble, with real bots', measureTroubles],
];
await runBench(machine, measurements);
await bots.close();
process.exit();

async function measurePage(): Promise<Row[]> {
  const { watchtower, url } = await startWatchtower(bots, folder(), 1);
  try {
    await until('there is a page', async () => (await fetch(url)).ok);
    await delay(3_000);
    for (let i = 0; i < 20; i += 1) await load(url);
    const loads = [];
    for (let i = 0; i < 50; i += 1) loads.push(await load(url));
    const times = loads.map(({ firstByteMs }) => firstByteMs).sort((a, b) => a - b);
    const median = times[25] ?? Number.NaN;
    const { bytes = 0, html = '' } = loads.at(-1) ?? {};
    const more = html.match(/<(?:script|img|link)[^>]+(?:src|href)="(?!data:)/g)?.length ?? 0;
    return [
      {
        what: `time to first byte of the page, ${about}`,
        figure: `${distribution(times, ms)} ms`,
        target: 'median < 50 ms',
        met: median < 50,
      },
      {
        what: '  its bytes, compressed',
        figure: `${(bytes / 1000).toFixed(1)} kB`,
        target: '< 60 kB',
        met: bytes < 60_000,
      },
      { what: '  requests', figure: String(1 + more), target: '1', met: more === 0 },
    ];
  } finally {
    await watchtower.stop('SIGKILL');
  }
}

async function load(url: string) {
  const { gunzipSync } = await import('node:zlib');
  const startedMs = performance.now();
  return new Promise<{ firstByteMs: number; bytes: number; html: string }>((resolve, reject) => {
    request(url, { headers: { 'accept-encoding': 'gzip' } }, answer => {
      const firstByteMs = performance.now() - startedMs;
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        resolve({ firstByteMs, bytes: body.length, html: gunzipSync(body).toString('utf8') });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Opens clients that read everything, as browsers do. @returns a function that closes them */
function follow(url: string, count: number): () => void {
  const requests = Array.from({ length: count }, () =>
    request(`${url}/api/events?as=html`, answer => answer.resume())
      .on('error', () => undefined)
      .end(),
  );
  return () => {
    for (const each of requests) each.destroy();
  };
}

async function measureClients(): Promise<Row[]> {
  const { watchtower, url } = await startWatchtower(bots, folder(), pollSeconds);
  try {
    await delay(15_000);
    const before = await processFigures(watchtower);
    await delay(watchedSeconds * 1000);
    const alone = await processFigures(watchtower);
    const end = follow(url, clients);
    await delay(5_000);
    const opened = await processFigures(watchtower);
    await delay(watchedSeconds * 1000);
    const followed = await processFigures(watchtower);
    end();
    const percent = (from: { cpuSeconds: number }, to: { cpuSeconds: number }) =>
      ((to.cpuSeconds - from.cpuSeconds) / watchedSeconds) * 100;
    const cpu = percent(opened, followed);
    return [
      { what: `CPU of one core, ${about}, nobody looks`, figure: `${percent(before, alone).toFixed(1)} %` },
      {
        what: `  with ${clients} clients that follow the page`,
        figure: `${cpu.toFixed(1)} %`,
        target: '< 5 %',
        met: cpu < 5,
      },
      {
        what: `resident memory with ${clients} clients`,
        figure: `${followed.residentMB.toFixed(0)} MB (${alone.residentMB.toFixed(0)} MB without)`,
        target: '< 110 MB',
        met: followed.residentMB < 110,
      },
    ];
  } finally {
    await watchtower.stop('SIGKILL');
  }
}

async function measureChanges(): Promise<Row[]> {
  const { watchtower, url } = await startWatchtower(bots, folder(), 1);
  try {
    const events = await openEvents(url);
    const took: number[] = [];
    for (let i = 0; i < 15; i += 1) {
      await delay(300 + ((i * 370) % 1_000));
      const version = `0.1.${i + 1}`;
      bots.version = version;
      const changedMs = performance.now();
      await events.until(text => text.includes(version));
      took.push(performance.now() - changedMs);
    }
    bots.version = '0.1.0';
    const silences: number[] = [];
    for (const name of bots.names) {
      bots.silent.add(name);
      const beganMs = performance.now();
      await events.until(
        text => text.includes('A bot does not answer') || text.includes('a bot does not answer'),
      );
      silences.push(performance.now() - beganMs);
      bots.silent.delete(name);
      await delay(4_000);
    }
    events.close();
    const worst = Math.max(...took);
    return [
      {
        what: 'from a change in a bot to the browser, polled every second',
        figure: `${distribution(took, ms)} ms`,
        target: '≤ 1200 ms',
        met: worst <= 1_200,
      },
      {
        what: 'from the silence of a bot to its alert in the browser, polled every second',
        figure: `${distribution(silences, ms)} ms`,
        target: '≤ 2200 ms (two looks)',
        met: Math.max(...silences) <= 2_200,
      },
    ];
  } finally {
    await watchtower.stop('SIGKILL');
  }
}

/** Measures each trouble: it begins and ends again while the other processes keep running. */
async function measureTroubles(): Promise<Row[]> {
  const real = await RealBots.open(folder());
  try {
    real.start('checkpoint');
    real.start('invariant');
    await real.startWatchtower(1);
    await real.untilWell();
    const rows: Row[] = [];
    for (const { what, check, subject, mostMs, because, begin, end } of troubles) {
      const took: number[] = [];
      for (let i = 0; i < timesEach; i += 1) {
        await delay((i * 370) % 1_000);
        await begin(real);
        took.push(await real.raised(check, subject));
        await end(real);
        // A process that is killed repeatedly raises an alert of its own, which stays open.
        await real.over(check);
      }
      const worst = Math.max(...took);
      rows.push({
        what: `from ${what} to its alert on the page, polled every second`,
        figure: `${distribution(took, ms)} ms`,
        target: `≤ ${mostMs} ms (${because})`,
        met: worst <= mostMs,
      });
    }
    return rows;
  } finally {
    await real.close();
  }
}

async function openEvents(url: string) {
  let text = '';
  let wake = () => {};
  const asked = request(`${url}/api/events?as=html`, answer => {
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      text += chunk;
      wake();
    });
  }).end();
  return {
    async until(fits: (text: string) => boolean) {
      text = '';
      while (!fits(text))
        await new Promise<void>(resolve => {
          wake = resolve;
        });
    },
    close: () => asked.destroy(),
  };
}
