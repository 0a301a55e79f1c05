import { roles } from '@service-bots/devnet';
import { type EventLog, parseUnits } from 'ethers';
import type { Act, ActResult, News } from '../act.ts';
import { amount } from '../format.ts';
import { statusHints } from '../hints.ts';
import type { Stage } from '../stage.ts';
import { complaintsIn } from '../verdict.ts';
import { capital, LpandarbScene } from './scene.ts';
import { type Notes, story } from './story.ts';
import { judge } from './verdicts.ts';

const blockSeconds = 1;
const tradeNames = [
  'AddLiquidity',
  'RemoveLiquidity',
  'RedeemWithdrawalShares',
  'OpenLong',
  'CloseLong',
  'OpenShort',
  'CloseShort',
];

/**
 * The lpandarb bot: it moves a fixed rate until no trade pays, reacts when the vault's rate changes, and
 * unwinds to the wei.
 */
export function lpandarbAct(stage: Stage): Act {
  const scene = new LpandarbScene(stage);
  const notes: Notes = { outside: [], ended: undefined };
  let shown = 0;

  /** Returns the bot's trades, from the pool's events. */
  async function trades() {
    const { contract } = scene.pool;
    const logs = await contract.queryFilter('*' as never, 0, 'latest');
    return logs.flatMap(log => {
      const { eventName, args, blockNumber } = log as EventLog;
      const who = args?.toObject()?.trader ?? args?.toObject()?.provider;
      if (!tradeNames.includes(eventName) || who !== roles.bot.address) return [];
      const base: bigint = args.getValue('amount');
      const pays = /^(Add|Open)/.test(eventName);
      return [{ block: blockNumber, what: eventName, paid: pays ? base : 0n, received: pays ? 0n : base }];
    });
  }

  async function news(): Promise<News[]> {
    if (!stage.isBotRunning) return [];
    const all = await trades();
    const fresh = all.slice(shown);
    shown = all.length;
    return fresh.map(({ what, paid, received }) => ({
      who: 'bot',
      isBot: true,
      text: `${what}: ${paid > 0n ? `pays ${amount(paid, 18)}` : `gets ${amount(received, 18)}`} base`,
    }));
  }

  async function outcome(): Promise<ActResult> {
    const all = await trades();
    const { liquidity = '0', arbitrage = '0' } = notes.ended?.profit ?? {};
    return {
      heading: "The bot's trades, from the pool's events",
      columns: [
        { heading: 'block', right: true },
        { heading: 'trade' },
        { heading: 'base paid', right: true },
        { heading: 'base received', right: true },
      ],
      rows: all.map(({ block, what, paid, received }) => [
        String(block),
        what,
        amount(paid, 18),
        amount(received, 18),
      ]),
      remarks: ['Gas is paid in the native currency, and is not among these amounts.'],
      verdicts: judge({
        trades: all,
        outside: notes.outside,
        walletChange: (await scene.base()) - capital,
        reported: parseUnits(liquidity, 18) + parseUnits(arbitrage, 18),
        isEmpty: notes.ended !== undefined,
        complaints: complaintsIn(stage.botLines.filter(({ message }) => !message.startsWith('alert '))),
      }),
    };
  }

  async function goOn(): Promise<string[]> {
    await stage.anvil.time.setIntervalMining(blockSeconds);
    return [
      'The chain and the bot stay up, and everything is closed. In another terminal:',
      '',
      ...statusHints(await stage.statusUrl(), 'what it holds, earned, and would do'),
      `  STATE_DIR=${stage.stateDir} pnpm lpandarb report   # its ledger`,
      `  STATE_DIR=${stage.stateDir} pnpm lpandarb resume   # lets it trade again`,
    ];
  }

  return {
    title: 'The lpandarb bot: a fixed rate is moved to where no trade pays, and everything is unwound',
    steps: story(scene, notes),
    news,
    outcome,
    goOn,
  };
}
