import { describe, expect, it } from '@jest/globals';
import { keccak256, Wallet } from 'ethers';
import { type FakeClock, fakeClock } from '../../test/support/fakeClock.ts';
import { type BroadcastResult, broadcastRaw } from './broadcastRaw.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';

const settleMs = 2_000;
const callMs = 10_000;
const raw = await new Wallet(`0x${'11'.repeat(32)}`).signTransaction({ chainId: 1, nonce: 0, gasLimit: 1 });

/** The behaviour of an endpoint for each of the two methods, and its record when the broadcast begins. */
interface Played {
  send: JsonRpcAnswer | Error | 'hang';
  look?: JsonRpcAnswer | Error | 'hang';
  /** The number of first look-ups that hang. */
  lostLooks?: number;
  afterMs?: number;
  silentMs?: number;
  downMs?: number;
  /** How long it is waited for in all, in ms. */
  secondOpinionMs?: number;
}

const refuses = (message: string): JsonRpcAnswer => ({ id: 1, error: { code: -32000, message } });
const unknown: JsonRpcAnswer = { id: 1, result: null };
const taken: JsonRpcAnswer = { id: 1, result: keccak256(raw) };
const known: JsonRpcAnswer = { id: 1, result: { hash: keccak256(raw) } };
const tooMuchGas: Played = { send: refuses('exceeds block gas limit'), look: unknown };
const hangs: Played = { send: 'hang', look: 'hang' };
const claims: Played = { send: refuses('already known') };
const nonceUsed: Played = { send: refuses('nonce too low') };
const isDown: Played = { send: fault('is not reachable (ECONNREFUSED)'), look: fault('is not reachable') };

function fault(what: string): EndpointFault {
  return new EndpointFault('x', 'hard', { what });
}

/** Broadcasts over these endpoints. @returns the result, and the time that it took by the clock */
async function broadcastOver(
  ...played: Played[]
): Promise<{ result: BroadcastResult; ms: number; asked: number }> {
  const clock = fakeClock();
  const startedAt = clock.monotonicMs();
  const endpoints = played.map((_, i) => ({ label: `node${i}` }) as Endpoint);
  const of = (endpoint: Endpoint) => played[endpoints.indexOf(endpoint)] as Played;
  const passedMs = () => clock.monotonicMs() - startedAt;
  const silentMs = (each: Played) => (each.send === 'hang' ? passedMs() : 0) + (each.silentMs ?? 0);
  let asked = 0;
  const looks = new Map<Endpoint, number>();
  const isLookLost = (endpoint: Endpoint) => {
    looks.set(endpoint, (looks.get(endpoint) ?? 0) + 1);
    return (looks.get(endpoint) ?? 0) <= (of(endpoint).lostLooks ?? 0);
  };
  let ended: { result: BroadcastResult; ms: number; asked: number } | undefined;
  void broadcastRaw(raw, {
    endpoints: () => endpoints,
    ask: async (endpoint, { method }) => {
      asked += 1;
      const each = of(endpoint);
      await clock.sleep(each.afterMs ?? 0);
      const isSend = method === 'eth_sendRawTransaction';
      const answer = isSend ? each.send : isLookLost(endpoint) ? 'hang' : (each.look ?? unknown);
      if (answer === 'hang') return new Promise<never>(() => undefined);
      if (answer instanceof EndpointFault)
        throw new EndpointFault(endpoint.label, answer.kind, { what: answer.what });
      return answer as JsonRpcAnswer;
    },
    secondOpinionLeftMs: endpoint =>
      Math.max((of(endpoint).secondOpinionMs ?? 1_000) - silentMs(of(endpoint)), 0),
    outOfReachMs: endpoint =>
      Math.max(
        silentMs(of(endpoint)),
        of(endpoint).downMs === undefined ? 0 : passedMs() + (of(endpoint).downMs ?? 0),
      ),
    callMs,
    settleMs,
    stop: new AbortController().signal,
    clock,
  }).then(result => {
    ended = { result, ms: passedMs(), asked };
  });
  await advance(clock, () => ended !== undefined);
  if (!ended) throw new Error('it did not end');
  return ended;
}

async function advance(clock: FakeClock, isOver: () => boolean): Promise<void> {
  for (let ms = 0; ms < 2 * callMs && !isOver(); ms += 10) await clock.advance(10);
}

