import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { broadcast, type Outlet } from './broadcast.ts';
import type { CallSigner } from './callSigner.ts';
import { BroadcastRefused, SenderStopped } from './errors.ts';
import type { FeeCaps } from './fees.ts';
import type { InFlight } from './journal.ts';
import type { Call, Preflight } from './preflight.ts';
import { feesAfterRefusal } from './refusal.ts';
import type { Tracked, Watch } from './watch.ts';

export interface LaunchOptions extends Outlet {
  signer: CallSigner;
  /** The wallet. */
  from: string;
  chain: Chain;
  caps: FeeCaps;
  clock: Clock;
  logger: Logger;
  watch: Watch;
  /** Has a transaction watched that the call will wait for. */
  track(entry: InFlight): Tracked;
  /** Writes the journal. */
  save(): Promise<void>;
  stop: AbortSignal;
}

const broadcastTries = 5;

/**
 * Gives a call a nonce and gets its bytes to the node. To run one at a time: two would take the same nonce.
 * @param quoting what it will cost, simulated meanwhile
 * @throws what `quoting` rejects with, BroadcastRefused, InsufficientFunds, FeeAboveCap, PolicyViolation, SenderStopped,
 *   what the call's gate or the fence throws: nothing has left then
 */
export async function launch(
  call: Call,
  quoting: Promise<Preflight>,
  options: LaunchOptions,
): Promise<Tracked> {
  const { signer, logger, watch, save, stop } = options;
  // Asked for side by side with the simulation: for some calls every round trip counts.
  const counting = nextNonce(options);
  counting.catch(() => undefined);
  const { gasLimit, fees: quoted } = await quoting;
  let fees = quoted;
  for (let attempt = 1; ; attempt += 1) {
    if (stop.aborted) throw new SenderStopped();
    const nonce = attempt === 1 ? await counting : await nextNonce(options);
    const { label, to, data } = call;
    const signed = await signer.sign({ to, data, gasLimit }, nonce, fees);
    if (attempt === 1) await call.gate?.(stop);
    if (stop.aborted) throw new SenderStopped();
    const tracked = await track({ nonce, label, to, data, gasLimit, attempts: [signed] }, options);
    const { verdict, said } = await broadcast(options, signed.raw).catch(error =>
      kept(tracked, error, options),
    );
    const { hash } = signed;
    logger.info('transaction handed to the node', { action: label, hash, nonce, ...fees, verdict, said });
    // Without a clear reply it may be on its way: it keeps its nonce, and the watch broadcasts it again. Where the
    // watch was faster (mined, or replaced by now), this reply says nothing any more.
    const isOvertaken = !watch.has(tracked) || tracked.entry.attempts.length > 1;
    if (verdict === 'accepted' || verdict === 'unknown' || isOvertaken) return tracked;
    watch.drop(tracked);
    await save();
    if (attempt === broadcastTries) throw new BroadcastRefused(label, said ?? verdict);
    fees = await feesAfterRefusal(label, { verdict, said }, fees, options, stop);
  }
}

/** The chain is the truth; what we have in flight ourselves comes on top, and gaps are filled first. */
async function nextNonce({ provider, from, watch }: LaunchOptions): Promise<number> {
  const taken = new Set(watch.tracked.map(({ entry }) => entry.nonce));
  let nonce = await provider.getTransactionCount(from, 'latest');
  while (taken.has(nonce)) nonce += 1;
  return nonce;
}

/** In the journal before the bytes leave. */
async function track(entry: InFlight, options: LaunchOptions): Promise<Tracked> {
  const tracked = options.track(entry);
  try {
    await options.save();
  } catch (error) {
    options.watch.drop(tracked);
    const reason = reasonOf(error);
    throw new BotError(`${entry.label} is not sent: the journal cannot be written (${reason})`, {
      cause: error,
    });
  }
  return tracked;
}

/** The fence has not let it pass: it never left. */
async function kept(tracked: Tracked, error: unknown, { watch, save }: LaunchOptions): Promise<never> {
  watch.drop(tracked);
  // Where it stays in the journal, the next process finds out that no node knows it.
  await save().catch(() => undefined);
  throw error;
}
