import { expect, it } from '@jest/globals';
import { run } from '../../src/run.ts';
import { until } from '../../src/until.ts';
import { bots, type Stage } from './stage.ts';

/** The fields of the page's document that the test uses. */
interface Overview {
  readonly verdict: { readonly level: string; readonly text: string };
  readonly alerts: readonly { readonly check: string; readonly subject?: string }[];
  readonly bots: readonly { readonly id: string; readonly state: string; readonly head?: number }[];
  readonly wallets: readonly { readonly bot: string; readonly isRead?: boolean }[];
}

export function theWatchtower(stage: Stage): void {
  const token = () => stage.deployment.secret('WATCHTOWER_TOKEN');
  /** By the published port, as a person on the host reaches it. */
  const ask = async (path: string, given: string | undefined = token()) => {
    const container = await stage.deployment.containerOf('watchtower');
    const address = await stage.deployment.docker('port', container, '8080');
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const headers = given === '' ? {} : { authorization: `Bearer ${given}` };
    return fetch(`http://${address}${path}`, { headers });
  };
  const overview = async () => (await (await ask('/api/status')).json()) as Overview;
  const status = () => stage.deployment.make('status');

  it('its page is published to this machine only, and opens with the token that setup-env.sh has made', async () => {
    expect(token()).toMatch(/^[0-9a-f]{32}$/);
    expect((await ask('/', '')).status).toBe(401);
    expect((await ask('/api/status', 'a-token-of-somebody')).status).toBe(401);
    const page = await ask('/');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    const text = await page.text();
    for (const bot of bots) expect(text).toContain(`<a href="/bots/${bot}">`);
    expect(await (await ask('/metrics')).text()).toMatch(
      /^watchtower_bot_answers\{target="checkpoint".* 1$/m,
    );
  });

  it('shows both bots, the wallet as the chain has it, and the same to make status and make doctor', async () => {
    const shown = await until('all that is known', async () => {
      const now = await overview();
      return now.bots.every(({ state }) => state === 'works') && now.wallets[0]?.isRead === true && now;
    });
    expect(shown.bots.map(({ id }) => id)).toEqual(bots);
    const { stdout, code } = await status();
    expect(stdout).toMatch(/^checkpoint +works /m);
    expect(stdout).toMatch(/^invariant +works /m);
    // The pool that has lost its assets. The command ends with 2 for a critical alert, which make repeats.
    expect(stdout).toMatch(/^critical +invariant: /m);
    expect(code).toBe(2);
    const doctor = (await stage.deployment.make('doctor')).stdout;
    expect(doctor).toMatch(/^ok +host +watchtower +running, healthy/m);
    expect(doctor).toMatch(/^ok +watchtower +bot checkpoint +checkpoint .*healthy/m);
    expect(doctor).toMatch(/^ok +watchtower +endpoint anvil:8545 +chain 31337/m);
    expect(doctor).toMatch(/^ok +watchtower +page +0\.0\.0\.0:8080, with a token/m);
  });

  it('notices a container that is stopped and one that is frozen, and that they are back', async () => {
    const raised = () =>
      until('the silence to be raised', async () =>
        (await overview()).alerts.find(
          ({ check, subject }) => check === 'bot-unreachable' && subject === 'checkpoint',
        ),
      );
    const over = () =>
      until('it to be over', async () =>
        (await overview()).alerts.every(({ check }) => check !== 'bot-unreachable'),
      );
    // The name of a stopped container is no longer resolved; a frozen one takes connections and answers nothing.
    for (const [trouble, end] of [
      ['stop', 'start'],
      ['pause', 'unpause'],
    ] as const) {
      await stage.deployment.compose(trouble, 'checkpoint');
      await raised();
      expect((await status()).stdout).toMatch(/^critical +watchtower: a bot does not answer/m);
      await stage.deployment.compose(end, 'checkpoint');
      await over();
    }
    await stage.healthy('checkpoint');
  });

  it('holds no secret of the bots, and its token is nowhere to be seen', async () => {
    const mounted = (await stage.deployment.compose('exec', '-T', 'watchtower', 'ls', '/run/secrets')).split(
      '\n',
    );
    expect(mounted.filter(name => /KEY$|KEYSTORE/.test(name) && !/API|ROUTING/.test(name))).toEqual([]);
    expect(mounted).not.toContain('RPC_URL');
    const { Id } = await stage.deployment.inspect('watchtower');
    for (const text of [
      await stage.deployment.docker('inspect', Id),
      await stage.deployment.docker('logs', Id),
      await stage.deployment.docker('top', Id, '-eo', 'pid,args'),
      await run('ps', ['-eo', 'args'], { cwd: stage.checkout.folder }),
      JSON.stringify(await overview()),
    ])
      expect(text).not.toContain(token());
  });
}
