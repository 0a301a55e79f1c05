import type { Anvil } from '../chain/anvil.ts';
import type { BlockHead } from '../chain/time.ts';
import type { BotProcess } from './botProcess.ts';

/**
 * Moves the chain's clock and the wall clocks of bot processes to one instant and mines a block there. From
 * then on both show the same second, at every moment, and run at 1×: both are this machine's clock plus the
 * same whole seconds. It works the same on a chain that mines by itself.
 *
 * @throws RangeError when the chain is already past that second: its clock cannot go back.
 */
export async function moveClocks(
  anvil: Anvil,
  processes: readonly Pick<BotProcess, 'shiftClock'>[],
  unixSeconds: number,
): Promise<BlockHead> {
  const chainNow = Math.floor(Date.now() / 1_000) + (await anvil.time.aheadSeconds());
  if (unixSeconds < chainNow) {
    throw new RangeError(`the clock cannot go back from ${chainNow} to ${unixSeconds}`);
  }
  const ahead = await anvil.time.putForward(unixSeconds - chainNow);
  await Promise.all(processes.map(bot => bot.shiftClock(ahead * 1_000)));
  return anvil.time.mine();
}
