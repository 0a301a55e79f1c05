import type { Observation } from '@service-bots/core/alerts';
import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import { factoryAbi, poolAbi, registryAbi } from '@service-bots/core/hyperdrive';
import { type BatchReader, type Block, contractMethod, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { ZeroAddress } from 'ethers';
import { reporterOf } from '../checks/index.ts';
import { isRefused } from '../readings/readResults.ts';

/** The facts that tell a pool that has vanished from a listed address that was never a pool. */
export interface Knowledge {
  registry: string;
  /** Whether the bot has watched it, in this process or an earlier one. */
  wasWatched(address: string): Promise<boolean>;
  /** Whether the operator's overrides name it. */
  isNamed(address: string): boolean;
}

/** The time, in seconds of the chain's time, for which a search without a result is not repeated. */
const searchAgainAfterSeconds = 3_600;

/** Stores the searches of earlier discoveries: an address that was never a pool may stay listed for ever. */
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

  /** Removes addresses that are not among these any more. */
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

/** Each of two steps ends after this time, since discovery waits for them. */
const patienceMs = 5_000;
/** The distances to search back, in blocks: nodes that prune serve about 128. */
const stepsBack = [1, 4, 16, 64, 120, 512, 2_048, 8_192, 32_768, 131_072, 524_288];

const getMarketState = contractMethod(poolAbi, 'getMarketState');
const getInstanceInfo = contractMethod<{ factory: string }>(registryAbi, 'getInstanceInfo');
const isInstance = contractMethod<boolean>(factoryAbi, 'isInstance');

/**
 * Finds pools that this process never watched and that do not answer any more, although there is evidence
 * that they were pools. The finding is the same as for a watched pool. An entry of the registry alone is no
 * evidence, since any address can be entered. Therefore an address without code and without other evidence
 * was perhaps never a pool, and is unreadable, not vanished. A single endpoint is not enough: if another
 * endpoint gets an answer from the pool at the same block, the pool does not count as vanished. Never throws.
 * @returns the finding, by the pool's address
 */
export async function vanished(
  ctx: Context,
  head: Block,
  {
    unreadable,
    known,
    searches = new PastSearches(),
  }: { unreadable: readonly Unreadable[]; known: Knowledge; searches?: PastSearches },
): Promise<Map<string, Observation>> {
  const addresses = unreadable.map(({ address }) => address);
  searches.keep(addresses);
  if (unreadable.length === 0) return new Map();
  try {
    const silent = await unanswering(ctx, head, addresses);
    const evidence = await evidenceOf(ctx, head, { addresses: silent, known, searches });
    return new Map(
      unreadable.flatMap(({ address, reason }) => {
        const why = evidence.get(address);
        return why === undefined
          ? []
          : [[address, finding(head, known.registry, { address, reason, evidence: why })]];
      }),
    );
  } catch (error) {
    ctx.logger.warning('could not find out whether the pools that cannot be read were pools before', {
      pools: unreadable.map(({ address }) => address),
      reason: reasonOf(error),
    });
    return new Map();
  }
}

function finding(
  { number, hash }: Block,
  registry: string,
  { address, reason, evidence }: Unreadable & { evidence: string },
): Observation {
  const { name: check, severity, impact, firstStep } = reporterOf('the pool does not answer');
  return {
    check,
    pool: address,
    failing: true,
    severity,
    message: `the pool ${address} does not answer at block ${number} (${reason}), and ${evidence}; its code is gone or broken, and no other check of this pool can decide. Impact: ${impact}. First: ${firstStep}`,
    data: {
      block: number,
      hash,
      registry,
      evidence,
      reproduce: `rpc eth_getCode '["${address}","0x${number.toString(16)}"]'`,
    },
  };
}

/** Returns the addresses that refuse a market state to at least one endpoint, and return one to none. */
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

/** Returns the evidence that each of them was a pool, as a clause; absent without evidence. */
async function evidenceOf(
  ctx: Context,
  head: Block,
  {
    addresses,
    known: { registry, wasWatched, isNamed },
    searches,
  }: { addresses: readonly string[]; known: Knowledge; searches: PastSearches },
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
  const searching = search(ctx, head, { registry, addresses: due, evidence: searches.evidence });
  await withDeadline(searching, patienceMs, late).catch(error =>
    ctx.logger.debug('the search for earlier states of unreadable pools did not finish', {
      reason: reasonOf(error),
    }),
  );
  for (const address of due) {
    searches.note(address, head.timestamp);
    const why = searches.evidence.get(address);
    if (why !== undefined) found.set(address, why);
  }
  return found;
}

/** Searches for earlier states of these addresses; `evidence` receives the results, by address. */
async function search(
  ctx: Context,
  head: Block,
  {
    registry,
    addresses,
    evidence,
  }: { registry: string; addresses: readonly string[]; evidence: Map<string, string> },
): Promise<void> {
  // A registry without factories does not stop the search for a pool in older blocks.
  const factories = await factoriesOf(ctx.reader, head, { registry, addresses }).catch(() => new Map());
  for (const [address, factory] of factories)
    evidence.set(address, `its factory ${factory} confirms that it deployed this pool`);
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

/**
 * Returns the factory that the registry names, for each instance that this factory confirms to have deployed.
 */
async function factoriesOf(
  reader: BatchReader,
  head: Block,
  { registry, addresses }: { registry: string; addresses: readonly string[] },
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
