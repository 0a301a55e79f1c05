import type dns from 'node:dns';
import { createRequire } from 'node:module';
import process from 'node:process';

type Options = { readonly all?: boolean };
type Callback = (error: Error | null, address?: unknown, family?: number) => void;

/**
 * Lets this process resolve every name below `localhost` to this machine, without a name server. While `isGone`
 * returns true, these names fail as they do when no name server answers.
 */
export function resolveLocalNames(isGone: () => boolean): void {
  // `require` returns the object whose `lookup` Node's sockets call.
  const names = createRequire(import.meta.url)('node:dns') as typeof dns;
  const real = names.lookup as (host: string, options: unknown, callback?: unknown) => void;
  const lookup = (host: string, given: Options | Callback, last?: Callback): void => {
    if (!host.endsWith('.localhost')) {
      real(host, given, last);
      return;
    }
    const callback = (typeof given === 'function' ? given : last) as Callback;
    const all = typeof given === 'object' && given.all === true;
    const answer = () => {
      if (isGone()) callback(noAnswer(host));
      else if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    };
    process.nextTick(answer);
  };
  names.lookup = lookup as unknown as typeof names.lookup;
}

function noAnswer(hostname: string): Error {
  const code = 'EAI_AGAIN';
  const message = `getaddrinfo ${code} ${hostname}`;
  return Object.assign(new Error(message), { code, errno: -3_001, syscall: 'getaddrinfo', hostname });
}
