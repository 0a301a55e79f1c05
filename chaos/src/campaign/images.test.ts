import { expect, it } from '@jest/globals';
import { engineProblem } from './images.ts';

it.each([
  ['linux', undefined, undefined, undefined],
  ['darwin', undefined, undefined, /needs the engine of a Linux machine/],
  ['linux', new Error('spawn docker ENOENT'), undefined, /spawn docker ENOENT\): install docker/],
  ['linux', undefined, 'Cannot connect to the Docker daemon.\n', /systemctl start docker \(Cannot connect/],
  ['linux', undefined, 'permission denied while trying to connect', /usermod -aG docker/],
] as const)('engineProblem: on %s with %p and %j', (platform, error, said, message) => {
  const problem = engineProblem(platform, error, said);
  if (message) expect(problem).toMatch(message);
  else expect(problem).toBeUndefined();
});
