import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startPagerDuty, until } from '@service-bots/devnet';
import { pagerDutyChannel } from '../src/alerts/channels/pagerDuty.ts';
import { Alerter, acknowledgementStore, type Channel, type Notice } from '../src/alerts/index.ts';
import { type FakeClock, fakeClock } from './support/fakeClock.ts';
import { recordingLogger } from './support/recordingLogger.ts';

const entry = fileURLToPath(new URL('../dist/alerts/cli/main.js', import.meta.url));
const minute = 60_000;
const broken = { check: 'broken', failing: true as const, message: 'it broke', severity: 'warning' as const };
const other = { ...broken, check: 'other', severity: 'critical' as const };

let folder: string;
let clock: FakeClock;
let told: Notice[];
let alerts: Alerter;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-cli-'));
  clock = fakeClock(Date.now());
  told = [];
  alerts = alerterOf('keeper', { name: 'sink', deliver: async notices => void told.push(...notices) });
});
afterEach(() => {
  alerts.close();
  rmSync(folder, { recursive: true });
});

function alerterOf(bot: string, channel: Channel): Alerter {
  const files = join(folder, `${bot}-alerts`);
  return new Alerter({
    bot,
    chain: () => 'devnet',
    version: '1',
    table: {},
    runbookUrl: 'https://wiki.example.com',
    channels: [channel],
    clock,
    logger: recordingLogger([]),
    redact: text => text,
    files,
    acknowledgements: acknowledgementStore(files, () => undefined),
  });
}

