import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EndpointFault } from '../src/rpc/exchange.ts';
import { Endpoint, type EndpointState, type EndpointStatus } from '../src/rpc/index.ts';
import { endpointObservations } from '../src/runtime/rounds/observations.ts';

const at = 1_700_000_000_000;
const standing = (state: EndpointState, label = 'node.example.com'): EndpointStatus => {
  const address = { label, url: { reveal: () => `https://${label}/a-key` } };
  return { endpoint: new Endpoint(address, { attemptMs: 1, concurrency: 1 }), state, since: at, lag: 7 };
};
const raised = (state: EndpointState, afterMs: number) =>
  endpointObservations([standing(state)], at + afterMs).some(({ failing }) => failing);

describe('endpointObservations', () => {
  it('default: reports no failure for an endpoint that works', () => {
    const fine = { check: 'rpc-endpoint', subject: 'node.example.com', failing: false };
    expect(endpointObservations([standing('ok')], at)).toEqual([fine]);
  });

  it.each(['down', 'lagging', 'rate-limited', 'implausible', 'unverified'] as const)(
    'behavior: %s is raised after 30 s of it',
    state => {
      expect([raised(state, 0), raised(state, 29_999), raised(state, 30_000)]).toEqual([false, false, true]);
    },
  );

  it('behavior: raises an endpoint of another chain at once', () => {
    expect(raised('wrong-chain', 0)).toBe(true);
  });

  it('behavior: raises an endpoint that never reported its chain, with the provider’s words', () => {
    const never = standing('unverified');
    const words = 'does not report its chain id (its answer: App is inactive)';
    never.endpoint.wasUseless(new EndpointFault('node.example.com', 'soft', { what: words }));
    expect(endpointObservations([never], at + 30_000)).toMatchObject([
      { failing: true, message: `node.example.com has not reported its chain yet: it ${words}` },
    ]);
  });

  describe('one that comes back after each trial and gives no usable answer', () => {
    afterEach(() => void jest.restoreAllMocks());
    const flapping = (faultsAtMs: number[], nowMs: number) => {
      const works = standing('ok');
      const clock = jest.spyOn(performance, 'now');
      for (const atMs of faultsAtMs) {
        clock.mockReturnValue(1_000 + atMs);
        works.endpoint.wasUseless(
          new EndpointFault('node.example.com', 'soft', { what: 'answered with an error: out of service' }),
        );
      }
      clock.mockReturnValue(1_000 + nowMs);
      return endpointObservations([works], at);
    };

    it('is raised although it works at this moment', () => {
      expect(flapping([0, 12_000, 31_000], 32_000)).toMatchObject([
        {
          failing: true,
          message: 'node.example.com gives no usable answer: it answered with an error: out of service',
        },
      ]);
    });

    it.each([
      ['after one bad moment', [0, 10, 20], 32_000],
      ['after two failures far apart', [0, 31_000], 32_000],
      ['once nothing has failed for minutes', [0, 12_000, 31_000], 200_000],
    ])('is not raised %s', (_name, faultsAtMs, nowMs) => {
      expect(flapping(faultsAtMs, nowMs)).toMatchObject([{ failing: false }]);
    });
  });

  it('behavior: each endpoint by its host alone, with what is known of it', () => {
    const both = [standing('down', 'a.example.com'), standing('rate-limited', 'b.example.com')];
    const observations = endpointObservations(both, at + 60_000);
    expect(observations.map(({ subject }) => subject)).toEqual(['a.example.com', 'b.example.com']);
    expect(observations[0]).toMatchObject({
      failing: true,
      message: 'a.example.com does not answer properly',
      data: { state: 'down', lag: 7 },
    });
    expect(JSON.stringify(observations)).not.toContain('a-key');
  });
});
