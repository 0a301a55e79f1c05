import { interfaces, prizePoolInterfaces } from '@service-bots/devnet';
import type { HyperdrivePool, PrizePool } from '../history/index.ts';
import type { ChainReader } from './ChainReader.ts';
import { lingersMs } from './consequences.ts';
import { type Incident, watching } from './incidents.ts';
import type { BlockTime, Timeline } from './Timeline.ts';
import type { WalletRecord } from './transactions.ts';

/** The numbers of a pool at one block from which its invariants follow. Amounts are in the token's smallest unit. */
export interface PoolState {
  readonly block: BlockTime;
  readonly vaultSharePrice: bigint;
  readonly shareReserves: bigint;
  readonly shortsOutstanding: bigint;
  readonly longExposure: bigint;
  readonly withdrawalSharesProceeds: bigint;
  readonly zombieShareReserves: bigint;
  readonly governanceFees: bigint;
  readonly totalShares: bigint;
  readonly isPaused: boolean;
}

export interface PoolConstants {
  readonly decimals: number;
  readonly minimumShareReserves: bigint;
  readonly flatFee: bigint;
}

const one = 10n ** 18n;
const lookBackSeconds = 3_600;

/** Returns the invariants that a state violates, by the formulas of docs/invariant.md. */
export function violations(state: PoolState, constants: PoolConstants): string[] {
  const { vaultSharePrice: c, shareReserves: z, shortsOutstanding: s } = state;
  if (c === 0n) return ['vault-answers'];
  const shorts = ((s + (s * constants.flatFee) / one) * one) / c;
  const books =
    z + shorts + state.governanceFees + state.withdrawalSharesProceeds + state.zombieShareReserves;
  // 1e9 at 18 decimals, and 100 units at 6.
  const tolerance = constants.decimals >= 18 ? 10n ** 9n : 100n;
  const failed: string[] = [];
  if (state.totalShares < books - tolerance) failed.push('total-shares');
  if (z < constants.minimumShareReserves) failed.push('minimum-share-reserves');
  if (z - (state.longExposure * one) / c - constants.minimumShareReserves < 0n) failed.push('solvency');
  return failed;
}

/** Returns how far the vault's share price is below that of an hour ago; not positive where it has not fallen. */
function priceFall(states: readonly PoolState[], index: number): bigint {
  const state = states[index] as PoolState;
  const since = state.block.timestamp - lookBackSeconds;
  const before = states.slice(0, index).findLast(({ block }) => block.timestamp <= since) ?? states[0];
  return (before as PoolState).vaultSharePrice - state.vaultSharePrice;
}

export async function readPoolStates(
  pool: HyperdrivePool,
  reader: ChainReader,
  from: number,
): Promise<{ readonly states: PoolState[]; readonly constants: PoolConstants; readonly unread: number }> {
  const abi = interfaces.hyperdrive;
  const names = ['getPoolInfo', 'totalShares', 'getUncollectedGovernanceFees', 'getMarketState'] as const;
  const data = names.map(name => abi.encodeFunctionData(name));
  const blocks = reader.blocks.filter(({ number }) => number >= from);
  const answers = await reader.calls(
    blocks.flatMap(({ number }) => data.map(each => ({ to: pool.address, data: each, block: number }))),
  );
  const at = { to: pool.address, block: reader.head.number };
  const [config, decimals] = await reader.calls([
    { ...at, data: abi.encodeFunctionData('getPoolConfig') },
    { ...at, data: abi.encodeFunctionData('decimals') },
  ]);
  if (config === undefined || decimals === undefined)
    throw new Error(`the pool ${pool.address} does not answer`);
  const [{ minimumShareReserves, fees }] = abi.decodeFunctionResult('getPoolConfig', config);
  const states = blocks.flatMap((block, index): PoolState[] => {
    const own = answers.slice(index * names.length, (index + 1) * names.length);
    if (own.some(answer => answer === undefined || answer === '0x')) return [];
    const [[info], [totalShares], [governanceFees], [market]] = names.map((name, position) =>
      abi.decodeFunctionResult(name, own[position] as string),
    ) as unknown as [[Record<string, bigint>], [bigint], [bigint], [{ isPaused: boolean }]];
    const of = (name: string) => info[name] as bigint;
    return [
      {
        block,
        vaultSharePrice: of('vaultSharePrice'),
        shareReserves: of('shareReserves'),
        shortsOutstanding: of('shortsOutstanding'),
        longExposure: of('longExposure'),
        withdrawalSharesProceeds: of('withdrawalSharesProceeds'),
        zombieShareReserves: of('zombieShareReserves'),
        governanceFees,
        totalShares,
        isPaused: market.isPaused,
      },
    ];
  });
  const constants = {
    decimals: Number(BigInt(decimals)),
    minimumShareReserves,
    flatFee: fees.getValue('flat'),
  };
  return { states, constants, unread: blocks.length - states.length };
}

