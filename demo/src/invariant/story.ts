import { daySeconds, hourSeconds, roles } from '@service-bots/devnet';
import type { Step } from '../act.ts';
import { amount, short } from '../format.ts';
import { type InvariantScene, units } from './scene.ts';

/** The notes of a step for the verdicts. */
export interface Notes {
  /** The first block from which on everything is checked. */
  firstChecked: number;
}

const { trader } = roles;
/** Hours between two trades of the ordinary day. */
const tradeHours = 3;
const stolenPercent = 5n;
const lostPercent = 20;

/** The act, step by step. */
export function story(scene: InvariantScene, notes: Notes): readonly Step[] {
  /** Shares that were stolen, and base that was lost. */
  let stolen = 0n;
  let lost = 0n;
  return [
    {
      title: 'Start a chain',
      async play() {
        const { rpcUrl, chainId } = await scene.startChain();
        return `anvil at ${rpcUrl}, chain ${chainId}`;
      },
    },
    {
      title: 'Deploy Hyperdrive v1.0.20',
      async play() {
        const { registry, pools } = await scene.deploy();
        return `${pools.map(({ name }) => name).join(', ')} in registry ${short(registry)}`;
      },
    },
    {
      title: 'Start the bot',
      async play() {
        const { pid } = await scene.startBot();
        notes.firstChecked = (await scene.checked()).upTo;
        return `node bots/invariant/dist/main.js, process ${pid}, without a key: it only reads`;
      },
    },
    {
      title: 'People trade for a day',
      async play() {
        const { dai, usdc, anvil } = scene;
        let count = 0;
        for (let hour = 0; hour < daySeconds / hourSeconds; hour += tradeHours) {
          await anvil.time.increase(tradeHours * hourSeconds);
          await dai.openLong(units(dai, '2500'), trader.address);
          await dai.openShort(units(dai, '1500'), trader.address);
          await usdc.openLong(units(usdc, '1800'), trader.address);
          count += 3;
        }
        await scene.untilChecked();
        return `${count} longs and shorts; every block is checked, and there is nothing to tell`;
      },
    },
    {
      title: 'A hole in a pool',
      async play() {
        const { dai } = scene;
        const held: bigint = await dai.vault.getFunction('balanceOf').staticCall(dai.address);
        stolen = (held * stolenPercent) / 100n;
        await scene.steal(dai, stolen);
        await untilTold(scene, 'total-shares', dai.address, 'opened');
        return `somebody takes ${amount(stolen, dai.decimals)} of its vault shares out of ${dai.name}`;
      },
    },
    {
      title: 'They are brought back',
      async play() {
        const { dai } = scene;
        await scene.giveBack(dai, stolen);
        await untilTold(scene, 'total-shares', dai.address, 'resolved');
        return 'the books are right again, and the alert is over';
      },
    },
    {
      title: 'A vault loses money',
      async play() {
        const { usdc } = scene;
        const total = (): Promise<bigint> => usdc.vault.getFunction('totalAssets()').staticCall();
        const before = await total();
        await usdc.loseVaultAssets(lostPercent);
        lost = before - (await total());
        await untilTold(scene, 'negative-interest', usdc.address, 'opened');
        return `${lostPercent} % of what the vault of ${usdc.name} holds, ${amount(lost, usdc.decimals)} USDC`;
      },
    },
    {
      title: 'Its owners make it good',
      async play() {
        const { usdc } = scene;
        await scene.donate(usdc, lost);
        await untilTold(scene, 'negative-interest', usdc.address, 'resolved');
        await scene.untilChecked();
        return 'shares are worth what they were';
      },
    },
  ];
}

function untilTold(
  scene: InvariantScene,
  check: string,
  pool: string,
  occasion: 'opened' | 'resolved',
): Promise<void> {
  return scene.stage.until(`Rollbar to be told of ${check}`, async () =>
    scene.told.some(told => told.check === check && told.pool === pool && told.occasion === occasion),
  );
}
