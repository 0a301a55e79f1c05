import { expect, it } from '@jest/globals';
import { run } from '../../src/run.ts';
import { bots, key, type Stage, webhookPath } from './stage.ts';

export function whatAContainerMayDo(stage: Stage): void {
  const all = [...bots, 'watchtower'];
  it.each(all)(
    '%s: not root, nothing to write to, no capabilities, limits, nothing published to the network',
    async bot => {
      const { Config, HostConfig } = await stage.deployment.inspect(bot);
      expect(Config.User).toMatch(/^[1-9]\d*:/);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        RestartPolicy: { Name: 'always' },
      });
      const bindings = Object.values(HostConfig.PortBindings).flat();
      expect(bindings).toMatchObject(bot === 'watchtower' ? [{ HostIp: '127.0.0.1' }] : []);
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      const write = (path: string, bytes: number) =>
        stage.deployment.compose(
          ...['exec', '-T', bot, 'node', '-e', `fs.writeFileSync('${path}', Buffer.alloc(${bytes}))`],
        );
      await expect(write('/app/x', 1)).rejects.toThrow('EROFS');
      await expect(write('/tmp/x', 20e6)).rejects.toThrow('ENOSPC');
    },
  );

  it.each(bots)('%s: no secret in docker inspect, its log, its settings or the process list', async bot => {
    const { Id } = await stage.deployment.inspect(bot);
    const texts = [
      await stage.deployment.docker('inspect', Id),
      await stage.deployment.docker('logs', Id),
      await stage.deployment.docker('top', Id, '-eo', 'pid,args'),
      await stage.deployment.compose('exec', '-T', bot, 'env'),
      await run('ps', ['-eo', 'args'], { cwd: stage.checkout.folder }),
      JSON.stringify(await stage.deployment.statusOf(bot)),
    ];
    for (const text of texts)
      for (const secret of [webhookPath, key]) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
  });

  it.each(bots)('%s: its own secrets and no other bot’s', async bot => {
    const mounted = (await stage.deployment.compose('exec', '-T', bot, 'ls', '/run/secrets')).split('\n');
    const keys = { checkpoint: ['CHECKPOINT_BOT_KEY'], invariant: ['PAUSER_KEY'] }[bot];
    expect(mounted.filter(name => /KEY$/.test(name) && !/API|ROUTING/.test(name))).toEqual(keys);
  });

  it.each(all)(
    '%s: the image holds that bot’s programs, what they load by name, and nothing else',
    async bot => {
      const { Image } = await stage.deployment.inspect(bot);
      const find = ['run', '--rm', '--entrypoint', 'find', Image, '/app', '-type', 'f'];
      const files = (await stage.deployment.docker(...find)).split('\n').filter(Boolean);
      const libraries =
        bot === 'watchtower' ? '(yaml|nodemailer|@?libsql|@neon-rs|detect-libc)' : '(yaml|nodemailer)';
      const isWanted = new RegExp(
        `^/app/(bots/${bot}|packages/core)/(package\\.json|dist/.*main\\.js)$|^/app/healthcheck\\.mjs$|^/app/node_modules/${libraries}/`,
      );
      expect(files.filter(file => !isWanted.test(file))).toEqual([]);
      expect(files.filter(file => /\/src\/|\.test\.|\.map$|\.d\.ts$|\/\.env/.test(file))).toEqual([]);
      expect(files).toContain(`/app/bots/${bot}/dist/main.js`);
      const sizes = (
        await stage.deployment.docker('inspect', '--format', '{{.Size}}', Image, 'node:24-bookworm-slim')
      ).split('\n');
      const overBase = Number(sizes[0]) - Number(sizes[1]);
      stage.figures.push(`image of ${bot}: ${(overBase / 1e6).toFixed(1)} MB over its base (target 60 MB)`);
      expect(overBase).toBeLessThan(60e6);
      const history = await stage.deployment.docker('history', '--no-trunc', Image);
      for (const secret of [webhookPath, key]) expect(history).not.toContain(secret);
      const usage = [
        'stats',
        '--no-stream',
        '--format',
        '{{.MemUsage}}',
        (await stage.deployment.inspect(bot)).Id,
      ];
      stage.figures.push(`memory of ${bot}, its limit: ${await stage.deployment.docker(...usage)}`);
    },
  );
}
