import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, faults, type RpcProxy, type WsFault, wsFaults } from '@service-bots/devnet';
import type { Random } from './random.ts';

/**
 * Faults that are bad for their whole duration. Another chain is not among them, because the chain id is read
 * every 30 s only.
 */
const bad: readonly ((random: Random) => Fault)[] = [
  () => faults.refuse,
  () => faults.hang,
  () => faults.reset,
  () => faults.slow(700),
  () => faults.http500,
  () => faults.rateLimit,
  () => faults.rateLimitRetryAfter(2),
  () => faults.rpc32005,
  () => faults.rpc32603,
  () => faults.garbage,
  () => faults.html,
  () => faults.empty,
  () => faults.truncated,
  () => faults.stale(2),
  () => faults.stale(20),
  () => faults.frozen,
  () => faults.unknownTransaction(),
  () => faults.lostReplies(),
  () => faults.lostReplies(undefined, 'reset'),
  () => faults.alreadyKnown('nethermind'),
  () => faults.swallowsTransactions,
  () => faults.flapping(400, 400, faults.hang),
  () => faults.flapping(300, 600, faults.refuse),
  random => faults.random(0.5, faults.reset, random.seed()),
];

/** A mild mix of faults, as the better of two endpoints has it at times. */
const mild = (random: Random): Fault =>
  faults.randomOf(
    [
      { weight: 70, fault: faults.ok },
      { weight: 10, fault: faults.http500 },
      { weight: 8, fault: faults.rpc32005 },
      { weight: 6, fault: faults.lostReplies() },
      { weight: 4, fault: faults.reset },
      { weight: 2, fault: faults.hang },
    ],
    random.seed(),
  );

const websocket: readonly WsFault[] = [
  wsFaults.ok,
  wsFaults.refuse,
  wsFaults.silent,
  wsFaults.duplicate(3),
  wsFaults.skip(2),
  wsFaults.dropAfter(3),
];

/** The duration of each period of weather, in ms. */
const spellMs = [3_000, 9_000] as const;
const bothDeadMs = [1_000, 4_000] as const;
/** Long enough for an alert. */
const longMs = [34_000, 40_000] as const;
const calmMs = [500, 3_000] as const;

/**
 * Makes two endpoints misbehave, in turn, until `stop`: one is bad while the other is well or slightly bad.
 * Every fourth time both are dead for some seconds, and every twelfth time one is bad for long enough to be
 * reported. At the end both behave correctly.
 * @returns how often each fault was in force
 */
export async function badWeather(
  endpoints: readonly [RpcProxy, RpcProxy],
  random: Random,
  stop: AbortSignal,
): Promise<Map<string, number>> {
  const met = new Map<string, number>();
  const set = async (proxy: RpcProxy, fault: Fault) => {
    met.set(fault.name, (met.get(fault.name) ?? 0) + 1);
    await proxy.setFault(fault);
  };
  const wait = ([least, most]: readonly [number, number]) =>
    delay(random.between(least, most), undefined, { signal: stop }).catch(() => undefined);
  for (let turn = 0; !stop.aborted; turn += 1) {
    const [worse, better] = turn % 2 === 0 ? endpoints : [endpoints[1], endpoints[0]];
    await endpoints[0].ws.setFault(random.pick(websocket));
    if (turn % 4 === 3) {
      await Promise.all([set(worse, faults.refuse), set(better, faults.hang)]);
      await wait(bothDeadMs);
    } else if (turn % 12 === 5) {
      await set(worse, random.pick([faults.refuse, faults.hang, faults.frozen, faults.rpc32005]));
      await wait(longMs);
    } else {
      await set(worse, random.pick(bad)(random));
      if (turn % 3 === 1) await set(better, mild(random));
      await wait(spellMs);
    }
    await Promise.all(endpoints.map(proxy => proxy.clearFault()));
    await wait(calmMs);
  }
  await endpoints[0].ws.clearFault();
  return met;
}
