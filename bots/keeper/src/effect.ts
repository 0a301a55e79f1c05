import type { Clock } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import { type BatchReader, type BlockRef, type FailoverProvider, readHead } from '@service-bots/core/rpc';
import type { Action } from './decide.ts';
import { poolReads, type RoundState } from './prizePool.ts';
import { type Asked, askedOf, roundOf } from './rounds.ts';

/**
 * Whether an action has had its effect, by the chain's state:
 * - `done`: the round has moved on, and the contract does not ask for the action any more.
 * - `waiting`: the round's state or the contract shows that it is still to be done.
 * - `unknown`: neither could be read.
 */
export interface Effect {
  verdict: 'done' | 'waiting' | 'unknown';
  /** The round's state, where it could be read. */
  state: RoundState | undefined;
  /** The reading behind the verdict, for people. */
  why: string;
}

/** An action, and the address of its pool. */
interface PoolAction {
  pool: string;
  action: Pick<Action, 'kind' | 'round'>;
}

interface View {
  reader: BatchReader;
  provider: FailoverProvider;
  clock: Clock;
}

const tries = 3;
const pauseMs = 400;

/** @returns the effect at this block; `unknown` also where the block could not be read. Never throws. */
export async function effectAt(
  { reader }: Pick<View, 'reader'>,
  { pool, action: { kind, round } }: PoolAction,
  block: BlockRef,
): Promise<Effect> {
  try {
    const [info, next] = await reader.read<unknown>(block, [
      poolReads.roundInfo(pool, round),
      poolReads.nextExecutable(pool),
    ]);
    const state = info?.ok ? parsed(() => roundOf(info.value).state) : undefined;
    const asked = next?.ok ? parsed(() => askedOf(next.value)) : undefined;
    const stillWaiting = kind === 'commit' ? 'open' : 'committed';
    if (state === stillWaiting) return { verdict: 'waiting', state, why: `round ${round} is still ${state}` };
    if (asked && isAskedFor(asked, kind, round)) {
      const why = `nextExecutable() still asks for it${state ? `, though round ${round} is ${state}` : ''}`;
      return { verdict: 'waiting', state, why };
    }
    if (state === undefined && asked === undefined)
      return { verdict: 'unknown', state, why: 'neither the round nor nextExecutable() can be read' };
    return {
      verdict: 'done',
      state,
      why: state ? `round ${round} is ${state}` : 'it is no longer asked for',
    };
  } catch (error) {
    return { verdict: 'unknown', state: undefined, why: reasonOf(error) };
  }
}

/**
 * Returns the effect at the block in which a transaction was mined, or at a later one where that cannot be
 * read. Never throws.
 */
export async function effectAfter(view: View, about: PoolAction, minedIn: BlockRef): Promise<Effect> {
  let block = minedIn;
  for (let attempt = 1; ; attempt += 1) {
    const effect = await effectAt(view, about, block);
    if (effect.verdict !== 'unknown' || attempt === tries) return effect;
    await view.clock.sleep(pauseMs);
    const head = await readHead(view.provider).catch(() => undefined);
    if (head && head.number >= minedIn.number) block = head;
  }
}

function isAskedFor({ round, action }: Asked, kind: Action['kind'], wanted: bigint): boolean {
  const asks = action === 'commit' ? 'commit' : action === 'none' ? undefined : 'settle';
  return round === wanted && asks === kind;
}

/** Returns undefined for an answer that makes no sense. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
