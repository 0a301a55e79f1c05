import { backoffMs } from '@service-bots/core/errors';
import type { Action } from './decide.ts';

/** How long to leave an action alone after it failed. */
interface Setback {
  /** `retry`: trying again may help. `quarantine`: it cannot help, as far as we can tell. */
  kind: 'retry' | 'quarantine';
  round: bigint;
  action: string;
  count: number;
  untilMs: number;
  reason: string;
}

const firstPauseMs = 1_000;
const longestPauseMs = { retry: 30_000, quarantine: 3_600_000 };
/** A draw's window is 100 s: a pause must not be what it is lost by. */
const longestDrawPauseMs = 5_000;

/** What is held back; a draw that is lost already is in no hurry. */
type Held = Pick<Action, 'kind' | 'round'> & Partial<Pick<Action, 'markFailed'>>;

/** What a pool's last action came to, when it failed: it must not be tried at every look. */
export class Setbacks {
  #last: Setback | undefined;

  get last(): Readonly<Setback> | undefined {
    return this.#last;
  }

  /** Until when this very action is left alone, milliseconds since 1970; undefined when it may be tried. */
  heldUntil(action: { kind: string; round: bigint }, nowMs: number): number | undefined {
    const last = this.#last;
    if (!last || last.round !== action.round || last.action !== action.kind) return undefined;
    return nowMs < last.untilMs ? last.untilMs : undefined;
  }

  failed(kind: Setback['kind'], action: Held, reason: string, nowMs: number): void {
    const isSame = this.#last?.round === action.round && this.#last.action === action.kind;
    const count = isSame ? (this.#last?.count ?? 0) + 1 : 1;
    const isDraw = action.kind === 'settle' && !action.markFailed;
    const longestMs = isDraw ? longestDrawPauseMs : longestPauseMs[kind];
    const pauseMs = backoffMs(count, firstPauseMs, longestMs);
    this.#last = { kind, round: action.round, action: action.kind, count, untilMs: nowMs + pauseMs, reason };
  }

  /** What failed is forgotten once something else is due, or nothing. */
  keepOnly(action: { kind: string; round: bigint } | undefined): void {
    if (this.#last?.round !== action?.round || this.#last?.action !== action?.kind) this.#last = undefined;
  }

  clear(): void {
    this.#last = undefined;
  }
}
