import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import type { FailoverProvider } from './FailoverProvider.ts';

/** The endpoints get so long to tell their counts; longer while only one of several has. */
const patienceMs = 600;
/** An endpoint that has answered nothing for so long is not waited for any longer. */
const longestPatienceMs = 2_000;

/** The count of a wallet's transactions that one endpoint tells. */
interface Told {
  endpoint: Endpoint;
  count: number;
}

/**
 * Decides which counts of a wallet's transactions are believed. One that is too low is refused at the broadcast and mends
 * itself; a transaction that is signed for a nonce too high is never mined. So a count that neither the last one nor our
 * own transactions explain has to be told by a second endpoint.
 */
export class Counts {
  /** By wallet, the highest count that is explained. */
  readonly #explained = new Map<string, number>();
  /** By wallet, the nonce that its last transaction was refused for, since it was used: the count was behind. */
  readonly #refused = new Map<string, number>();

  /** A transaction of the wallet with this nonce is out. */
  sent(from: string, nonce: number): void {
    this.#raise(from, nonce + 1);
  }

  /** The nonce of a transaction was refused as used. */
  refused(from: string, nonce: number): void {
    this.#refused.set(from, nonce);
  }

  /** @param counting what an endpoint tells, which is asked @returns the count to go by */
  async believed(provider: FailoverProvider, from: string, counting: Promise<number>): Promise<number> {
    const isSure = () => this.#explained.has(from) && !this.#refused.has(from);
    // Where the others have to be asked anyway, one that hangs holds up nothing twice.
    const isShared = !isSure() && provider.health.inUse().length > 1;
    const asking = isShared ? countsAt(provider, from, 'latest') : undefined;
    const count = await counting;
    const refused = this.#refused.get(from);
    this.#refused.delete(from);
    const isExplained = refused === undefined && count <= (this.#explained.get(from) ?? -1);
    if (isExplained) return count;
    const told = await (asking ?? countsAt(provider, from, 'latest'));
    const isUnconfirmed = told.length < 2 && provider.health.inUse().length > 1;
    const last = this.#explained.get(from);
    // The others are silent: a count that is too low is refused, and then looked at again.
    if (isUnconfirmed && last !== undefined) return Math.min(count, Math.max(last, (refused ?? -1) + 1));
    const settledCount = told.length === 0 ? count : await settled(provider, from, told);
    const isAgreed = told.length > 1 && told.every(each => each.count === settledCount);
    // Unless all tell the same: the refusal has shown that at least one transaction more is mined.
    const least = refused === undefined || isAgreed ? 0 : refused + 1;
    const believed = Math.max(settledCount, least);
    this.#raise(from, believed);
    return believed;
  }

  #raise(from: string, count: number): void {
    this.#explained.set(from, Math.max(count, this.#explained.get(from) ?? 0));
  }
}

/** The highest count that two endpoints tell; that of one alone when nothing shows that it is wrong. */
async function settled(provider: FailoverProvider, from: string, told: readonly Told[]): Promise<number> {
  const [highest, second] = told.toSorted((a, b) => b.count - a.count);
  if (!highest) return 0;
  if (!second || second.count === highest.count) return highest.count;
  // One of them is behind, or lies. At a block that both have, endpoints in working order tell the same.
  const heads = [highest, second].map(({ endpoint }) => endpoint.head?.number);
  if (!heads.every(head => head !== undefined)) return second.count;
  const block = `0x${Math.min(...heads).toString(16)}`;
  const [a, b] = await countsAt(provider, from, block, [highest.endpoint, second.endpoint]);
  return a && b && a.count === b.count ? highest.count : second.count;
}

/** @returns the counts that the endpoints tell in time */
async function countsAt(
  provider: FailoverProvider,
  from: string,
  block: string,
  endpoints: readonly Endpoint[] = provider.health.inUse(),
): Promise<Told[]> {
  const told: Told[] = [];
  const asking = endpoints.map(async endpoint => {
    const answer = await provider.askOne(endpoint, 'eth_getTransactionCount', [from, block]);
    if ('result' in answer) told.push({ endpoint, count: Number(answer.result) });
  });
  const within = (ms: number) =>
    Promise.all(
      endpoints.map((endpoint, i) =>
        settledWithin([asking[i] as Promise<void>], Math.min(ms, longestPatienceMs - endpoint.silentMs)),
      ),
    );
  await within(patienceMs);
  if (told.length < 2 && asking.length > 1) await within(longestPatienceMs - patienceMs);
  return told;
}
