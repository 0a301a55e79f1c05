import { setTimeout as delay } from 'node:timers/promises';
import { type DevnetPool, devAccounts, roles } from '@service-bots/devnet';
import { parseEther, parseUnits } from 'ethers';
import type { RecordOf } from '../history/index.ts';
import type { PrizeVault } from './contracts.ts';
import type { World } from './World.ts';

const traders = [roles.trader.address, roles.otherTrader.address];
const buyers = [devAccounts[2], devAccounts[3], devAccounts[5], devAccounts[6]].map(({ address }) => address);
const liquidityProvider = devAccounts[5].address;

/** The people of a campaign, who act until `stop`. */
export interface People {
  /** The acts that a pool refused, by kind: it was paused, or someone else was faster. */
  readonly refused: ReadonlyMap<string, number>;
  readonly done: ReadonlyMap<string, number>;
  /** The last reason of a refusal, by kind. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Ends when every person has stopped. */
  readonly over: Promise<void>;
}

type Action = Omit<RecordOf<'action'>, 'type' | 'atMs' | 'kind' | 'parameters'> &
  Partial<Pick<RecordOf<'action'>, 'parameters'>>;

/** Lets people trade, provide liquidity, move rates, mint, buy tickets, earn and claim. */
export function openPeople(world: World, random: () => number, stop: AbortSignal): People {
  const refused = new Map<string, number>();
  const done = new Map<string, number>();
  const reasons = new Map<string, string>();
  const between = (least: number, most: number) => least + random() * (most - least);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);

  /** Repeats an act; one that is refused is not repeated at once. */
  const repeat = async (
    kind: RecordOf<'action'>['kind'],
    pauseSeconds: readonly [number, number],
    act: () => Promise<Action | undefined>,
  ) => {
    while (!stop.aborted) {
      await delay(between(...pauseSeconds) * 1_000, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      try {
        const action = await act();
        if (!action) continue;
        world.history.write({ type: 'action', kind, parameters: {}, ...action });
        count(done, kind);
      } catch (error) {
        count(refused, kind);
        reasons.set(kind, (error as Error).message.slice(0, 120));
      }
    }
  };

  const { short, monthly } = world.hyperdrive;
  const on = (pool: DevnetPool, transaction?: string) => ({
    chain: 'ethereum',
    pool: pool.address,
    ...(transaction === undefined ? {} : { transaction }),
  });
  const positions: { pool: DevnetPool; maturity: number; bonds: bigint; trader: string }[] = [];
  const units = (pool: DevnetPool, least: number, most: number) =>
    BigInt(Math.floor(between(least, most))) * 10n ** BigInt(pool.decimals);

  const trade = async () => {
    const pool = pick(short);
    const trader = pick(traders);
    // Shorts alone: over some minutes a bond costs its payment, and a long leaves the pool no room.
    const { maturity, bonds, hash } = await pool.openShort(units(pool, 100, 500), trader);
    positions.push({ pool, maturity, bonds, trader });
    return { ...on(pool, hash), parameters: { side: 'short', maturity } };
  };
  const redeem = async () => {
    const now = world.ethereum.miner.head.timestamp;
    const index = positions.findIndex(({ maturity }) => maturity < now);
    const [position] = index < 0 ? [] : positions.splice(index, 1);
    if (!position) return undefined;
    const { pool, maturity, bonds, trader } = position;
    const { hash } = await pool.closeShort(maturity, bonds, trader);
    return { ...on(pool, hash), parameters: { side: 'short', maturity, closes: true } };
  };
  const arbitrageTrade = async () => {
    const amount = units(monthly, 500, 8_000);
    const isLong = random() < 0.5;
    const { hash } = isLong
      ? await monthly.openLong(amount, pick(traders))
      : await monthly.openShort(amount, pick(traders));
    return { ...on(monthly, hash), parameters: { side: isLong ? 'long' : 'short' } };
  };
  const liquidity = async () => {
    const { hash } = await monthly.addLiquidity(units(monthly, 100, 2_000), liquidityProvider);
    return on(monthly, hash);
  };
  const moveRate = async () => {
    const percent = between(2, 12).toFixed(2);
    await monthly.setVariableRate(parseUnits(percent, 16));
    return { ...on(monthly), parameters: { percent } };
  };
  /** Another minter is faster with some checkpoints. */
  const compete = async () => {
    const pool = pick(short);
    const { hash, minted } = await pool.checkpoint(await pool.latestCheckpointTime());
    return minted ? on(pool, hash) : undefined;
  };

  const vaultOn = ({ pool }: PrizeVault) => ({ chain: 'monad', pool: pool.address });
  const onSale = () => {
    const now = world.monad.miner.head.timestamp;
    const [frequent, ...weekly] = world.prizes.vaults as [PrizeVault, ...PrizeVault[]];
    const next = weekly.find(({ firstCommit }) => firstCommit - 900 > now);
    return next && random() < 0.5 ? next : frequent;
  };
  const buy = async () => {
    const vault = onSale();
    const tickets = Math.floor(between(1, 9));
    await vault.pool.buyTickets(pick(buyers), tickets);
    return { ...vaultOn(vault), parameters: { tickets } };
  };
  const earn = async () => {
    await (world.prizes.vaults[0] as PrizeVault).pool.addYield(parseEther(between(0.1, 1).toFixed(3)));
    return { chain: 'monad' };
  };

  const over = Promise.all([
    repeat('trade', [5, 25], trade),
    repeat('trade', [20, 90], redeem),
    repeat('trade', [40, 160], arbitrageTrade),
    repeat('liquidity', [120, 600], liquidity),
    repeat('rate', [200, 700], moveRate),
    repeat('checkpoint', [60, 400], compete),
    repeat('tickets', [10, 50], buy),
    repeat('deposit', [60, 240], earn),
  ]).then(() => undefined);
  return { refused, done, reasons, over };
}
