import type { Exit } from '@service-bots/devnet';
import { duration } from '../format.ts';
import { claim, counted, quietLog, stoppedCleanly, type Verdict } from '../verdict.ts';
import type { ChainRecord, Maturity, Minted } from './chainRecord.ts';

/** The roles of the addresses on the chain. */
export interface Cast {
  readonly bot: string;
  readonly competitor: string;
  readonly traders: readonly string[];
}

export interface PoolFacts {
  readonly address: string;
  readonly name: string;
  readonly decimals: number;
  readonly checkpointDuration: number;
}

export interface Evidence {
  readonly chain: ChainRecord;
  readonly cast: Cast;
  readonly pools: readonly PoolFacts[];
  /** The part of a checkpoint that the bot leaves to others. */
  readonly waitingPeriod: number;
  /** The chain's time when the bot was stopped, and when it was started again. */
  readonly downtime: { readonly from: number; readonly until: number };
  /** How the stopped bot's process ended. */
  readonly exit: Exit | undefined;
  /** Lines of the bot's log above info. */
  readonly complaints: readonly string[];
}

/**
 * The longest time until a due checkpoint is minted, in seconds of the chain's time, which runs with ours
 * between jumps.
 */
const promptSeconds = 300;

/** Judges every claim of the act by the chain's data. A claim without an instance does not hold. */
export function judge(evidence: Evidence): Verdict[] {
  const { chain, cast, downtime, exit, complaints } = evidence;
  const facts = new Map(evidence.pools.map(pool => [pool.address, pool]));
  const due = chain.maturities.filter(maturity => dueAt(maturity, evidence) <= chain.now);
  const unminted = due.filter(maturity => !chain.mints.some(mint => isSame(mint, maturity)));
  const own = chain.mints.filter(({ minter }) => minter === cast.bot);
  const missed = due.filter(
    ({ pool, time }) =>
      time > downtime.from && time + (facts.get(pool)?.checkpointDuration ?? 0) <= downtime.until,
  );
  const backFilled = own.filter(
    mint => mint.blockTime >= downtime.until && missed.some(maturity => isSame(mint, maturity)),
  );
  const ordinary = own.filter(mint => !isBackFill(mint, facts.get(mint.pool)));
  const delays = ordinary.map(mint => mint.blockTime - dueAt(mint, evidence));
  const onPaused = own.filter(({ paused }) => paused);
  const sixDecimals = own.filter(({ pool }) => facts.get(pool)?.decimals === 6);
  const raced = chain.mints.filter(
    mint => mint.minter === cast.competitor && ownAttempts(evidence).some(attempt => isSame(attempt, mint)),
  );
  const byTraders = chain.mints.filter(({ minter }) => cast.traders.includes(minter));
  const attempts = ownAttempts(evidence).map(({ pool, time }) => `${pool} ${time}`);
  const twice = attempts.length - new Set(attempts).size;

  return [
    claim('every matured checkpoint is minted', due.length > 0 && unminted.length === 0, () =>
      unminted.length === 0 ? `${due.length} of ${due.length}` : `${unminted.length} are not`,
    ),
    claim(
      'the bot mints as soon as it is due',
      ordinary.length > 1 && delays.every(delay => delay >= 0 && delay <= promptSeconds),
      () => `${ordinary.length} mints, at most ${duration(Math.max(...delays, 0))} after`,
    ),
    claim(
      'what was missed while it was down is back-filled after the restart',
      missed.length > 0 && backFilled.length === missed.length,
      () => `${backFilled.length} of ${missed.length}`,
    ),
    claim('it mints in the paused pool too', onPaused.length > 0, () => counted(onPaused.length, 'mint')),
    claim('and in the pool with 6 decimals', sixDecimals.length > 0, () =>
      counted(sixDecimals.length, 'mint'),
    ),
    claim('a competitor wins a race, which is no failure', raced.length > 0, () =>
      counted(raced.length, 'race'),
    ),
    claim('a trade mints on its way, and the bot leaves it at that', byTraders.length > 0, () =>
      counted(byTraders.length, 'mint'),
    ),
    claim('no checkpoint minted twice by the bot', attempts.length > 0 && twice === 0, () =>
      twice === 0 ? `${attempts.length} transactions` : `${twice} transactions too many`,
    ),
    stoppedCleanly(exit),
    quietLog(complaints),
  ];
}

/** Returns whether it was minted only after it was no longer the pool's latest checkpoint. */
export function isBackFill({ time, blockTime }: Minted, pool: PoolFacts | undefined): boolean {
  return blockTime >= time + (pool?.checkpointDuration ?? 0);
}

/** Returns the chain's time when a checkpoint is due, after the part of it that is left to others. */
export function dueAt(
  { pool, time }: Maturity,
  { pools, waitingPeriod }: Pick<Evidence, 'pools' | 'waitingPeriod'>,
): number {
  const checkpointDuration = pools.find(({ address }) => address === pool)?.checkpointDuration ?? 0;
  return time + Math.ceil(waitingPeriod * checkpointDuration);
}

function ownAttempts({ chain, cast }: Evidence) {
  return chain.attempts.filter(({ sender }) => sender === cast.bot);
}

function isSame(a: Maturity, b: Maturity): boolean {
  return a.pool === b.pool && a.time === b.time;
}
