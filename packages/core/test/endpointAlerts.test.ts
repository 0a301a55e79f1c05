import { describe, expect, it } from '@jest/globals';
import { Endpoint, type EndpointState, type Standing } from '../src/rpc/index.ts';
import { endpointObservations } from '../src/runtime/runtimeAlerts.ts';

const at = 1_700_000_000_000;
const standing = (state: EndpointState, label = 'node.example.com'): Standing => {
  const address = { label, url: { reveal: () => `https://${label}/a-key` } };
  return { endpoint: new Endpoint(address, { attemptMs: 1, concurrency: 1 }), state, since: at, lag: 7 };
};
const raised = (state: EndpointState, afterMs: number) =>
  endpointObservations([standing(state)], at + afterMs).some(({ failing }) => failing);

describe('endpointObservations', () => {
  it('default: one that works is fine', () => {
    const fine = { check: 'rpc-endpoint', subject: 'node.example.com', failing: false };
    expect(endpointObservations([standing('ok')], at)).toEqual([fine]);
  });

  it.each(['down', 'lagging', 'rate-limited'] as const)('behavior: %s is raised after 30 s of it', state => {
    expect([raised(state, 0), raised(state, 29_999), raised(state, 30_000)]).toEqual([false, false, true]);
  });

  it('behavior: another chain is raised at once: that does not pass by itself', () => {
    expect(raised('wrong-chain', 0)).toBe(true);
  });

  it('behavior: one that has not told its chain yet says nothing, whatever the time', () => {
    expect(endpointObservations([standing('unverified')], at + 3_600_000)).toEqual([]);
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
