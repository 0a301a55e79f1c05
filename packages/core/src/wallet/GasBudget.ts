import { z } from 'zod';
import { GasBudgetExceeded } from './errors.ts';

/** The gas that was used in one interval, as it is stored between processes. */
export const gasUsedSchema = z.object({
  /** Beginning of the interval, in ms since 1970. */
  sinceMs: z.number(),
  gas: z.string().regex(/^\d+$/),
});
export type GasUsed = z.infer<typeof gasUsedSchema>;

/** The gas units that a wallet may use. */
export interface GasLimits {
  perHour: bigint;
  perDay: bigint;
  /** The part of both that only calls with `usesReserve` may use, in percent; 0 when absent. */
  reservedPercent?: bigint;
}

export interface BudgetedGas {
  /** The gas limit of the call. */
  gasLimit: bigint;
  /** The gas limits of the transactions in flight. */
  inFlightGas: bigint;
  /** Whether the call may use the reserved gas. @default false */
  usesReserve?: boolean | undefined;
}

/** A call that did not fit into the budget. */
export interface GasShortage {
  label: string;
  /** The gas limit of the call. */
  gasLimit: bigint;
  window: 'hour' | 'day';
  /** Gas used in that window, including the gas limits of the transactions in flight. */
  usedGas: bigint;
  /** Without the reserve, unless the call may use it. */
  limitGas: bigint;
  usesReserve: boolean;
}

/** The state of the budget, for alerts and metrics. */
export interface GasBudgetState {
  limits: GasLimits;
  usedHour: bigint;
  usedDay: bigint;
  /** The last call that did not fit, while it still would not fit. */
  shortage: GasShortage | undefined;
}

/** An interval is kept as a whole, and counts as long as any moment of it is in the window. */
const stretchMs = 300_000;
const windowsMs = { hour: 3_600_000, day: 86_400_000 };

/**
 * Limits the gas that one wallet uses within an hour and within a day, so that no defect of a contract, a
 * node or a bot can spend more than the operator allows. A transaction in flight counts with its gas limit, a
 * mined one with the gas of its receipt.
 */
export class GasBudget {
  readonly limits: GasLimits;
  readonly #now: () => number;
  readonly #used = new Map<number, bigint>();
  #shortage: GasShortage | undefined;

  /** @param now ms since 1970, since the budget outlives the process */
  constructor(limits: GasLimits, now: () => number) {
    this.limits = limits;
    this.#now = now;
  }

  /** Loads the gas that earlier processes used. */
  load(used: readonly GasUsed[]): void {
    for (const { sinceMs, gas } of used) this.#add(sinceMs, BigInt(gas));
  }

  get used(): GasUsed[] {
    this.#forgetOld();
    return [...this.#used].map(([sinceMs, gas]) => ({ sinceMs, gas: gas.toString() }));
  }

  spend(gas: bigint): void {
    this.#add(this.#now(), gas);
  }

  usedWithin(window: keyof typeof windowsMs): bigint {
    this.#forgetOld();
    const since = this.#now() - windowsMs[window] - stretchMs;
    // An interval in the future was stored before the clock was set back.
    return [...this.#used].reduce((sum, [at, gas]) => (at > since ? sum + gas : sum), 0n);
  }

  /**
   * Checks that a call fits, and keeps the shortage for its alert.
   * @throws GasBudgetExceeded
   */
  check(label: string, call: BudgetedGas): void {
    const { shortage, usesReserve } = this.#judge(label, call);
    // A call that fits does not end the shortage of another call, unless both may use the same gas.
    if (shortage || this.#shortage?.usesReserve === usesReserve) this.#shortage = shortage;
    if (shortage) throw this.#exceeded(shortage);
  }

  /**
   * Checks that a call would fit by one of several quotes.
   * @throws GasBudgetExceeded
   */
  fits(label: string, call: BudgetedGas): void {
    const { shortage } = this.#judge(label, call);
    if (shortage) throw this.#exceeded(shortage);
  }

  #judge(label: string, { gasLimit, inFlightGas, usesReserve = false }: BudgetedGas) {
    return { usesReserve, shortage: this.#shortageOf({ label, gasLimit, usesReserve }, inFlightGas) };
  }

  #exceeded({ label, gasLimit, window, usedGas, limitGas, usesReserve }: GasShortage): GasBudgetExceeded {
    const { reservedPercent = 0n } = this.limits;
    const share =
      usesReserve || reservedPercent === 0n ? '' : ` for such calls (${reservedPercent} % are reserved)`;
    return new GasBudgetExceeded(
      `${label} is not sent: it may use ${gasLimit} gas, the wallet used ${usedGas} within the last ${window}, and its budget${share} is ${limitGas}`,
    );
  }

  state(inFlightGas: bigint): GasBudgetState {
    const last = this.#shortage;
    if (last) this.#shortage = this.#shortageOf(last, inFlightGas);
    const [usedHour, usedDay] = [this.usedWithin('hour'), this.usedWithin('day')];
    return { limits: this.limits, usedHour, usedDay, shortage: this.#shortage };
  }

  #shortageOf(
    { label, gasLimit, usesReserve }: Pick<GasShortage, 'label' | 'gasLimit' | 'usesReserve'>,
    inFlightGas: bigint,
  ): GasShortage | undefined {
    const { perHour, perDay, reservedPercent = 0n } = this.limits;
    const limitOf = { hour: perHour, day: perDay };
    const percent = usesReserve ? 100n : 100n - reservedPercent;
    for (const window of ['hour', 'day'] as const) {
      const usedGas = this.usedWithin(window) + inFlightGas;
      const limitGas = (limitOf[window] * percent) / 100n;
      if (usedGas + gasLimit > limitGas) return { label, gasLimit, window, usedGas, limitGas, usesReserve };
    }
    return undefined;
  }

  #add(atMs: number, gas: bigint): void {
    const since = Math.floor(atMs / stretchMs) * stretchMs;
    this.#used.set(since, (this.#used.get(since) ?? 0n) + gas);
  }

  #forgetOld(): void {
    const oldest = this.#now() - windowsMs.day - stretchMs;
    for (const since of this.#used.keys()) if (since <= oldest) this.#used.delete(since);
  }
}
