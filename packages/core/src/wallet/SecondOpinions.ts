import { type Clock, systemClock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { clientsInUse, type FailoverProvider, type RpcClient } from '../rpc/index.ts';
import { FeeAboveCap, GasAboveLimit, GasBudgetExceeded, InsufficientFunds, PriceSpike } from './errors.ts';
import { SimulationReverted } from './revert.ts';

/** How long an endpoint is waited for whose answer allows the call, in ms. */
const patienceMs = 1_500;
/** The pause before an endpoint without an answer, or without the block, is asked again, in ms. */
const retryMs = 150;
/**
 * An answer on which two endpoints agree is not asked for again within this time, since a bot may retry at
 * every block.
 */
const agreedMs = 3_000;
const mostRemembered = 100;

const giveUps = [
  SimulationReverted,
  FeeAboveCap,
  InsufficientFunds,
  PriceSpike,
  GasAboveLimit,
  GasBudgetExceeded,
];

/** Returns whether an error means that a call is not sent now, because of an answer of an endpoint. */
export function isGivenUp(error: unknown): boolean {
  return giveUps.some(type => error instanceof type);
}

interface SecondOpinionsOptions {
  provider: FailoverProvider;
  clock: Clock;
  logger: Logger;
}

interface Question<T> {
  /** The result by the provider. */
  first: Promise<T>;
  /** Does the same with one endpoint alone. */
  again(client: RpcClient, doubted: unknown): Promise<T>;
  /** Returns whether an error gives the call up. @default isGivenUp */
  isDoubted?(error: unknown): boolean;
}

/**
 * Asks the other endpoints before a call is given up because of one endpoint's answer. An endpoint may report
 * an empty wallet, a base fee or an estimate far too high, or a revert that does not exist. It would
 * otherwise keep a call from being sent.
 */
export class SecondOpinions {
  readonly #options: SecondOpinionsOptions;
  readonly #agreedAtMs = new Map<string, number>();

  constructor(options: SecondOpinionsOptions) {
    this.#options = options;
  }

  /**
   * Returns the result of `first`. When that gives up, each endpoint in use is asked by itself, and the first
   * that does not give up is believed.
   * @param label the call's name for people
   * @throws what `first` throws, when the other endpoints agree, do not answer within 1.5 s, or do not exist
   */
  async on<T>(label: string, { first, again, isDoubted = isGivenUp }: Question<T>): Promise<T> {
    try {
      return await first;
    } catch (error) {
      const { provider, logger } = this.#options;
      const key = `${label}: ${error instanceof Error ? error.constructor.name : ''}`;
      const asked = isDoubted(error) && !this.#isAgreed(key) ? clientsInUse(provider) : [];
      if (asked.length < 2) throw error;
      const other = await firstOf(
        asked.map(({ label: endpoint, client }) => ({ endpoint, ask: () => again(client, error) })),
        isDoubted,
      );
      if (other.kind === 'agreed') this.#agree(key);
      if (other.kind !== 'differs') throw error;
      logger.warning(
        'one endpoint reports that a call cannot be sent, and another that it can; the call continues',
        {
          action: label,
          reason: reasonOf(error),
          believed: other.endpoint,
        },
      );
      return other.value;
    }
  }

  #isAgreed(key: string): boolean {
    const atMs = this.#agreedAtMs.get(key);
    return atMs !== undefined && this.#options.clock.monotonicMs() - atMs < agreedMs;
  }

  #agree(key: string): void {
    this.#agreedAtMs.delete(key);
    this.#agreedAtMs.set(key, this.#options.clock.monotonicMs());
    const [oldest] = this.#agreedAtMs.keys();
    if (this.#agreedAtMs.size > mostRemembered && oldest !== undefined) this.#agreedAtMs.delete(oldest);
  }
}

type Other<T> = { kind: 'differs'; endpoint: string; value: T } | { kind: 'agreed' } | { kind: 'silent' };

/**
 * Returns the first endpoint that does not give up; `agreed` when at least two give up and all answers agree.
 */
async function firstOf<T>(
  opinions: readonly { endpoint: string; ask: () => Promise<T> }[],
  isDoubted: (error: unknown) => boolean,
): Promise<Other<T>> {
  const over = new AbortController();
  const asking = opinions.map(async ({ endpoint, ask }): Promise<Other<T>> => {
    return { kind: 'differs', endpoint, value: await insistently(ask, isDoubted, over.signal) };
  });
  const late = systemClock.sleep(patienceMs, over.signal).then((): Other<T> => ({ kind: 'silent' }));
  try {
    return await Promise.race([Promise.any(asking), late]);
  } catch (failed) {
    const { errors } = failed as AggregateError;
    return { kind: errors.filter(isDoubted).length > 1 ? 'agreed' : 'silent' };
  } finally {
    over.abort();
  }
}

/** Retries until there is an answer, of either kind. */
async function insistently<T>(
  ask: () => Promise<T>,
  isAnswer: (error: unknown) => boolean,
  over: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isAnswer(error) || over.aborted) throw error;
    }
    await systemClock.sleep(retryMs, over);
  }
}
