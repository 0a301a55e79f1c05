import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { Attempts } from './Attempts.ts';

export type Bindings = { Bindings: HttpBindings };

const loopbackNames = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Returns the middleware that admits a request.
 *
 * With a token, a request has to bring it as `Authorization: Bearer` or as the password of basic auth. The
 * right token is accepted even while the client's address is refused for wrong ones. Behind a proxy all
 * readers have one address, and a stranger's guesses would otherwise shut out the person on call. A token has
 * 16 characters or more, so that no number of guesses helps.
 *
 * Without a token, a request has to address this machine by name. A page of another site whose name resolves
 * to 127.0.0.1 brings its own name.
 */
export function access(token: string | undefined, monotonicMs: () => number): MiddlewareHandler<Bindings> {
  const attempts = new Attempts(monotonicMs);
  const isRight = comparedWith(token ?? '');
  return async (c, next) => {
    if (token === undefined) {
      if (loopbackNames.test(c.req.header('host') ?? '')) return next();
      return c.text('this page is for this machine only: open it as http://127.0.0.1\n', 421);
    }
    const given = tokenIn(c.req.header('authorization'));
    if (given !== undefined && isRight(given)) return next();
    // The first request of a browser brings no token and is no attempt.
    if (given !== undefined) {
      const address = c.env.incoming.socket.remoteAddress ?? 'unknown';
      const waitSeconds = attempts.waitSeconds(address);
      if (waitSeconds > 0)
        return c.text('too many wrong tokens: try again later\n', 429, {
          'retry-after': String(waitSeconds),
        });
      attempts.failed(address);
    }
    return c.text('this page needs the token of the watchtower\n', 401, {
      'www-authenticate': 'Basic realm="watchtower", charset="UTF-8"',
    });
  };
}

function tokenIn(header: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

/**
 * Returns a comparison that takes the same time for the right token and for every wrong one of the same
 * length.
 */
function comparedWith(token: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(token);
  return given => timingSafeEqual(digest(given), wanted);
}
