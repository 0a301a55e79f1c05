import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { type BroadcastTarget, broadcast, broadcastFields, isAboutFees } from './broadcast.ts';
import type { CallSigner } from './CallSigner.ts';
import { BroadcastRefused, SenderStopped } from './errors.ts';
import type { FeeCaps } from './fees.ts';
import { feesAfterRefusal } from './feesAfterRefusal.ts';
import type { Attempt, InFlight } from './journal.ts';
import type { Call, Preflight } from './preflight.ts';
import type { SecondOpinions } from './SecondOpinions.ts';
import type { Tracked } from './Tracked.ts';
import type { Watch } from './Watch.ts';

export interface BroadcastNewOptions extends BroadcastTarget {
  signer: CallSigner;
  /** The address of the wallet. */
  from: string;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
  logger: Logger;
  opinions: SecondOpinions;
  watch: Watch;
  /** Starts watching a transaction, which the call then waits for. */
  track(entry: InFlight): Tracked;
  /** Writes the journal. */
  save(): Promise<void>;
  stop: AbortSignal;
}

const broadcastTries = 5;
/**
 * Refusals that other fees cannot resolve are not retried after this time, since the wallet's next call waits
 * for this one.
 */
const broadcastMs = 3_000;

/** A call that is signed and not sent. Its nonce is not taken: another call may use it meanwhile. */
export interface Prepared {
  nonce: number;
  signed: Attempt;
}

/**
 * Signs a call in advance.
 * @param quoting its cost, simulated meanwhile
 * @throws what `quoting` rejects with, PolicyViolation
 */
export async function prepare(
  { to, data }: Call,
  quoting: Promise<Preflight>,
  options: BroadcastNewOptions,
): Promise<Prepared> {
  // The nonce is read side by side with the simulation: for some calls every round trip counts.
  const counting = nextNonce(options);
  counting.catch(() => undefined);
  const { gasLimit, fees } = await quoting;
  if (options.stop.aborted) throw new SenderStopped();
  const nonce = await counting;
  return { nonce, signed: await options.signer.sign({ to, data, gasLimit }, nonce, fees) };
}

interface Quoted {
  /** The cost of the call, simulated meanwhile. */
  quoting: Promise<Preflight>;
  /** The same call, signed in advance, where its nonce is still the next one. */
  prepared?: Prepared | undefined;
}

/**
 * Gives a call a nonce and broadcasts it. Calls must run one at a time: two would take the same nonce.
 * @throws what `quoting` rejects with, BroadcastRefused, InsufficientFunds, FeeAboveCap, PolicyViolation,
 * SenderStopped, and what the fence throws; no byte has been sent then
 */
export async function broadcastNew(
  call: Call,
  { quoting, prepared }: Quoted,
  options: BroadcastNewOptions,
): Promise<Tracked> {
  const { provider, signer, logger, watch, save, stop } = options;
  let { nonce, signed } = prepared ?? (await prepare(call, quoting, options));
  const { gasLimit, fees: quoted } = await quoting;
  let fees = quoted;
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    if (stop.aborted) throw new SenderStopped();
    const { label, to, data, idempotent = false } = call;
    const since = provider.health.bestHead || undefined;
    const entry = { nonce, label, to, data, gasLimit, attempts: [signed], since, idempotent };
    const tracked = await track(entry, options);
    tracked.isWanted = call.isWanted;
    tracked.patienceMs = call.patienceMs;
    // On a fast chain a refusal that is repeated until it stands lasts longer than the wait for a replacement.
    tracked.isUnderWay = true;
    const result = await broadcast(options, signed.raw, idempotent).catch(error =>
      kept(tracked, error, options),
    );
    const { hash } = signed;
    logger.info('transaction handed to the node', {
      action: label,
      hash,
      nonce,
      ...fees,
      ...broadcastFields(result),
    });
    // Without a clear reply the transaction may be in flight: it keeps its nonce, and the watch broadcasts it
    // again. If the watch was faster (it is mined, or replaced by now), this reply no longer matters.
    tracked.isAccepted = result.verdict === 'accepted';
    tracked.isUnderWay = false;
    tracked.blocksWaited = 0;
    const isOvertaken = !watch.has(tracked) || tracked.entry.attempts.length > 1;
    if (result.verdict !== 'refused' || isOvertaken) return tracked;
    watch.drop(tracked);
    if (!result.isCertain) watch.doubt(entry);
    // If the entry stays in the journal, the next process finds out that no node has the transaction.
    await save().catch(() => undefined);
    const isOverdue =
      attempt > 1 && performance.now() - startedAt > broadcastMs && !isAboutFees(result.meaning);
    if (attempt === broadcastTries || isOverdue) throw new BroadcastRefused(label, result.said);
    fees = await feesAfterRefusal({ label, refusal: result, fees }, options);
    nonce = await nextNonce(options);
    signed = await signer.sign({ to, data, gasLimit }, nonce, fees);
  }
}

/**
 * Returns the next nonce: the chain's count, beyond our own transactions in flight, with gaps filled first.
 */
async function nextNonce({ provider, from, watch }: BroadcastNewOptions): Promise<number> {
  const taken = new Set(watch.tracked.map(({ entry }) => entry.nonce));
  let nonce = await provider.nextNonce(from);
  while (taken.has(nonce)) nonce += 1;
  return nonce;
}

/**
 * Tracks a transaction and writes the journal before the bytes are sent. Only an idempotent call is sent
 * without a written journal.
 */
async function track(entry: InFlight, options: BroadcastNewOptions): Promise<Tracked> {
  const tracked = options.track(entry);
  try {
    await options.save();
  } catch (error) {
    if (entry.idempotent) {
      const { label: action, nonce } = entry;
      options.logger.warning(
        'transaction sent although the journal cannot be written: sending it twice does no harm',
        {
          action,
          nonce,
        },
      );
      return tracked;
    }
    options.watch.drop(tracked);
    const reason = reasonOf(error);
    throw new BotError(`${entry.label} is not sent: the journal cannot be written (${reason})`, {
      cause: error,
    });
  }
  return tracked;
}

/** Drops a transaction that the fence has stopped: it was never sent. */
async function kept(tracked: Tracked, error: unknown, { watch, save }: BroadcastNewOptions): Promise<never> {
  watch.drop(tracked);
  // If the entry stays in the journal, the next process finds out that no node has the transaction.
  await save().catch(() => undefined);
  throw error;
}
