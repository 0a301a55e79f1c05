import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '../../src/until.ts';
import { bots, key, type Stage, secondsSince } from './stage.ts';

export function whenSomethingGoesWrong(stage: Stage): void {
  it('a process that is killed starts again and catches up', async () => {
    const maturity = await stage.matureShort();
    const { RestartCount } = await stage.deployment.inspect('checkpoint');
    await stage.deployment.kill('checkpoint');
    await stage.moveTo(maturity + stage.pool.checkpointDuration / 2 + 60);
    await stage.minted(maturity);
    expect((await stage.deployment.inspect('checkpoint')).RestartCount).toBe(RestartCount + 1);
    await stage.healthy('checkpoint');
  });

  it('a node that answers nothing is told of, and the bots go on after it', async () => {
    const maturity = await stage.matureShort();
    await stage.deployment.compose('pause', 'anvil');
    await stage.toldOf('rpc-unreachable');
    await stage.deployment.compose('unpause', 'anvil');
    await stage.moveTo(maturity + stage.pool.checkpointDuration / 2 + 60);
    await stage.minted(maturity);
    for (const bot of bots) await stage.healthy(bot);
  });

  it('a wrong key: restart, up and redeploy end with the reason that the bot gives, and with the next step', async () => {
    stage.deployment.putSecret('CHECKPOINT_BOT_KEY', 'abc');
    // The last serious line of the first start is the alert's; of every later start, the bot's own.
    const reason =
      /checkpoint is not healthy: (alert opened: the bot )?cannot start: 1 problem .* CHECKPOINT_BOT_KEY: is not a private key: 3 hex digits instead of 64 \(in the file \/run\/secrets\/CHECKPOINT_BOT_KEY\)/;
    const startMs = Date.now();
    for (const [target, variables] of [
      ['restart', { BOT: 'checkpoint' }],
      ['up', {}],
      ['redeploy', { BOT: 'checkpoint', IMAGE: (await stage.deployment.inspect('checkpoint')).Image }],
    ] as const) {
      const { code, all } = await stage.deployment.make(target, variables);
      expect(code).not.toBe(0);
      expect(all).toMatch(reason);
      const [next, ended] = all.trim().split('\n').slice(-2);
      expect(next).toMatch(new RegExp(`^next: CHAIN=${stage.deployment.chain} make doctor`));
      expect(ended).toMatch(/^make(\[\d+\])?: \*\*\*/);
    }
    stage.figures.push(`three failures for a wrong key: ${secondsSince(startMs)}`);
    stage.deployment.putSecret('CHECKPOINT_BOT_KEY', key);
    expect(await stage.deployment.make('restart', { BOT: 'checkpoint' })).toMatchObject({ code: 0 });
  });

  it('redeploy replaces one bot and leaves the others alone; rollback goes back', async () => {
    const [checkpoint, invariant] = await Promise.all(bots.map(bot => stage.deployment.inspect(bot)));
    appendFileSync(
      join(stage.deployment.folder, 'bots/invariant/src/main.ts'),
      `\nexport const changedAt = ${Date.now()};\n`,
    );
    const startMs = Date.now();
    await stage.deployment.compose('build', 'invariant');
    stage.figures.push(`rebuild after a change of its source: ${secondsSince(startMs)} (target 20 s)`);
    expect(await stage.deployment.make('redeploy', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    const after = await Promise.all(bots.map(bot => stage.deployment.inspect(bot)));
    expect(after[1]?.Image).not.toBe(invariant?.Image);
    expect(after[0]?.State.StartedAt).toBe(checkpoint?.State.StartedAt);
    // A second redeploy of the same commit: the target of rollback stays.
    expect(await stage.deployment.make('redeploy', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    expect(await stage.deployment.make('rollback', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    expect((await stage.deployment.inspect('invariant')).Image).toBe(invariant?.Image);
    const up = await stage.deployment.make('up');
    expect(up).toMatchObject({
      code: 0,
      all: expect.stringMatching(/invariant stays on revision .*make redeploy BOT=invariant/),
    });
    expect((await stage.deployment.inspect('invariant')).Image).toBe(invariant?.Image);
  });

  it('a redeploy that is interrupted goes back to the image before', async () => {
    const { Image } = await stage.deployment.inspect('checkpoint');
    const folder = join(stage.checkout.home, 'slow');
    mkdirSync(folder);
    const lines = [
      'FROM node:24-bookworm-slim',
      'HEALTHCHECK --start-period=300s CMD false',
      'ENTRYPOINT ["sleep", "600"]',
    ];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await stage.deployment.docker('build', '--quiet', '--tag', `${stage.deployment.project}-slow`, folder);
    const redeploying = stage.deployment.beginMake('redeploy', {
      BOT: 'checkpoint',
      IMAGE: `${stage.deployment.project}-slow`,
    });
    await until('the new container', async () => {
      const now = await stage.deployment.inspect('checkpoint');
      return now.Image !== Image && now.State.Status === 'running';
    });
    redeploying.interrupt();
    const { code, all } = await redeploying.outcome;
    expect(all).toContain('interrupted');
    expect(all).toContain('rolled back: checkpoint runs the image from before');
    expect(code).not.toBe(0);
    expect(await stage.deployment.inspect('checkpoint')).toMatchObject({
      Image,
      State: { Status: 'running' },
    });
    await stage.deployment.docker('image', 'rm', '--force', `${stage.deployment.project}-slow`);
  });

  it('an image that does not work is taken back by itself', async () => {
    const { Image } = await stage.deployment.inspect('checkpoint');
    const folder = join(stage.checkout.home, 'broken');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM node:24-bookworm-slim\nENTRYPOINT ["false"]\n');
    await stage.deployment.docker('build', '--quiet', '--tag', `${stage.deployment.project}-broken`, folder);
    const redeployed = await stage.deployment.make('redeploy', {
      BOT: 'checkpoint',
      IMAGE: `${stage.deployment.project}-broken`,
      WAIT_SECONDS: '40',
    });
    await stage.deployment.docker('image', 'rm', '--force', `${stage.deployment.project}-broken`);
    expect(redeployed.code).not.toBe(0);
    expect(redeployed.all).toContain('rolled back: checkpoint runs the image from before');
    expect(await stage.deployment.inspect('checkpoint')).toMatchObject({
      Image,
      State: { Status: 'running' },
    });
  });

  it('docker compose stop ends every bot in good order, within its grace period', async () => {
    await stage.deployment.compose('stop', ...bots);
    for (const bot of bots) {
      const { State } = await stage.deployment.inspect(bot);
      expect(State).toMatchObject({ Status: 'exited', ExitCode: 0, OOMKilled: false });
    }
  });

  it('a bot that is chosen no more is stopped by make up, which says so', async () => {
    const settings = join(stage.deployment.folder, `.env.${stage.deployment.chain}`);
    const before = readFileSync(settings, 'utf8');
    writeFileSync(settings, before.replace(/^COMPOSE_PROFILES=.*/m, 'COMPOSE_PROFILES=checkpoint,anvil'));
    const { code, all } = await stage.deployment.make('up');
    writeFileSync(settings, before);
    expect(all).toContain('invariant: stopped');
    expect(code).toBe(0);
    expect(await stage.deployment.compose('ps', '--all', '--quiet', 'invariant')).toBe('');
    await stage.deployment.compose('stop', 'checkpoint');
  });

  it('make up brings them back', async () => {
    const startMs = Date.now();
    expect(await stage.deployment.make('up')).toMatchObject({ code: 0 });
    stage.figures.push(`make up until all are healthy: ${secondsSince(startMs)} (target 60 s)`);
  });
}