describe('broadcastRaw', () => {
  it.each<[what: string, most: number, endpoints: Played[]]>([
    ['all of them refuse', 100, [tooMuchGas, tooMuchGas]],
    ['the first hangs from now on', settleMs + 100, [hangs, tooMuchGas]],
    ['the last hangs from now on', settleMs + 100, [tooMuchGas, hangs]],
    ['two of three hang from now on', settleMs + 100, [hangs, hangs, tooMuchGas]],
    ['the first has hung for 2 s', 100, [{ ...hangs, silentMs: 2_000 }, tooMuchGas]],
    ['the last has been down for 2 s', 100, [tooMuchGas, { ...isDown, downMs: 2_000 }]],
    ['the last is down from now on', settleMs + 100, [tooMuchGas, { ...isDown, downMs: 0 }]],
    [
      'a slow one hangs from now on',
      1.5 * settleMs + 100,
      [{ ...hangs, secondOpinionMs: 4_000 }, tooMuchGas],
    ],
    [
      'all of them take 1.5 s',
      3_100,
      [1, 2].map(() => ({ ...tooMuchGas, afterMs: 1_500, secondOpinionMs: 4_000 })),
    ],
  ])('%s: the refusal stands within %i ms', async (_, most, endpoints) => {
    const { result, ms } = await broadcastOver(...endpoints);
    expect(result).toMatchObject({ kind: 'refused', meaning: 'gas-limit', said: 'exceeds block gas limit' });
    expect(ms).toBeLessThanOrEqual(most);
  });

  it('one endpoint claims to have it, the other refuses, and none knows it: refused, with doubt', async () => {
    const { result, ms } = await broadcastOver(claims, tooMuchGas);
    expect(result).toMatchObject({ kind: 'refused', meaning: 'gas-limit', isCertain: false });
    expect(ms).toBeLessThanOrEqual(settleMs + 100);
  });

  it('a busy pool is asked again for 2 s, also while the other endpoint has been gone for long', async () => {
    const busy: Played = { send: refuses('txpool is full') };
    const { result, ms, asked } = await broadcastOver(busy, { ...isDown, downMs: 60_000 });
    expect(result).toMatchObject({ kind: 'refused', meaning: 'busy' });
    expect([ms >= settleMs - 500, ms <= settleMs + 100, asked >= 12]).toEqual([true, true, true]);
  });

  it('each limits our requests, look-ups too: refused as busy within 4 s, in their words', async () => {
    const limited = new EndpointFault('x', 'rate-limit', { what: 'limits our requests (HTTP 429)' });
    const { result, ms } = await broadcastOver(...[1, 2].map(() => ({ send: limited, look: limited })));
    expect(result).toEqual({
      kind: 'refused',
      meaning: 'busy',
      said: 'limits our requests (HTTP 429)',
      isCertain: false,
    });
    expect(ms).toBeLessThanOrEqual(2 * settleMs + 100);
  });

  it('one limits our requests, and the other may have taken it: not refused', async () => {
    const limited = new EndpointFault('x', 'rate-limit', { what: 'limits our requests (HTTP 429)' });
    const { result } = await broadcastOver({ send: limited, look: limited }, hangs);
    expect(result.kind).toBe('unknown');
  });

  it.each<[what: string, endpoints: Played[]]>([
    ['the second takes it after 1.8 s', [tooMuchGas, { send: taken, afterMs: 1_800 }]],
    ['the second hangs on it and knows its hash', [tooMuchGas, { send: 'hang', look: known }]],
    ['both say that they have it already', [claims, claims]],
    ['the second says that it has it already, the first hangs', [hangs, claims]],
    ['the second says that it has it already, the first that its nonce is used', [nonceUsed, claims]],
    ['the second says that it has it already, and knows its hash', [tooMuchGas, { ...claims, look: known }]],
  ])('%s: accepted', async (_, endpoints) => {
    expect((await broadcastOver(...endpoints)).result).toEqual({ kind: 'accepted' });
  });

  it('one endpoint claims to have it and knows its hash: the other, which hangs, is not waited for', async () => {
    const { result, ms } = await broadcastOver(hangs, { ...claims, look: known });
    expect(result).toEqual({ kind: 'accepted' });
    expect(ms).toBeLessThanOrEqual(100);
  });

  it.each([1, 2])(
    'every broadcast hangs, and %i looks for the hash too: the next look finds it',
    async lost => {
      const landed: Played = { send: 'hang', look: known, lostLooks: lost };
      const { result, ms } = await broadcastOver(landed, landed);
      expect(result).toEqual({ kind: 'accepted' });
      expect(ms).toBeLessThanOrEqual(settleMs + settleMs / 2);
    },
  );
});
