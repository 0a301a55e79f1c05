import { botStatusSchema } from '@service-bots/core/botStatus';
import { BotError, plainLine, reasonOf } from '@service-bots/core/errors';
import { textWithin } from '@service-bots/core/http';

/** Returns why a pool must not be traded with; undefined: the invariant bot finds nothing critical. */
export type InvariantWord = (pool: string) => string | undefined;

const withinMs = 3_000;
const mostBytes = 6_000_000;
/** The last completed round of the invariant bot may be this old. */
const freshMs = 15 * 60_000;

/** Returns a word that is the same for every pool. */
export function sameForAll(reason: string | undefined): InvariantWord {
  return () => reason;
}

/**
 * Asks the invariant bot's `/status`. Whatever is wrong with the answer, it counts as none, and no pool is traded with.
 * @param nowMs milliseconds since 1970, by this machine's clock
 */
export async function askInvariant(url: string, chainId: number, nowMs: number): Promise<InvariantWord> {
  try {
    return await wordOf(url, chainId, nowMs);
  } catch (error) {
    return sameForAll(`the invariant bot gives no answer that counts: ${plainLine(reasonOf(error), 200)}`);
  }
}

async function wordOf(url: string, chainId: number, nowMs: number): Promise<InvariantWord> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new BotError(`HTTP ${response.status}`);
  }
  const json: unknown = JSON.parse(await textWithin(response, mostBytes));
  // The schema takes a list of another form for an empty one, which must not look like "no alerts" here.
  if (!Array.isArray((json as { openAlerts?: unknown }).openAlerts))
    throw new BotError('it has no list of open alerts');
  const { bot, healthy, chain, rounds, openAlerts, pools, standingBy } = botStatusSchema.parse(json);
  if (bot !== 'invariant') throw new BotError(`it is the status of the bot ${bot}`);
  if (standingBy) throw new BotError('it stands by, and another copy is at work');
  if (chain?.id !== chainId)
    throw new BotError(`it watches chain ${chain?.id ?? 'unknown'} instead of ${chainId}`);
  if (!healthy) throw new BotError('it is not healthy');
  const last = rounds.last ? Date.parse(rounds.last.at) : 0;
  if (nowMs - last > freshMs) throw new BotError('its last completed round is too old');
  const critical = openAlerts.filter(({ severity }) => severity === 'critical');
  const general = critical.find(({ pool }) => pool === undefined);
  return pool => {
    const address = pool.toLowerCase();
    if (general) return `the invariant bot has an open critical alert: ${general.check}`;
    const own = critical.find(alert => alert.pool?.toLowerCase() === address);
    if (own) return `the invariant bot has an open critical alert of it: ${own.check}`;
    const isWatched = pools.some(each => each.address.toLowerCase() === address);
    return isWatched ? undefined : 'the invariant bot does not watch it';
  };
}
