import { known } from '../readings/index.ts';
import { base } from '../readings/quantity.ts';
import type { Check } from './Check.ts';
import { holdsWithNone } from './headroom.ts';

/** Base is deposited at once: base that stays in the pool earns nothing and belongs to no account. */
export const baseBalance: Check = {
  name: 'base-balance',
  title: 'the pool holds base tokens',
  severity: 'info',
  formula: "the pool's base = 0, unless base is what the pool earns with",
  impact: 'no position is in danger; the tokens earn nothing',
  firstStep: 'set baseIsYield in the overrides if base itself earns the yield, otherwise inform governance',
  run({ now, pool }) {
    if (now.baseBalance === undefined) return { outcome: 'skipped', reason: 'base is no token' };
    // The operator may set `baseIsYield` because of the alert, which then ends.
    if (pool.baseIsYield)
      return { outcome: 'skipped', reason: 'base is what the pool earns with', isOver: true };
    const balance = base("the pool's base", known(now, 'baseBalance'));
    return holdsWithNone(balance, 'the pool holds base');
  },
};
