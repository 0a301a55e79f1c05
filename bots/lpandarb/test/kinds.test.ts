import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deployKindPool, interfaces, type KindPool, poolKinds, roles, transact } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { kindTrouble } from '../src/reading/kinds.ts';
import { haltFileOf, idle, openScene, type Scene, type statusOf, waitFor } from './scene.ts';

const ours = roles.bot.address;
const unit = (whole: string) => parseUnits(whole, 18);
const traded = ['Aave', 'MorphoBlue'] as const;
let scene: Scene;
const pools = new Map<string, KindPool>();
const kind = (name: string) => pools.get(name) as KindPool;
const baseOf = async (name: string): Promise<bigint> =>
  kind(name).base?.getFunction('balanceOf').staticCall(ours) ?? 0n;

beforeAll(async () => {
  scene = await openScene([]);
  for (const name of [...traded, 'RETH'] as const) pools.set(name, await deployKindPool(scene.devnet, name));
  for (const name of traded) {
    const token = { address: (await kind(name).base?.getAddress()) ?? '', abi: interfaces.token };
    await transact(scene.anvil, roles.deployer.address, token, 'mint(address,uint256)', [ours, unit('300')]);
  }
}, 60_000);
afterAll(() => scene.close());

describe('a kind of pool', () => {
  it.each(poolKinds)('%s is traded with in base, or refused in a sentence', name => {
    const why = kindTrouble(`${name}Hyperdrive`);
    const isTraded = ['Aave', 'AaveL2', 'MorphoBlue', 'AerodromeLp', 'Corn', 'StakingUSDS'].includes(name);
    if (isTraded) expect(why).toBeUndefined();
    else expect(why).toMatch(/^pools of the kind \w+ (pay no base out|take no base), and this bot/);
  });

  it('that nobody has told of is refused', () => {
    expect(kindTrouble('ERC4626Hyperdrive')).toBeUndefined();
    for (const odd of ['FancyHyperdrive', '', 'erc4626hyperdrive', 'constructor'])
      expect(kindTrouble(odd)).toBe(`pools of the kind ${odd} are not known to this bot`);
  });

  it('that takes base is traded with on the real contracts, and the wallet ends with what is reported', async () => {
    const stateDir = scene.stateDir();
    const before = new Map<string, bigint>();
    for (const name of traded) before.set(name, await baseOf(name));
    const bot = scene.startBot({
      LPANDARB_POOLS: [...pools.values()].map(({ address }) => address).join(),
      STATE_DIR: stateDir,
      CAPITAL_PER_POOL: '200',
      LP_PORTION: '0.5',
      // Far enough below the fixed rate of 5 % that a long pays at any time of a checkpoint's day.
      VARIABLE_RATE: '1%',
      NATIVE_IN_BASE: '0.001',
    });
    const at = (status: Awaited<ReturnType<typeof statusOf>>, name: string) =>
      status.pools.find(({ address }) => address === kind(name).address)?.details;
    const status = await idle(bot);
    for (const name of traded) {
      expect(at(status, name)?.positions.map(({ side }) => side)).toEqual(['long']);
      expect(Number(at(status, name)?.lpTokens)).toBeGreaterThan(0);
    }
    expect(at(status, 'RETH')?.plan.join()).toContain('left alone: pools of the kind');
    expect(status.openAlerts.find(({ check }) => check === 'lpandarb-left-alone')?.pool).toBe(
      kind('RETH').address,
    );
    writeFileSync(haltFileOf(stateDir).path, 'unwind');
    const ended = await waitFor(bot, 'all is closed', each =>
      traded.every(name => {
        const details = at(each, name);
        return (
          details?.positions.length === 0 && Number(details.lpTokens) === 0 && Number(details.approved) === 0
        );
      }),
    );
    for (const name of traded) {
      const { liquidity = '', arbitrage = '' } = at(ended, name)?.profit ?? {};
      expect((await baseOf(name)) - (before.get(name) ?? 0n)).toBe(unit(liquidity) + unit(arbitrage));
    }
    await bot.stop();
  });
});
