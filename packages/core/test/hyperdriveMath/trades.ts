import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, interfaces, seededRandom } from '@service-bots/devnet';
import { DevnetVault } from './DevnetVault.ts';
import { addTrade, Chance } from './randomTrades.ts';
import { TradeSequence, word } from './TradeSequence.ts';
import { openTradeWorld, send, simulate, stateAt, type TradedPool } from './TradeWorld.ts';

const tradesInBlock = 6;
/** The most blocks that are simulated on one state of the chain; the last of them is mined. */
const blocksOnState = 4;

/** Compares every trade and the state after it with the deployed contracts. */
export function describeTrades(chain: () => Anvil, trades: number, seed: number): void {
  describe('trades', () => {
    let world: TradedPool[];
    const outcomes = new Map<string, number>();
    beforeAll(async () => {
      world = await openTradeWorld(chain());
    });

    it(`and the states after them are the contract’s, to the wei, ${trades} times`, async () => {
      const chance = new Chance(seededRandom(seed));
      let compared = 0;
      for (let state = 0; compared < trades; state += 1) {
        const traded = world[state % world.length] as TradedPool;
        const { timestamp } = await chain().time.latest();
        const blocks = chance.whole(1, blocksOnState);
        for (let block = 1; block <= blocks; block += 1) {
          const chainTime = timestamp + pause(traded, timestamp, chance);
          const sequence = await randomSequence(traded, chainTime, chance);
          await compare(chain(), sequence, outcomes);
          compared += tradesInBlock;
          if (block < blocks) continue;
          await send(chain(), sequence.calls, chainTime);
          Object.assign(traded, { state: sequence.state, holdings: sequence.holdings });
        }
      }
    }, 3_600_000);

    it('are accepted and refused in many ways', () => {
      const table = [...outcomes].sort().map(([outcome, count]) => `${outcome}: ${count}`);
      if (process.env.HYPERDRIVE_TRADES) process.stdout.write(`${table.join('\n')}\n`);
      const accepted = table.filter(line => line.includes(' succeeds')).map(line => line.split(' ')[0]);
      expect(accepted).toEqual(expect.arrayContaining(tradeMethods));
      expect(table.join()).toContain('InsufficientLiquidity');
      expect(table.join()).toContain('MinimumTransactionAmount');
    });
  });
}

const tradeMethods = [
  ...['addLiquidity', 'checkpoint', 'closeLong', 'closeShort', 'openLong', 'openShort'],
  ...['redeemWithdrawalShares', 'removeLiquidity'],
];

/**
 * Returns the seconds until the block: within a checkpoint, some checkpoints, or until a position matures.
 */
function pause({ config, holdings }: TradedPool, now: number, chance: Chance): number {
  const { checkpointDuration } = config;
  const maturities = [...holdings.longs.keys(), ...holdings.shorts.keys()].filter(time => time > now);
  if (chance.is(0.1) && maturities.length > 0) return chance.of(maturities) - now + chance.whole(0, 1) * 600;
  if (chance.is(0.1)) return chance.whole(1, config.positionDuration);
  return chance.is(0.6) ? chance.whole(1, checkpointDuration / 2) : chance.whole(1, checkpointDuration * 3);
}

async function randomSequence(traded: TradedPool, chainTime: number, chance: Chance): Promise<TradeSequence> {
  const { vault } = traded.pool;
  const [base, shares] = await Promise.all([
    vault.getFunction('totalAssets(uint256)').staticCall(chainTime),
    vault.getFunction('totalSupply').staticCall(),
  ]);
  const state = stateAt(traded, chainTime, []);
  const sequence = new TradeSequence(traded, state, new DevnetVault(base, shares), chainTime);
  for (let trade = 0; trade < tradesInBlock; trade += 1) await addTrade(sequence, chance);
  return sequence;
}

async function compare(anvil: Anvil, sequence: TradeSequence, outcomes: Map<string, number>): Promise<void> {
  const results = await simulate(anvil, sequence.calls, sequence.chainTime);
  let at = 0;
  const before: string[] = [];
  for (const { trade, outcome, reads } of sequence.expectations) {
    const result = results[at] as { success: boolean; data: string };
    const after = results.slice(at + 1, at + 1 + reads.length).map(({ data }) => data);
    at += 1 + reads.length;
    const actual = outcomeOf(result);
    const expected = typeof outcome === 'string' ? outcome : outcome.map(word).join('');
    if (actual !== expected || after.join() !== reads.join()) {
      const about = { pool: sequence.traded.pool.name, chainTime: sequence.chainTime, before, trade };
      expect({ ...about, outcome: actual, reads: after.map(numbersIn) }).toEqual({
        ...about,
        outcome: expected,
        reads: reads.map(numbersIn),
      });
    }
    before.push(trade);
    const key = `${trade.split(/[ (]/)[0]} ${result.success ? 'succeeds' : actual}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  }
}

function numbersIn(words: string): bigint[] {
  return words.match(/.{64}/g)?.map(each => BigInt.asIntN(256, BigInt(`0x${each}`))) ?? [];
}

/** Returns the result of a call, or the name of the error that it ended with. */
function outcomeOf({ success, data }: { success: boolean; data: string }): string {
  if (success) return data;
  const error = interfaces.hyperdrive.parseError(`0x${data}`);
  if (error === null || error.name === 'Panic' || error.name.startsWith('FixedPointMath'))
    return 'arithmetic';
  return error.name === 'Error' ? 'vault' : error.name;
}
