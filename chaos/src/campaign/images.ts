import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { botKinds } from '../history/index.ts';
import type { Deployment, Images } from '../world/runtime.ts';

/**
 * Builds the images of the bots.
 * @throws Error with the first step for the person when there is no engine, or an image cannot be built
 */
export function buildImages(checkout: string, older: string | undefined): Deployment['images'] {
  requireEngine();
  return {
    present: build(checkout, 'chaos'),
    ...(older === undefined ? {} : { older: build(older, 'chaos-older') }),
  };
}

function requireEngine(): void {
  const { error, status, stderr } = spawnSync('docker', ['version', '-f', '{{.Server.Version}}'], {
    encoding: 'utf8',
  });
  const problem = engineProblem(process.platform, error, status === 0 ? undefined : stderr);
  if (problem !== undefined) throw new Error(`CONTAINERS: ${problem}`);
}

/**
 * Returns why there can be no containers, and what to do; undefined when there can.
 * @param said what `docker version` wrote when it failed
 */
export function engineProblem(
  platform: NodeJS.Platform,
  error: Error | undefined,
  said: string | undefined,
): string | undefined {
  // Elsewhere the engine has a machine of its own, with another clock and other processes.
  if (platform !== 'linux') return 'the campaign needs the engine of a Linux machine: leave CONTAINERS out';
  if (error) return `docker cannot be run (${error.message}): install docker, or leave CONTAINERS out`;
  if (said === undefined) return undefined;
  const last = said.trim().split('\n').at(-1);
  return said.includes('permission denied')
    ? `this user may not use the engine: sudo usermod -aG docker $(id -un), then log in again (${last})`
    : `the engine does not answer: sudo systemctl start docker (${last})`;
}

/** Builds the images of a checkout as `make up` does; what has not changed since is not built again. */
function build(checkout: string, tag: string): Images {
  const { NODE_IMAGE } = process.env;
  const base = NODE_IMAGE ? [`--build-arg=NODE_IMAGE=${NODE_IMAGE}`] : [];
  const entries = botKinds.map(bot => {
    const image = `service-bots/${bot}:${tag}`;
    process.stderr.write(`building ${image}\n`);
    const file = join(checkout, 'docker', 'bot.Dockerfile');
    execFileSync(
      'docker',
      ['build', '--quiet', '--file', file, `--build-arg=BOT=${bot}`, ...base, '--tag', image, checkout],
      { env: { ...process.env, DOCKER_BUILDKIT: '1' }, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return [bot, image] as const;
  });
  return Object.fromEntries(entries) as Record<(typeof botKinds)[number], string>;
}
