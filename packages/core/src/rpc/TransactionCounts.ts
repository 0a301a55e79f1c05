import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import type { JsonRpcAnswer } from './reply.ts';

/** The time that the endpoints have to return their counts; longer while only one of several has. */
const patienceMs = 600;
/** An endpoint that has answered nothing for this long is not waited for any longer. */
const longestPatienceMs = 2_000;

/** The provider of the endpoints that return counts. */
export interface CountSource {
  health: { endpoints: readonly Endpoint[]; inUse(): Endpoint[] };
  askOne(endpoint: Endpoint, method: string, params: unknown[]): Promise<JsonRpcAnswer>;
}

/** The transaction count of a wallet that one endpoint returned. */
interface ReportedCount {
  endpoint: Endpoint;
  count: number;
}

/**
 * Decides which transaction counts of a wallet are believed. A count that is too low is refused at the
 * broadcast and corrects itself. A transaction that is signed for a nonce too high is never mined. A count
 * that neither the last count nor our own transactions explain must therefore be returned by a second
 * endpoint.
 */
export class TransactionCounts {
  /** The highest count that is explained, by wallet. */
  readonly #explained = new Map<string, number>();
  /** The nonce for which the last transactions of a wallet were refused, since it was already used. */
  readonly #refusals = new Map<string, { nonce: number; times: number; isFresh: boolean }>();

  /** Records that a transaction of the wallet with this nonce was sent. */
  sent(from: string, nonce: number): void {
    this.#refusals.delete(from);
    this.#raise(from, nonce + 1);
  }

  /** Records that the nonce of a transaction was refused as used. */
  refused(from: string, nonce: number): void {
    const last = this.#refusals.get(from);
    const times = last?.nonce === nonce ? last.times + 1 : 1;
    this.#refusals.set(from, { nonce, times, isFresh: true });
  }

  /**
   * Returns the believed count of mined transactions.
   * @param counting the count of the endpoint that is asked first
   */
  believed(provider: CountSource, from: string, counting: Promise<number>): Promise<number> {
    return this.#settle(provider, { from, counting });
  }

  /**
   * Returns the lowest nonce for the wallet's next transaction. Only this method uses the last refusal: a
   * read of the count for another purpose neither uses it up nor is misled by it.
   * @param counting the count of the endpoint that is asked first
   */
  next(provider: CountSource, from: string, counting: Promise<number>): Promise<number> {
    const refusal = this.#refusals.get(from);
    if (!refusal?.isFresh) return this.#settle(provider, { from, counting });
    refusal.isFresh = false;
    return this.#settle(provider, { from, counting, refusal });
  }

  async #settle(
    provider: CountSource,
    {
      from,
      counting,
      refusal,
    }: { from: string; counting: Promise<number>; refusal?: { nonce: number; times: number } },
  ): Promise<number> {
    const isSure = this.#explained.has(from) && !refusal;
    // Where the others have to be asked in any case, they are asked at once, so that an endpoint that hangs
    // delays only once.
    const isShared = !isSure && provider.health.inUse().length > 1;
    const asking = isShared ? countsAt(provider, { from, block: 'latest' }) : undefined;
    const count = await counting;
    if (!refusal && count <= (this.#explained.get(from) ?? -1)) return count;
    const reported = await (asking ?? countsAt(provider, { from, block: 'latest' }));
    const isOnly = provider.health.endpoints.length <= 1;
    const last = this.#explained.get(from);
    const afterRefused = (refusal?.nonce ?? -1) + 1;
    // The other endpoints are silent or out of use. A count that is too low is refused, and then read again.
    if (reported.length < 2 && !isOnly && last !== undefined)
      return Math.min(count, Math.max(last, afterRefused));
    const settledCount = reported.length === 0 ? count : await settled(provider, from, reported);
    const isAgreed = reported.length > 1 && reported.every(each => each.count === settledCount);
    // The only endpoint may contradict itself. Its count is believed at the first refusal, and its refusal from the
    // second time on.
    const isRefusalDoubtful = isAgreed || (isOnly && refusal?.times === 1);
    // Otherwise the refusal has shown that at least one more transaction is mined.
    const believed = isRefusalDoubtful ? settledCount : Math.max(settledCount, afterRefused);
    this.#raise(from, believed);
    return believed;
  }

  #raise(from: string, count: number): void {
    this.#explained.set(from, Math.max(count, this.#explained.get(from) ?? 0));
  }
}

/**
 * Returns the highest count that two endpoints agree on; the count of one alone when no other contradicts it.
 */
async function settled(
  provider: CountSource,
  from: string,
  reported: readonly ReportedCount[],
): Promise<number> {
  const [highest, second] = reported.toSorted((a, b) => b.count - a.count);
  if (!highest) return 0;
  if (!second || second.count === highest.count) return highest.count;
  // The two counts differ because an endpoint is behind or wrong. At a block that both have, endpoints in
  // working order return the same count.
  const heads = [highest, second].map(({ endpoint }) => endpoint.head?.number);
  if (!heads.every(head => head !== undefined)) return second.count;
  const block = `0x${Math.min(...heads).toString(16)}`;
  const [a, b] = await countsAt(provider, {
    from,
    block,
    endpoints: [highest.endpoint, second.endpoint],
  });
  return a && b && a.count === b.count ? highest.count : second.count;
}

/**
 * Asks endpoints for their counts.
 * @returns the counts that the endpoints return in time
 */
async function countsAt(
  provider: CountSource,
  {
    from,
    block,
    endpoints = provider.health.inUse(),
  }: { from: string; block: string; endpoints?: readonly Endpoint[] },
): Promise<ReportedCount[]> {
  const reported: ReportedCount[] = [];
  const asking = endpoints.map(async endpoint => {
    const answer = await provider.askOne(endpoint, 'eth_getTransactionCount', [from, block]);
    if ('result' in answer) reported.push({ endpoint, count: Number(answer.result) });
  });
  const within = (ms: number) =>
    Promise.all(
      endpoints.map((endpoint, i) =>
        settledWithin([asking[i] as Promise<void>], Math.min(ms, longestPatienceMs - endpoint.silentMs)),
      ),
    );
  await within(patienceMs);
  if (reported.length < 2 && asking.length > 1) await within(longestPatienceMs - patienceMs);
  return reported;
}
