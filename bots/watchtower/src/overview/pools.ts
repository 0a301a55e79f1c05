import { line, maybe } from '@service-bots/core/botStatus';
import { z } from 'zod';
import type { Watched } from '../polling/watched.ts';
import { addressLink, linkOf } from './bots.ts';
import type { PoolView } from './schema.ts';
import { tradingIn } from './trading.ts';

/** The details of an invariant bot about a pool's checks. */
const checksSchema = z.record(
  z.string().max(60),
  z.object({ outcome: line(30), headroom: maybe(line(60)), headroomPart: maybe(line(20)) }),
);
const mostChecks = 40;

/** Returns each pool once, with all bots that watch it. */
export function poolsOf(watched: readonly Watched[]): PoolView[] {
  const pools = new Map<string, PoolView>();
  for (const { target, answer, silence } of watched) {
    const status = answer?.status;
    if (!status || status.standingBy) continue;
    const chainId = status.chain?.id;
    for (const pool of status.pools) {
      const key = `${chainId} ${pool.address.toLowerCase()}`;
      const known = pools.get(key) ?? {
        address: pool.address,
        name: pool.name,
        chainId,
        link: addressLink(chainId, pool.address),
        watchedBy: [],
        checks: [],
      };
      const { next, lastAction, consecutiveErrors: errorsInARow, lastError } = pool;
      const action = lastAction && {
        what: lastAction.what,
        at: lastAction.at,
        link: linkOf(status, lastAction),
      };
      const watcher = {
        bot: target.id,
        next: silence ? undefined : next,
        lastAction: action,
        errorsInARow,
        lastError,
      };
      const checks = known.checks.length > 0 ? known.checks : checksIn(pool.details);
      const trading = known.trading ?? tradingIn(pool.details);
      pools.set(key, { ...known, watchedBy: [...known.watchedBy, watcher], checks, trading });
    }
  }
  return [...pools.values()];
}

/** The checks of each answer. They are read once, since several parts of a look need them. */
const known = new WeakMap<object, PoolView['checks']>();

function checksIn(details: Record<string, unknown> | undefined): PoolView['checks'] {
  if (!details) return [];
  const checks = known.get(details) ?? readChecks(details.checks);
  known.set(details, checks);
  return checks;
}

function readChecks(given: unknown): PoolView['checks'] {
  if (typeof given !== 'object' || given === null) return [];
  // The entries are cut before they are parsed, since a bot may name any number of checks.
  const { success, data } = checksSchema.safeParse(
    Object.fromEntries(Object.entries(given).slice(0, mostChecks)),
  );
  if (!success) return [];
  return Object.entries(data).map(([name, { outcome, headroom, headroomPart }]) => ({
    name: name.replace(/[^\w-]/g, ''),
    outcome,
    headroom,
    headroomPercent: percentIn(headroomPart),
  }));
}

/** Returns the number of a percentage: `12.3 %` gives 12.3. */
function percentIn(text: string | undefined): number | undefined {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) ? value : undefined;
}
