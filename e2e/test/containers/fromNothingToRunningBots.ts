import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { roles } from '@service-bots/devnet';
import { until } from '../../src/until.ts';
import { bots, key, type Stage, webhookPath } from './stage.ts';

export function fromNothingToRunningBots(stage: Stage): void {
  it('setup-env.sh writes the settings, and docker compose up waits until all are healthy', async () => {
    expect(await stage.deployment.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
    stage.deployment.putSecret('WEBHOOK_URL', `http://sink:9000/${webhookPath}`);
    stage.deployment.putSecret('CHECKPOINT_BOT_KEY', key);
    // Before anything runs there is an image for each bot, and a line for each missing requirement.
    const { code, stdout } = await stage.deployment.make('doctor');
    for (const bot of bots) {
      expect(stdout).toMatch(new RegExp(`^warn +host +${bot} +not started`, 'm'));
      expect(stdout).toMatch(new RegExp(`^fail +${bot} +endpoint anvil:8545`, 'm'));
    }
    expect(code).not.toBe(0);
    await stage.deployment.compose('up', '-d', '--build', '--wait', '--wait-timeout', '240');
    for (const bot of bots) {
      const said = await stage.deployment.compose('logs', '--no-log-prefix', bot);
      // A chain that begins beside the bots must not page an operator.
      expect(said).not.toContain('rpc-unreachable');
    }
    for (const service of [...bots, 'anvil']) {
      expect((await stage.deployment.inspect(service)).State.Health?.Status).toBe('healthy');
    }
    await stage.joinPool();
    await stage.startSink();
  });

  it('make alert-drill tries the channels, and make owners-check the owners, on a host without Node', async () => {
    const path = join(stage.checkout.home, 'bin');
    mkdirSync(path);
    for (const folder of String(process.env.PATH).split(':').reverse())
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        rmSync(join(path, name), { force: true });
        if (!/^(node|np|pnp)/.test(name)) symlinkSync(join(folder, name), join(path, name));
      }
    const { code, all } = await stage.deployment.make('alert-drill', { PATH: path });
    expect(all).toMatch(/^webhook: arrived after/m);
    expect(all).toContain('building the image of ops');
    expect(all).not.toMatch(/not found|the-secret/);
    expect(code).toBe(0);
    await stage.toldOf('this is a drill');
    const owners = await stage.deployment.make('owners-check', { PATH: path });
    expect(owners).toMatchObject({ code: 0, all: expect.stringContaining('has an owner') });
    expect(owners.all).not.toContain('building');
    const labels = ['image', 'inspect', '--format', '{{json .Config.Labels}}'];
    expect(
      JSON.parse(await stage.deployment.docker(...labels, `service-bots/ops:${stage.deployment.project}`)),
    ).toMatchObject({
      'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{12}$/),
      'org.opencontainers.image.version': expect.stringMatching(/^[0-9a-f]{7,}$/),
    });
  });

  it('the checkpoint bot mints what matures', async () => {
    const { wallet } = (await stage.deployment.statusOf('checkpoint')) as unknown as {
      wallet: { address: string };
    };
    expect(wallet.address).toBe(roles.bot.address);
    const maturity = await stage.matureShort();
    await stage.moveTo(maturity + stage.pool.checkpointDuration / 2 + 60);
    await stage.minted(maturity);
  });

  it('the invariant bot watches every block, and what it finds reaches people', async () => {
    const { head } = (await stage.deployment.statusOf('invariant')) as unknown as {
      head: { number: number };
    };
    await until('it to follow the chain', async () => {
      const status = (await stage.deployment.statusOf('invariant')) as unknown as {
        head: { number: number };
      };
      return status.head.number > head.number;
    });
    // A pool other than the one that shows the checkpoint bot's work.
    await (await (await stage.joinDevnet()).pool('Devnet 30 Day USDC')).loseVaultAssets(30);
    await stage.toldOf('"bot":"invariant"');
  });

  it('make alerts lists what is open and takes decisions, and whoever was told hears of them', async () => {
    const alerts = (decision = '') =>
      stage.deployment.make('alerts', { BOT: 'invariant', ...(decision ? { DO: decision } : {}) });
    const listed = async () => /^critical +(invariant:\S+)/m.exec((await alerts()).stdout)?.[1];
    const alert = await until('something critical to be open', listed);
    const { stdout } = await alerts(`ack ${alert} --why 'the vendor is on it' --by ann`);
    expect(stdout).toBe(`${alert}: acknowledged by ann until it gets worse or ends\n`);
    expect((await alerts()).stdout).toMatch(/acknowledged by ann, .*: the vendor is on it/);
    await stage.toldOf('"occasion":"acknowledged"');
    const { openAlerts } = (await stage.deployment.statusOf('invariant')) as unknown as {
      openAlerts: object[];
    };
    expect(JSON.stringify(openAlerts)).toContain('the vendor is on it');
    expect((await alerts(`mute ${alert} --for 4h --why 'a test'`)).stdout).toContain(': muted by ');
    expect((await alerts(`unmute ${alert}`)).stdout).toBe(`${alert}: taken back\n`);
    const wrong = await alerts('ack no-such-alert --why x');
    expect(wrong.all).toContain('"no-such-alert" matches no alert');
    expect(wrong.code).not.toBe(0);
  });

  it('make doctor examines host, secrets, endpoints, contracts, channels and clock, and changes nothing', async () => {
    const before = await Promise.all(bots.map(bot => stage.deployment.inspect(bot)));
    const { code, stdout } = await stage.deployment.make('doctor');
    for (const what of [
      /ok +host +secrets/,
      /ok +checkpoint +endpoint anvil:8545/,
      /ok +invariant +contracts +4 found/,
    ])
      expect(stdout).toMatch(what);
    expect(stdout).toMatch(/ok +checkpoint +alert channels +webhook/);
    // The synchronisation of the clock depends on the machine.
    expect(stdout.match(/^fail.*/gm) ?? []).toEqual(
      code === 0 ? [] : [expect.stringMatching(/clock|invariant/)],
    );
    const after = await Promise.all(bots.map(bot => stage.deployment.inspect(bot)));
    expect(after.map(({ State }) => State.StartedAt)).toEqual(before.map(({ State }) => State.StartedAt));
  });
}