/** Returns the violations that the invariant bot has to raise, and the pauses that lpandarb has to report. */
export function incidentsOfStates(
  pool: HyperdrivePool,
  states: readonly PoolState[],
  constants: PoolConstants,
  timeline: Timeline,
): Incident[] {
  const ripple = constants.decimals >= 18 ? 10n : 10n ** 6n;
  const checks = (state: PoolState, index: number): { check: string; isCritical: boolean }[] => {
    const fall = priceFall(states, index);
    const before = state.vaultSharePrice + fall;
    const isLoss = state.vaultSharePrice * 1_000n <= before * 999n;
    return [
      ...violations(state, constants).map(check => ({ check, isCritical: false })),
      ...(fall >= ripple ? [{ check: 'negative-interest', isCritical: isLoss && !state.isPaused }] : []),
      ...(state.isPaused ? [{ check: 'lpandarb-left-alone', isCritical: false }] : []),
    ];
  };
  const open = new Map<string, { fromMs: number; isCritical: boolean }>();
  const incidents: Incident[] = [];
  const close = (check: string, toMs: number) => {
    const { fromMs, isCritical } = open.get(check) as { fromMs: number; isCritical: boolean };
    open.delete(check);
    const kind = check === 'lpandarb-left-alone' ? 'lpandarb' : 'invariant';
    for (const bot of watching(kind, pool.address, pool.chain, timeline))
      incidents.push({
        source: `${check} of ${pool.name} ${pool.address}`,
        bot: bot.bot,
        checks: [check],
        pool: pool.address,
        fromMs,
        toMs,
        requiredAfterMs: 0,
        lingersMs,
        isOnChain: true,
        ...(isCritical ? { severity: 'critical' as const } : {}),
      });
  };
  for (const [index, state] of states.entries()) {
    const seenMs = timeline.seen(pool.chain, state.block).visibleMs;
    const failing = checks(state, index);
    for (const check of [...open.keys()])
      if (!failing.some(each => each.check === check)) close(check, seenMs);
    for (const { check, isCritical } of failing)
      if (!open.has(check)) open.set(check, { fromMs: seenMs, isCritical });
  }
  for (const check of [...open.keys()]) close(check, Infinity);
  return incidents;
}

/** Returns the acts of a prize pool's owner that the keeper has to report. */
export async function incidentsOfGovernance(
  pool: PrizePool,
  reader: ChainReader,
  timeline: Timeline,
): Promise<Incident[]> {
  const events = (await reader.logs(pool.address)).flatMap(log => {
    const event = prizePoolInterfaces.pool.parseLog(log);
    return event
      ? [{ name: event.name, ms: timeline.seen(pool.chain, reader.block(log.blockNumber)).visibleMs }]
      : [];
  });
  return watching('keeper', pool.address, pool.chain, timeline).flatMap(bot => {
    const lookMs = bot.discoveryMs ?? 300_000;
    const incident = (checks: string[], fromMs: number, toMs: number, isEvent: boolean): Incident => ({
      source: `${checks[0]} of ${pool.name} ${pool.address}`,
      bot: bot.bot,
      checks,
      pool: pool.address,
      fromMs,
      toMs,
      requiredAfterMs: lookMs,
      lingersMs: lookMs + lingersMs,
      isOnChain: true,
      ...(isEvent ? { isEvent } : {}),
    });
    return events.flatMap(({ name, ms }, index): Incident[] => {
      if (name === 'TicketPriceUpdated') return [incident(['ticket-price-changed'], ms, Infinity, true)];
      if (name === 'OwnerTransferStarted') return [incident(['owner-changed'], ms, Infinity, true)];
      if (name !== 'Paused') return [];
      const toMs = events.slice(index).find(each => each.name === 'Unpaused')?.ms ?? Infinity;
      return [incident(['pool-paused', 'pool-was-paused'], ms, toMs, false)];
    });
  });
}

/** Returns the times at which a wallet held less than its warning level. */
export async function incidentsOfBalance(
  wallet: WalletRecord,
  reader: ChainReader,
  timeline: Timeline,
): Promise<Incident[]> {
  const numbers = [
    ...new Set(
      timeline.history
        .of('clock')
        .filter(({ chain }) => chain === wallet.chain)
        .map(({ block }) => block),
    ),
  ]
    .filter(number => number <= reader.head.number)
    .sort((before, after) => before - after);
  const balances = await reader.balances(wallet.address, numbers);
  const incidents: Incident[] = [];
  let fromMs: number | undefined;
  const add = (toMs: number) => {
    if (fromMs === undefined) return;
    incidents.push({
      source: `${wallet.bot}'s wallet held less than ${wallet.lowBalanceWei} wei`,
      bot: wallet.bot,
      checks: ['low-balance', 'cannot-send'],
      fromMs,
      toMs,
      requiredAfterMs: 0,
      severity: 'warning',
      lingersMs,
      isOnChain: true,
    });
    fromMs = undefined;
  };
  for (const [index, number] of numbers.entries()) {
    const ms = timeline.seen(wallet.chain, reader.block(number)).visibleMs;
    if ((balances[index] as bigint) >= BigInt(wallet.lowBalanceWei)) add(ms);
    else fromMs ??= ms;
  }
  add(Infinity);
  return incidents;
}
