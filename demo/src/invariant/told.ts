import type { RollbarItem } from '@service-bots/devnet';

/** An alert, as Rollbar received it. */
export interface Told {
  readonly occasion: string;
  readonly level: string;
  readonly check: string;
  /** The pool's address. */
  readonly pool: string;
  /** The block in which the check failed. */
  readonly block: number;
  /** The amount by which it failed, with its unit. */
  readonly by: string;
  /** Without the alert's title. */
  readonly message: string;
}

/** Reads an item's data. For alerts only. */
export function toldOf({ level = '', custom }: Pick<RollbarItem, 'level' | 'custom'>): Told {
  const { check, pool, occasion, message, data } = (custom?.alert ?? {}) as Record<string, unknown>;
  const { block, by } = (data ?? {}) as Record<string, unknown>;
  return {
    occasion: String(occasion),
    level,
    check: String(check),
    pool: String(pool),
    block: Number(block),
    by: String(by),
    message: String(message),
  };
}

/** Returns `-1,234.56 shares` for a quantity with every digit. */
export function rounded(quantity: string): string {
  return quantity.replace(/-?\d+(\.\d+)?/, number =>
    Number(number).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  );
}
