import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dockerArguments, exitOf } from './botContainer.ts';

const options = {
  image: 'service-bots/keeper:chaos',
  user: '1000:1000',
  stateDir: '/tmp/state',
  clockFolder: '/tmp/clock',
  anchor: { realMs: 0, virtualMs: 0, rate: 1 },
  anchorFile: 'anchor.json',
  withoutNamesFile: 'names-are-gone',
};

describe('dockerArguments', () => {
  const given = dockerArguments('bot-0123456789ab', ['PRIVATE_KEY', 'STATE_DIR'], options);

  it('behavior: variables are named without their values, and only the state is writable', () => {
    expect(given.filter(each => each.startsWith('--env'))).toEqual(['--env=PRIVATE_KEY', '--env=STATE_DIR']);
    const binds = given.filter(each => each.includes('type=bind'));
    expect(binds.filter(each => !each.endsWith(',readonly'))).toEqual([
      '--mount=type=bind,source=/tmp/state,target=/state',
    ]);
    expect(given.at(-1)).toBe(options.image);
  });

  it('behavior: the container is as restricted as compose.yaml restricts it', () => {
    const compose = readFileSync(new URL('../../../../compose.yaml', import.meta.url), 'utf8');
    for (const [written, argument] of [
      ['init: true', '--init'],
      ['read_only: true', '--read-only'],
      ['cap_drop: [ALL]', '--cap-drop=ALL'],
      ['security_opt: [no-new-privileges:true]', '--security-opt=no-new-privileges:true'],
      ['limits: { memory: 384M, pids: 100 }', '--memory=384m'],
      ['limits: { memory: 384M, pids: 100 }', '--pids-limit=100'],
      ['target: /tmp, tmpfs: { size: 16777216 }', '--mount=type=tmpfs,destination=/tmp,tmpfs-size=16777216'],
    ] as const) {
      expect(compose).toContain(written);
      expect(given).toContain(argument);
    }
  });
});

describe('exitOf', () => {
  it.each([
    [0, { code: 0, signal: null }],
    [75, { code: 75, signal: null }],
    [125, { code: 125, signal: null }],
    [137, { code: null, signal: 'SIGKILL' }],
    [143, { code: null, signal: 'SIGTERM' }],
  ])('default: exit code %j of the client', (code, exit) => expect(exitOf(code)).toEqual(exit));
});
