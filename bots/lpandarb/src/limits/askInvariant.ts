import { botStatusSchema } from '@service-bots/core/botStatus';
import { BotError, plainLine, reasonOf } from '@service-bots/core/errors';
import { httpRequest } from '@service-bots/core/http';

/**
 * Returns why a pool must not be traded with, or undefined when the invariant bot has no open critical alert
 * for it.
 */
export type InvariantAnswer = (pool: string) => string | undefined;

const withinMs = 3_000;
const maxBytes = 6_000_000;
/** The greatest accepted age of the invariant bot's last completed round. */
const freshMs = 15 * 60_000;

/** Returns an answer that is the same for every pool. */
export function sameForAll(reason: string | undefined): InvariantAnswer {
  return () => reason;
}

/**
 * Reads the invariant bot's `/status`. A wrong or missing answer refuses every pool.
 * @param nowMs milliseconds since 1970, by this machine's clock
 */
export async function askInvariant(url: string, chainId: number, nowMs: number): Promise<InvariantAnswer> {
  try {
    return await answerOf(url, chainId, nowMs);
  } catch (error) {
    return sameForAll(`the invariant bot gives no answer that counts: ${plainLine(reasonOf(error), 200)}`);
  }
}

async function answerOf(url: string, chainId: number, nowMs: number): Promise<InvariantAnswer> {
  const signal = AbortSignal.timeout(withinMs);
  const reply = await httpRequest(url, { signal, mostBytes: maxBytes, onlyOk: true });
  if (reply.status !== 200) throw new BotError(`HTTP ${reply.status}`);
  const json: unknown = JSON.parse(reply.body);
  // The schema accepts a list of another form as an empty one. Here that must not look like "no alerts".
  const listed = (json as { openAlerts?: unknown } | null)?.openAlerts;
  if (!Array.isArray(listed)) throw new BotError('it has no list of open alerts');
  const { bot, healthy, chain, rounds, openAlerts, pools, standingBy } = botStatusSchema.parse(json);
  // The schema leaves out entries of another form, one of which may be the critical alert of a pool.
  if (openAlerts.length < listed.length) throw new BotError('it has open alerts of an unknown form');
  if (bot !== 'invariant') throw new BotError(`it is the status of the bot ${bot}`);
  if (standingBy) throw new BotError('it stands by, and another copy is at work');
  if (chain?.id !== chainId)
    throw new BotError(`it watches chain ${chain?.id ?? 'unknown'} instead of ${chainId}`);
  if (!healthy) throw new BotError('it is not healthy');
  const last = rounds.last ? Date.parse(rounds.last.at) : 0;
  if (nowMs - last > freshMs) throw new BotError('its last completed round is too old');
  // A round that seems to be in the future would count as fresh for as long as that.
  if (last - nowMs > freshMs)
    throw new BotError('its last completed round is in the future: one of the two clocks is wrong');
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
