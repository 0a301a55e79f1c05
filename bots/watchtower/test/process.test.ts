import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoopbackServer, startBotProcess, startLoopbackServer } from '@service-bots/devnet';
import type { Overview } from '../src/overview/schema.ts';
import { entry, iso, openStage, type Stage, until, works } from './stage.ts';

let stage: Stage;
let bots: LoopbackServer;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  ({ bots, folder } = stage);
});
afterEach(() => stage.killAll());
afterAll(() => stage.close());

describe('the watchtower as a process', () => {
  it('says that all is well, raises a bot that falls silent, and says that it is back; a new process knows of it', async () => {
    stage.answers = { checkpoint: works('checkpoint'), invariant: works('invariant') };
    const { bot, url, overview } = await stage.start();
    await until(overview, ({ verdict }) => verdict.level === 'ok');
    for (const silence of [() => 'hang', () => ({ status: 200, body: 'no JSON' })]) {
      stage.answers.checkpoint = silence;
      const shown = await until(overview, ({ alerts }) => alerts.length > 0);
      expect(shown.verdict).toMatchObject({
        level: 'critical',
        text: 'A bot does not answer',
        where: 'checkpoint',
      });
      expect(shown.alerts).toMatchObject([
        { check: 'bot-unreachable', severity: 'critical', source: 'watchtower' },
      ]);
      stage.answers.checkpoint = works('checkpoint');
      await until(overview, ({ verdict }) => verdict.level === 'ok');
    }
    const opened = bot.lines.filter(({ message }) =>
      message.startsWith('alert opened: a bot does not answer'),
    );
    expect(opened.length).toBeGreaterThanOrEqual(1);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /^watchtower_bot_answers\{target="invariant",bot="watchtower"\} 1$/m,
    );

    expect(await bot.stop()).toEqual({ code: 0, signal: null });
    const next = await stage.start();
    const timeline = await (await fetch(`${next.url}/timeline?bot=checkpoint`)).text();
    expect(timeline).toContain('gives no valid answer: answers with a text that is not JSON');
    expect(timeline).toContain('answers again');
  });

  it('raises what has to be compared: a version, a clock, restarts, and resolves it', async () => {
    stage.answers = {
      checkpoint: works('checkpoint', {}, 3_600_000),
      invariant: works('invariant', { startedAt: iso(Date.now() - 50_000) }),
    };
    const { overview } = await stage.start({ STATE_DIR: join(folder, 'compared') });
    for (let i = 1; i <= 4; i += 1) {
      stage.answers.invariant = works('invariant', { startedAt: iso(Date.now() - 60_000 + i * 10_000) });
      await until(overview, ({ bots }) => (bots[1]?.startsLastDay ?? 0) >= i);
    }
    const shown = await until(overview, ({ alerts }) => alerts.length === 2);
    expect(shown.alerts.map(({ check, subject }) => [check, subject])).toEqual([
      ['bot-restarting', 'invariant'],
      ['bot-clock', 'checkpoint'],
    ]);
    expect(shown.hosts.length).toBeGreaterThan(0);
    stage.answers.checkpoint = works('checkpoint');
    await until(overview, ({ alerts }) => alerts.length === 1);
  });

  it('goes on with a new history where the file is damaged, and reports where the old one went', async () => {
    stage.answers = { checkpoint: works('checkpoint'), invariant: works('invariant') };
    const state = join(folder, 'damaged');
    mkdirSync(state);
    writeFileSync(join(state, 'watchtower-history.sqlite'), 'x'.repeat(50_000));
    const { overview } = await stage.start({ STATE_DIR: state });
    const shown = await until(overview, ({ alerts }) => alerts.length > 0);
    expect(shown.alerts[0]?.check).toBe('state-unreadable');
    expect(existsSync(join(state, 'watchtower-history.sqlite.unreadable'))).toBe(true);
  });

  it('shows the bots of another deployment, and raises its watchtower while that is dead', async () => {
    stage.answers = { checkpoint: works('checkpoint'), keeper: works('keeper') };
    const token = 'a-token-of-20-characters';
    const startOther = () =>
      stage.start({
        STATE_DIR: join(folder, 'other'),
        WATCHTOWER_TARGETS: `keeper=${bots.url}/keeper`,
        WATCHTOWER_TOKEN: token,
      });
    let other = await startOther();
    // The relay gives the other watchtower a fixed address, since its port changes with each start.
    const way = await startLoopbackServer(async ({ path, headers: { authorization = '' } }) => {
      const response = await fetch(`${other.url}${path}`, { headers: { authorization } }).catch(
        () => undefined,
      );
      return response ? { status: response.status, body: await response.json() } : 'refuse';
    });
    const tokenFile = join(folder, 'peers-token');
    writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
    const { bot, url, overview } = await stage.start({
      STATE_DIR: join(folder, 'this'),
      WATCHTOWER_TARGETS: `checkpoint=${bots.url}/checkpoint`,
      WATCHTOWER_PEERS: `monad=${way.url}`,
      WATCHTOWER_PEERS_TOKEN_FILE: tokenFile,
    });
    const well = await until(
      overview,
      ({ verdict, peers }) => verdict.level === 'ok' && peers?.[0]?.level === 'ok',
    );
    expect(well.bots.map(({ id }) => id)).toEqual(['checkpoint', 'monad/keeper']);
    expect(await (await fetch(`${url}/bots/monad/keeper`)).text()).toContain('<h1>monad/keeper</h1>');
    const alone = (await (await fetch(`${url}/api/status?peers=no`)).json()) as Overview;
    expect(alone.bots).toHaveLength(1);

    await other.bot.stop('SIGKILL');
    const shown = await until(overview, ({ alerts }) => alerts.length > 0);
    expect(shown.verdict).toMatchObject({ text: 'Another watchtower does not answer', where: 'monad' });
    expect(shown.bots[1]?.state).toMatch(/^is not known since the watchtower of monad is silent/);
    expect(JSON.stringify(bot.lines)).not.toContain(token);

    other = await startOther();
    await until(overview, ({ verdict }) => verdict.level === 'ok');
    await way.close();
  });

  it('ends with the code of a wrong set-up and one sentence while another process has its port', async () => {
    const { port } = new URL(bots.url);
    const bot = startBotProcess(entry, {
      WATCHTOWER_TARGETS: `checkpoint=${bots.url}/checkpoint`,
      WATCHTOWER_PORT: port,
      STATE_DIR: join(folder, 'port'),
    });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).toContain(
      `  WATCHTOWER_PORT: 127.0.0.1:${port} is in use by another process (EADDRINUSE); choose a free port, or 0 for any.\n`,
    );
  });

  it('--check names each bot that answers, and a set-up that cannot be is refused with all that is wrong', async () => {
    stage.answers = { checkpoint: works('checkpoint'), invariant: () => 'refuse' };
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    const run = (env: Record<string, string>) =>
      promisify(execFile)(process.execPath, [entry, '--check'], {
        env: { PATH: process.env.PATH, STATE_DIR: folder, ...env },
      }).catch((error: { stdout: string }) => error);
    const { stdout } = await run({
      WATCHTOWER_TARGETS: `checkpoint=${bots.url}/checkpoint,invariant=${bots.url}/invariant`,
    });
    expect(stdout).toMatch(/^ok +watchtower +bot checkpoint +checkpoint 0\.1\.0, chain 1, healthy$/m);
    expect(stdout).toMatch(/^warn +watchtower +bot invariant +127\.0\.0\.1:\d+ gives no status: /m);
    const refused = await run({ WATCHTOWER_TARGETS: 'a=http://x,b', WATCHTOWER_HOST: '0.0.0.0' });
    expect(refused.stdout).toMatch(/WATCHTOWER_TARGETS.*entry 2 is not of the form/);
    expect(refused.stdout).toMatch(/WATCHTOWER_TOKEN.*is not set, and WATCHTOWER_HOST is 0\.0\.0\.0/);
  });
});
