import { withDeadline } from '@service-bots/core/clock';
import { BotError, reasonOf } from '@service-bots/core/errors';
import type { Block } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import { InsufficientFunds, type Sender, SimulationReverted } from '@service-bots/core/wallet';
import type { KeeperConfig } from './config.ts';
import type { Action } from './decide.ts';
import type { KeeperPool } from './KeeperPool.ts';
import { prizePoolAbi } from './prizePool.ts';

const everyMs = 15_000;
const patienceMs = 2_000;

/**
 * Simulates a commit that waits for its anchor, at intervals, as if the anchor had come: an obstacle is found
 * minutes before. Sends nothing.
 * @throws InsufficientFunds, which a person has to fix before the anchor
 */
export async function rehearse(
  ctx: BotContext<KeeperConfig>,
  pool: KeeperPool,
  { sender, action: { kind, round, plan }, block }: { sender: Sender; action: Action; block: Block },
): Promise<void> {
  const atMs = ctx.clock.monotonicMs();
  const last = pool.rehearsed?.round === round ? pool.rehearsed : undefined;
  if (last && atMs - last.atMs < everyMs) return;
  pool.rehearsed = { round, atMs, refusal: last?.refusal };
  const label = `${kind} round ${round} of ${pool.name}`;
  const simulating = sender.rehearse({
    label,
    to: pool.address,
    data: prizePoolAbi.encodeFunctionData(kind, [round]),
    abi: prizePoolAbi,
    block,
    // Nothing is sent, and the usual price is known before the anchor.
    patienceMs: () => 0,
    ...(plan ? { meantFor: { timestamp: Math.ceil(plan.fireAt) } } : {}),
  });
  try {
    await withDeadline(simulating, patienceMs, () => new BotError('the simulation takes too long'));
    pool.rehearsed = { round, atMs, refusal: undefined };
  } catch (error) {
    if (error instanceof InsufficientFunds) throw error;
    if (error instanceof SimulationReverted) pool.rehearsed = { round, atMs, refusal: error.message };
    else ctx.logger.debug('a commit could not be rehearsed', { pool: pool.address, reason: reasonOf(error) });
  }
}
