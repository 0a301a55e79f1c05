import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLoopbackServer } from '@service-bots/devnet';
import { openStage, type Stage, until, works } from './stage.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'deploy/observability');
const rules = readFileSync(join(folder, 'rules.yml'), 'utf8');
/** Debian's Prometheus, `apt-get install prometheus`. */
const hasPrometheus = existsSync('/usr/bin/prometheus') && existsSync('/usr/bin/promtool');

describe('deploy/observability', () => {
  it('has the dashboard that the code makes', () => {
    execFileSync(process.execPath, [join(folder, 'dashboard.mjs'), '--check']);
  });

  it('links runbooks that there are', () => {
    const runbooks = [...rules.matchAll(/runbook: (\S+)/g)].map(([, name]) => `docs/runbooks/${name}.md`);
    expect(runbooks.length).toBe(rules.match(/- alert:/g)?.length);
    expect(runbooks.filter(path => !existsSync(join(root, path)))).toEqual([]);
  });
});

(hasPrometheus ? describe : describe.skip)('a real Prometheus', () => {
  let stage: Stage;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(async () => {
    await Promise.all(ends.map(end => end()));
    await stage.close();
  });

  it('takes the rules and the figures, and fires when a bot falls silent and when the watchtower does', async () => {
    execFileSync('promtool', ['check', 'rules', join(folder, 'rules.yml')], { stdio: 'pipe' });
    const token = 'a-token-of-20-characters';
    stage.answers = { checkpoint: works('checkpoint'), keeper: works('keeper') };
    const { bot, url } = await stage.start({
      WATCHTOWER_TARGETS: `checkpoint=${stage.bots.url}/checkpoint,keeper=${stage.bots.url}/keeper`,
      WATCHTOWER_TOKEN: token,
    });
    const home = join(stage.folder, 'prometheus');
    mkdirSync(home);
    writeFileSync(join(home, 'token'), token);
    // The same files are used, but with a look every second and without patience.
    writeFileSync(join(home, 'rules.yml'), rules.replace(/for: \d+m/g, 'for: 1s'));
    const config = readFileSync(join(folder, 'prometheus.yml'), 'utf8')
      .replaceAll('15s', '1s')
      .replace('/run/secrets/WATCHTOWER_TOKEN', join(home, 'token'))
      .replace('watchtower:8080', new URL(url).host);
    writeFileSync(join(home, 'prometheus.yml'), config);
    execFileSync('promtool', ['check', 'config', join(home, 'prometheus.yml')], { stdio: 'pipe' });
    // Prometheus does not accept port 0, so the test uses a port that was free a moment ago.
    const free = await startLoopbackServer(() => 'refuse');
    await free.close();
    const prometheus = spawn(
      '/usr/bin/prometheus',
      [
        `--config.file=${join(home, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(home, 'data')}`,
        `--web.listen-address=127.0.0.1:${free.port}`,
      ],
      { stdio: 'ignore' },
    );
    ends.push(async () => {
      prometheus.kill('SIGKILL');
      if (prometheus.exitCode === null && prometheus.signalCode === null) await once(prometheus, 'exit');
    });
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${free.port}/api/v1/${path}`).catch(() => undefined);
      return (response?.ok ? await response.json() : { data: {} }) as {
        data: { result?: { value: [number, string] }[]; alerts?: Alert[] };
      };
    };
    const firing = async () =>
      ((await ask('alerts')).data.alerts ?? []).flatMap(({ state, labels }) =>
        state === 'firing' ? [`${labels.alertname} ${labels.target ?? ''}`.trim()] : [],
      );
    const answers = () => ask('query?query=sum(watchtower_bot_answers)');
    await until(answers, ({ data }) => data.result?.[0]?.value[1] === '2');
    // Before the first figures there are no alerts.
    await until(firing, all => all.length === 0);

    stage.answers.keeper = () => 'refuse';
    await until(firing, all => all.includes('BotSilent keeper'));
    stage.answers.keeper = works('keeper');
    await until(firing, all => all.length === 0);
    await bot.stop('SIGKILL');
    await until(firing, all => all.includes('WatchtowerSilent'));
  });

  it('has every figure that the dashboard and the rules ask for', async () => {
    stage.answers = { keeper: works('keeper', wallet()), slack: () => ({ status: 200, body: 'ok' }) };
    const { url, overview } = await stage.start({
      STATE_DIR: join(stage.folder, 'figures'),
      WATCHTOWER_TARGETS: `keeper=${stage.bots.url}/keeper`,
      WATCHTOWER_PEERS: `base=${stage.bots.url}/peer`,
      SLACK_WEBHOOK_URL: `${stage.bots.url}/slack`,
    });
    await until(overview, ({ bots }) => bots[0]?.level === 'ok');
    const metrics = () => fetch(`${url}/metrics`).then(response => response.text());
    const text = await until(metrics, given => given.includes('watchtower_bot_answers{'));
    const dashboard = readFileSync(join(folder, 'grafana/dashboards/service-bots.json'), 'utf8');
    const asked = [...`${rules}${dashboard}`.matchAll(/\b(?:watchtower|bot|alerts)_[a-z_]+\b/g)].map(
      ([name]) => name,
    );
    // The history is too short for the first figure, and a keeper has no headroom.
    const unknowable = ['watchtower_wallet_days_left', 'watchtower_headroom_percent'];
    const missing = [...new Set(asked)].filter(
      name => !unknowable.includes(name) && !text.includes(`# TYPE ${name} `),
    );
    expect(missing).toEqual([]);
  });
});

interface Alert {
  state: string;
  labels: { alertname: string; target?: string };
}

function wallet() {
  return {
    wallet: {
      address: `0x${'12'.repeat(20)}`,
      currency: 'MON',
      balanceWei: '9',
      actionsLeft: 9,
      functions: [],
    },
    pools: [],
  };
}
