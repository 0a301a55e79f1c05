import {
  closePosition,
  type Moment,
  type PoolState,
  type Position,
  type TradeConfig,
} from '@service-bots/core/hyperdrive';
import { unlessRefused } from './sizes.ts';

const mostHalvings = 6;

/**
 * Returns the close of a position, or of the first half of it, quarter of it and so on that the pool accepts. A pool
 * whose reserves are nearly used up refuses a large close and accepts a small one.
 * @returns undefined when the pool accepts no part, or the position is smaller than its smallest trade
 */
export function acceptedClose(
  config: TradeConfig,
  state: PoolState,
  { position, moment }: { position: Position; moment: Moment },
): { bonds: bigint; done: ReturnType<typeof closePosition> } | undefined {
  for (let halvings = 0; halvings <= mostHalvings; halvings += 1) {
    const bonds = position.bonds >> BigInt(halvings);
    if (bonds < config.minimumTransactionAmount) return undefined;
    const done = unlessRefused(() =>
      closePosition(config, state, { position: { ...position, bonds }, moment }),
    );
    if (done) return { bonds, done };
  }
  return undefined;
}
