import { setTimeout as delay } from 'node:timers/promises';
import type { DevnetPool } from '@service-bots/devnet';
import type { Random } from './random.ts';

/** A checkpoint in which positions mature. */
export interface Maturing {
  pool: DevnetPool;
  maturity: number;
}

/** Opens a position in one pool after the other, until `stop`. @returns the checkpoints in which they mature */
export async function trade(
  pools: readonly DevnetPool[],
  random: Random,
  everyMs: number,
  stop: AbortSignal,
): Promise<Maturing[]> {
  const opened: Maturing[] = [];
  for (let turn = 0; !stop.aborted; turn += 1) {
    const pool = pools[turn % pools.length] as DevnetPool;
    const amount = BigInt(Math.floor(random.between(100, 500))) * 10n ** BigInt(pool.decimals);
    // Shorts alone: over some minutes a bond costs its payment, and a long leaves the pool no room.
    const { maturity } = await pool.openShort(amount);
    opened.push({ pool, maturity });
    await delay(everyMs * random.between(0.5, 1.5), undefined, { signal: stop }).catch(() => undefined);
  }
  return opened;
}
