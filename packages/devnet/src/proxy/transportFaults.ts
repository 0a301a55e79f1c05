import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, fault } from './fault.ts';

/** Never answers; the connection stays open until the client gives up. Nothing reaches the chain. */
export const hang: Fault = fault('hang', () => 'hang');

/** The connection is reset (RST) after the request was read. Nothing reaches the chain. */
export const reset: Fault = fault('reset', () => 'reset');

/**
 * Answers `milliseconds` late. The call itself reaches the chain at once, even if the client stops waiting.
 */
export function slow(milliseconds: number): Fault {
  return fault(`slow(${milliseconds})`, async exchange => {
    const [answer] = await Promise.all([
      exchange.pass(),
      // A client that is gone gets no answer anyway.
      delay(milliseconds, undefined, { signal: exchange.signal }).catch(() => undefined),
    ]);
    return answer;
  });
}

/**
 * Nothing listens on the port: a connection is refused. Existing ones are closed. When it ends, the proxy
 * listens on the same port again.
 *
 * Where it is in force for some requests only (`random`, a count of requests, `only`), the port stays open
 * and the connection is closed instead: a port cannot be closed for one request.
 */
export const refuse: Fault = {
  name: 'refuse',
  async begin(controls) {
    await controls.setListening(false);
    return {
      act(exchange) {
        exchange.mark('refuse');
        return 'refuse';
      },
      stop: () => controls.setListening(true),
    };
  },
};
