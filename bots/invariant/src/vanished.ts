import type { Observation } from '@service-bots/core/alerts';
import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { factoryAbi, poolAbi, registryAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, type Block, contractMethod, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { ZeroAddress } from 'ethers';
import { isRefused } from './reading.ts';

/** The facts about listed addresses beside their answers. */
export interface Knowledge {
  registry: string;
  /** Whether the bot has watched it, in this process or an earlier one. */
  wasWatched(address: string): Promise<boolean>;
  /** Whether the operator's overrides name it. */
  isNamed(address: string): boolean;
}

/** How long, in seconds of the chain's time, a search that found nothing is not repeated. */
const searchAgainAfterSeconds = 3_600;

/** Remembers the searches of earlier discoveries: an address that was never a pool may stay listed for ever. */
export class PastSearches {
  /** By address, as a clause. */
  readonly evidence = new Map<string, string>();
  readonly #searchedAt = new Map<string, number>();

  isDue(address: string, chainTime: number): boolean {
    const at = this.#searchedAt.get(address);
    return at === undefined || Math.abs(chainTime - at) >= searchAgainAfterSeconds;
  }

  note(address: string, chainTime: number): void {
    this.#searchedAt.set(address, chainTime);
  }

  /** Forgets addresses that are not among these any more. */
  keep(addresses: readonly string[]): void {
    for (const kept of [this.evidence, this.#searchedAt])
      for (const address of kept.keys()) if (!addresses.includes(address)) kept.delete(address);
  }
}

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logger'>;

interface Unreadable {
  address: string;
  reason: string;
}

/** Each of two steps ends after this long: discovery waits for them. */
const patienceMs = 5_000;
/** How far back, in blocks: nodes that prune serve about 128. */
const stepsBack = [1, 4, 16, 64, 120, 512, 2_048, 8_192, 32_768, 131_072, 524_288];

const getMarketState = contractMethod(poolAbi, 'getMarketState');
const getInstanceInfo = contractMethod<{ factory: string }>(registryAbi, 'getInstanceInfo');
const isInstance = contractMethod<boolean>(factoryAbi, 'isInstance');

/**
 * Pools that a process never watched and that do not answer any more, although something shows that they were pools: the
 * same finding as of a pool that is watched. An entry of the registry alone shows nothing, since anything can be entered;
 * so an address without code, of which nothing else tells, was perhaps never a pool, and is unreadable, not vanished. The
 * word of one endpoint is not enough: an endpoint that gets an answer from the pool at the same block keeps it from being
 * called vanished. Never throws.
 * @returns the finding, by the pool's address
 */
export async function vanished(
  ctx: Context,
  head: Block,
  unreadable: readonly Unreadable[],
  known: Knowledge,
  searches = new PastSearches(),
): Promise<Map<string, Observation>> {
  const addresses = unreadable.map(({ address }) => address);
  searches.keep(addresses);
  if (unreadable.length === 0) return new Map();
  try {
    const silent = await unanswering(ctx, head, addresses);
    const evidence = await evidenceOf(ctx, head, silent, known, searches);
    return new Map(
      unreadable.flatMap(({ address, reason }) => {
        const why = evidence.get(address);
        return why === undefined ? [] : [[address, finding(head, known.registry, { address, reason }, why)]];
      }),
    );
  } catch (error) {
    ctx.logger.warning('whether pools that cannot be read were pools before could not be told', {
      pools: unreadable.map(({ address }) => address),
      reason: reasonOf(error),
    });
    return new Map();
  }
}

function finding(
  { number, hash }: Block,
  registry: string,
  { address, reason }: Unreadable,
  evidence: string,
): Observation {
  return {
    check: 'pool-answers',
    pool: address,
    failing: true,
    severity: 'critical',
    message: `the pool ${address} does not answer at block ${number} (${reason}), and ${evidence}; its code is gone or broken, nobody can withdraw, and no other invariant of it can be checked`,
    data: {
      block: number,
      hash,
      registry,
      evidence,
      reproduce: `rpc eth_getCode '["${address}","0x${number.toString(16)}"]'`,
    },
  };
}

/** Addresses that refuse to tell a market state to one endpoint at least, and tell none to any. */
async function unanswering(
  { provider, reader }: Context,
  head: Block,
  addresses: readonly string[],
): Promise<string[]> {
  const late = () => new BotError(`it took more than ${patienceMs / 1000} s`);
  const answers = await Promise.all(
    provider.endpoints.map(endpoint =>
      withDeadline(marketStates(reader.via(endpoint), head, addresses), patienceMs, late).catch(
        () => undefined,
      ),
    ),
  );
  return addresses.filter((_, i) => {
    const states = answers.flatMap(states => states?.[i] ?? []);
    return states.some(isRefused) && !states.some(({ ok }) => ok);
  });
}

/** Why each of them must have been a pool, as a clause; absent for those of which nothing tells. */
async function evidenceOf(
  ctx: Context,
  head: Block,
  addresses: readonly string[],
  { registry, wasWatched, isNamed }: Knowledge,
  searches: PastSearches,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const address of addresses) {
    if (await wasWatched(address)) found.set(address, 'this bot has watched it');
    else if (isNamed(address)) found.set(address, 'the overrides name it as a pool');
    const earlier = searches.evidence.get(address);
    if (earlier !== undefined && !found.has(address)) found.set(address, earlier);
  }
  const due = addresses.filter(address => !found.has(address) && searches.isDue(address, head.timestamp));
  if (due.length === 0) return found;
  const late = () => new BotError(`it took more than ${patienceMs / 1000} s`);
  const searching = search(ctx, head, registry, due, searches.evidence);
  await withDeadline(searching, patienceMs, late).catch(error =>
    ctx.logger.debug('not all that tells of earlier pools could be read', { reason: reasonOf(error) }),
  );
  for (const address of due) {
    searches.note(address, head.timestamp);
    const why = searches.evidence.get(address);
    if (why !== undefined) found.set(address, why);
  }
  return found;
}

/** @param evidence gets what is found, by address */
async function search(
  ctx: Context,
  head: Block,
  registry: string,
  addresses: readonly string[],
  evidence: Map<string, string>,
): Promise<void> {
  // A registry that names no factories keeps no pool from being looked for in older blocks.
  const factories = await factoriesOf(ctx.reader, head, registry, addresses).catch(() => new Map());
  for (const [address, factory] of factories)
    evidence.set(address, `its factory ${factory} says that it deployed it`);
  for (const back of stepsBack) {
    const asked = addresses.filter(address => !evidence.has(address));
    if (asked.length === 0 || back > head.number) return;
    const block = await readBlock(ctx.provider, head.number - back);
    if (!block) return;
    const states = await marketStates(ctx.reader, block, asked);
    for (const [i, address] of asked.entries())
      if (states[i]?.ok) evidence.set(address, `it answered as a pool in block ${block.number}`);
  }
}

const marketStates = (reader: BatchReader, block: Block, addresses: readonly string[]) =>
  reader.read(
    block,
    addresses.map(address => getMarketState(address)),
  );

/** The factory that the registry names, of each instance that this factory says it deployed. */
async function factoriesOf(
  reader: BatchReader,
  head: Block,
  registry: string,
  addresses: readonly string[],
): Promise<Map<string, string>> {
  const infos = await reader.read(
    head,
    addresses.map(address => getInstanceInfo(registry, address)),
  );
  const named = addresses.flatMap((address, i) => {
    const info = infos[i];
    return info?.ok && info.value.factory !== ZeroAddress ? [{ address, factory: info.value.factory }] : [];
  });
  if (named.length === 0) return new Map();
  const words = await reader.read(
    head,
    named.map(({ address, factory }) => isInstance(factory, address)),
  );
  return new Map(
    named.flatMap(({ address, factory }, i) => {
      const word = words[i];
      return word?.ok && word.value ? [[address, factory] as const] : [];
    }),
  );
}