/** Runs the command. @returns the output and the exit code */
const run = (...args: string[]) => runIn({}, ...args);
const runIn = (env: Record<string, string>, ...args: string[]) =>
  new Promise<{ code: unknown; out: string; err: string }>(resolve => {
    const options = { env: { STATE_DIR: folder, ...env } };
    execFile(process.execPath, [entry, ...args], options, (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
/** Node as it behaves where the user is a number without a name. */
const nameless = `data:text/javascript,${encodeURIComponent(
  `import os from 'node:os';
  import { syncBuiltinESMExports } from 'node:module';
  os.userInfo = () => { throw new Error('no such user'); };
  syncBuiltinESMExports();`,
)}`;
/** Plays hours in which the check fails in every round. */
const hours = async (count: number, ...observations: (typeof broken | typeof other)[]) => {
  for (let i = 0; i < count * 60; i += 5) {
    await clock.advance(5 * minute);
    alerts.observe(observations);
  }
  await clock.advance(0);
};

describe('pnpm alerts', () => {
  it('default: list shows what is open, the most severe first', async () => {
    expect((await run('list')).out).toBe('Nothing is open.\n');
    alerts.observe([broken, other]);
    const { out, code } = await run('list');
    expect(code).toBe(0);
    expect(out.match(/^\w+ +keeper.*$/gm)).toEqual([
      'critical keeper:other:devnet:-',
      'warning  keeper:broken:devnet:-',
    ]);
    expect(out).toContain('broken: it broke');
    const [first] = JSON.parse((await run('list', '--json')).out);
    expect(first).toMatchObject({
      key: 'keeper:other:devnet:-',
      incident: { told: { severity: 'critical' } },
    });
  });

  it('behavior: ack of a group is about the pools in it, and ack of a pool about that pool alone', async () => {
    const [first, second, third] = [1, 2, 3].map(number => ({
      ...broken,
      pool: `0x${String(number).repeat(40)}`,
      cause: 'vault 0xva',
    })) as unknown as [typeof broken, typeof broken, typeof broken];
    const group = 'keeper:broken:devnet:-:vault 0xva';
    alerts.observe([first, second]);
    expect((await run('list')).out.match(/^\w+ +keeper.*$/gm)).toHaveLength(3);
    expect((await run('ack', '0x1111', '--why', 'x', '--by', 'ann')).out).toContain(
      `0x${'1'.repeat(40)}: ack`,
    );
    await clock.advance(1_000);
    alerts.observe([first, second]);
    await until('read', () => alerts.open[0]?.decision);
    expect(alerts.open.map(({ decision }) => decision?.by)).toEqual(['ann', undefined]);
    expect((await run('ack', 'broken', '--why', 'y', '--by', 'bob')).out).toBe(
      `${group}: acknowledged by bob until it gets worse or ends\n`,
    );
    await clock.advance(1_000);
    alerts.observe([first, second]);
    await until('read', () => alerts.open[1]?.decision);
    await hours(6, first, second);
    alerts.observe([first, second, third]);
    await clock.advance(0);
    expect(told.map(({ occasion }) => occasion)).toEqual(['opened', 'acknowledged', 'joined']);
    expect(alerts.open.map(({ decision }) => decision?.by)).toEqual(['ann', 'bob', undefined]);
  });

  it('behavior: ack beside a running bot: no reminders until it gets worse; who and why is shown everywhere', async () => {
    alerts.observe([broken, other]);
    const { out } = await run('ack', 'broken', '--why', 'vendor informed', '--by', 'ann');
    expect(out).toBe('keeper:broken:devnet:-: acknowledged by ann until it gets worse or ends\n');
    expect((await run('list')).out).toMatch(/acknowledged by ann, .*: vendor informed/);
    await clock.advance(1_000);
    alerts.observe([broken, other]);
    await until('read', () => alerts.open[0]?.decision);
    expect(alerts.open[0]?.decision).toMatchObject({ kind: 'ack', by: 'ann', why: 'vendor informed' });
    await hours(6, broken, other);
    const of = (check: string) =>
      told.filter(({ alert }) => alert.check === check).map(each => each.occasion);
    expect(of('broken')).toEqual(['opened', 'acknowledged']);
    expect(of('other')).toEqual(['opened', 'lasting', 'lasting']);
  });

  it('behavior: ack covers the severity that was reported, also while it is milder', async () => {
    alerts.observe([other]);
    await clock.advance(15_000);
    alerts.observe([{ ...other, severity: 'warning' }]);
    await run('ack', 'other', '--why', 'on it', '--by', 'ann');
    await clock.advance(1_000);
    await hours(3, { ...other, severity: 'warning' });
    await hours(3, other);
    expect(told.map(({ occasion }) => occasion)).toEqual(['opened', 'acknowledged']);
  });

  it('behavior: PagerDuty is told, so that it stops waking the next person', async () => {
    const sink = await startPagerDuty();
    const routingKey = { reveal: () => 'routingkeyroutingkeyroutingkey12' };
    const redact = (text: string) => text;
    const pager = alerterOf(
      'payer',
      pagerDutyChannel({ routingKey, apiUrl: sink.url, minSeverity: 'critical', redact }),
    );
    pager.observe([broken, other]);
    await sink.waitForItem();
    for (const check of ['broken', 'other'])
      expect((await run('ack', `payer:${check}`, '--why', 'on it', '--by', 'ann')).code).toBe(0);
    await clock.advance(1_000);
    // Any round is enough; the check itself need not have run.
    pager.observe([]);
    await sink.waitForItem(({ action }) => action === 'acknowledge');
    pager.observe([broken, other]);
    await clock.advance(0);
    const heard = sink.items.map(({ action, dedupKey }) => `${action} ${dedupKey}`);
    expect(heard).toEqual(['trigger payer:other:devnet:-', 'acknowledge payer:other:devnet:-']);
    pager.close();
    await sink.close();
  });

  it('behavior: mute is silent until it expires, unmute ends it; the user who runs it did it', async () => {
    alerts.observe([broken]);
    expect((await run('mute', 'keeper:broken:devnet:-', '--for', '2h', '--why', 'works')).out).toMatch(
      /muted by .+ until 20/,
    );
    await clock.advance(1_000);
    alerts.observe([broken]);
    await until('read', () => alerts.open[0]?.decision);
    await hours(1.5, broken);
    expect(told.map(({ occasion }) => occasion)).toEqual(['opened', 'acknowledged']);
    expect((await run('unmute', 'broken')).out).toContain('taken back');
    await clock.advance(minute);
    alerts.observe([broken]);
    await until('read', () => alerts.open[0]?.decision === undefined);
    await hours(0.1, broken);
    expect(told.map(({ occasion }) => occasion)).toEqual(['opened', 'acknowledged', 'lasting']);
  });

  it.each([
    [['lits'], '"lits" is none of list, ack, mute, unmute'],
    [['ack'], 'ack needs the KEY'],
    [['ack', 'broken'], 'ack needs --why'],
    [['mute', 'broken', '--why', 'x'], 'mute needs --for'],
    [
      ['mute', 'broken', '--why', 'x', '--for', '4 hours'],
      '--for 4 hours is no length of time; write 30m, 4h or 2d',
    ],
    [['mute', 'broken', '--why', 'x', '--for', '99999999d'], '--for 99999999d is too long: at most 90d'],
    [['ack', 'broken', '--why', 'x', '--for', '1e9d'], 'is no length of time'],
    [['ack', 'broken', '--why', 'two', 'words'], 'quote a --why of several words'],
    [
      ['ack', 'keeper', '--why', 'x'],
      '"keeper" matches several alerts:\n  keeper:broken:devnet:-\n  keeper:other:devnet:-',
    ],
    [['ack', 'nothing', '--why', 'x'], '"nothing" matches no alert; there is:\n  keeper:broken:devnet:-'],
    [['unmute', 'broken'], '"broken" matches no alert; there is: nothing'],
    [['list', '--state-dir', '/nowhere'], 'there is no folder /nowhere'],
    [['list', '--what'], "Unknown option '--what'"],
  ])('behavior: %j is refused: %s', async (args, reason) => {
    alerts.observe([broken, other]);
    const { code, err } = await run(...args);
    expect(code).toBe(1);
    expect(err).toContain(`alerts: `);
    expect(err).toContain(reason);
  });

  it('behavior: keeps the decisions of several people at the same time', async () => {
    const checks = Array.from({ length: 6 }, (_, i) => `check-${i}`);
    alerts.observe(checks.map(check => ({ ...broken, check })));
    // The alerts are in the file a moment later.
    await until('all are listed', async () => JSON.parse((await run('list', '--json')).out).length === 6);
    const results = await Promise.all(checks.map(check => run('ack', `:${check}:`, '--why', 'on it')));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    const listed = JSON.parse((await run('list', '--json')).out) as { decision?: object }[];
    expect(listed.filter(({ decision }) => decision)).toHaveLength(checks.length);
  });

  it('behavior: a lock of a killed command blocks no other command for long', async () => {
    alerts.observe([broken]);
    const lock = join(folder, 'alerts-decisions.lock');
    writeFileSync(lock, '');
    utimesSync(lock, 0, 0);
    expect((await run('ack', 'broken', '--why', 'x')).code).toBe(0);
  });

  it('behavior: characters that steer a terminal are shown, and do nothing', async () => {
    alerts.observe([broken]);
    await run('ack', 'broken', '--why', 'a\u001b[2Jb\u202ec', '--by', 'eve\u0007');
    for (const args of [['list'], ['list', '--json']]) {
      const { out } = await run(...args);
      expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      expect(out).toContain(args.length === 1 ? 'a\\u001b[2Jb\\u202ec' : '\\u202e');
    }
  });

  it('behavior: decisions that make no sense are set aside, which is said', async () => {
    const file = join(folder, 'keeper-alerts-decisions.json');
    // The decisions are read at most once a second: the bot beside does not read them again, and has set the
    // file aside itself.
    await alerts.readAcknowledgements();
    alerts.observe([broken]);
    writeFileSync(file, '{"keeper:broken:devnet:-": {"kind": "pause"}}');
    const { code, out, err } = await run('list');
    expect([code, err]).toEqual([0, expect.stringContaining(`set aside as ${file}.unreadable`)]);
    expect(out).not.toContain('acknowledged');
  });

  it('behavior: a user without a name, as in a container, can use it too', async () => {
    alerts.observe([broken]);
    const { code, out } = await runIn(
      { NODE_OPTIONS: `--import=${nameless}` },
      'ack',
      'broken',
      '--why',
      'x',
    );
    expect([code, out]).toEqual([0, expect.stringMatching(/acknowledged by user \d+ until/)]);
  });

  it('error: files that it may not read are named, and who may', async () => {
    mkdirSync(join(folder, 'other-alerts.jsonl'));
    const { code, err } = await run('list');
    expect([code, err]).toEqual([1, expect.stringMatching(/^alerts: EISDIR.*run it as the bot's user\n$/)]);
  });
});
