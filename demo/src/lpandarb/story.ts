import { daySeconds, roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import type { Step } from '../act.ts';
import { short } from '../format.ts';
import { type LpandarbScene, type PoolDetails, rate } from './scene.ts';

/** The notes of a step for the verdicts. */
export interface Notes {
  /**
   * The distance of the fixed rate to the band after each time that the bot finished its trades, in percent.
   */
  outside: number[];
  ended: PoolDetails | undefined;
}

const percent = (text: string) => Number.parseFloat(text);

/** The act, step by step. */
export function story(scene: LpandarbScene, notes: Notes): readonly Step[] {
  const settled = async (what: string, isSo: (details: PoolDetails) => boolean): Promise<PoolDetails> => {
    const details = await scene.untilSettled(what, isSo);
    const [low = '', high = ''] = details.band.split(' to ');
    const fixed = percent(details.fixedRate);
    notes.outside.push(Math.max(fixed - percent(high), percent(low) - fixed, 0));
    return details;
  };
  const sides = ({ positions }: PoolDetails) => positions.map(({ side }) => side).join();
  const says = ({ fixedRate, band }: PoolDetails) => `fixed ${fixedRate}; no trade pays from ${band}`;
  return [
    {
      title: 'Start a chain with a Hyperdrive pool',
      async play() {
        const { rpcUrl } = await scene.startChain();
        const { registry } = await scene.deploy();
        return `anvil at ${rpcUrl}, registry ${short(registry)}; fixed 6 %, the vault earns 4 %`;
      },
    },
    {
      title: 'Start the bot with 100,000 base',
      async play() {
        await scene.startBot();
        return says(
          await settled('liquidity and a long', each => Number(each.lpTokens) > 0 && sides(each) === 'long'),
        );
      },
    },
    {
      title: 'A trader shorts, the fixed rate rises',
      async play() {
        const before = await scene.details();
        await scene.pool.openShort(parseUnits('20000', 18), roles.trader.address);
        const held = (details?: PoolDetails) => Number(details?.positions[0]?.bonds ?? 0);
        return says(await settled('a larger long', each => held(each) > held(before) + 1));
      },
    },
    {
      title: 'The vault earns 12 % now',
      async play() {
        await scene.pool.setVariableRate(rate('12'));
        return `it closes its long and opens a short; ${says(await settled('a short', each => sides(each).includes('short')))}`;
      },
    },
    {
      title: 'A month passes',
      async play() {
        const before = await scene.details();
        await scene.stage.anvil.time.increase(31 * daySeconds);
        const isClosed = ({ positions }: PoolDetails) =>
          !positions.some(({ bonds }) => before?.positions.some(held => held.bonds === bonds));
        return `what has matured is closed; ${says(await settled('matured positions to be closed', isClosed))}`;
      },
    },
    {
      title: 'pnpm lpandarb unwind',
      async play() {
        const answer = await scene.command('unwind', '--why', 'the demo ends');
        notes.ended = await scene.untilSettled(
          'everything to be closed',
          ({ positions, lpTokens, withdrawalShares, approved }) =>
            positions.length === 0 &&
            [lpTokens, withdrawalShares, approved].every(text => Number(text) === 0),
        );
        return answer.replace(/ \(.*/, '');
      },
    },
  ];
}
