import process from 'node:process';
import {
  addLiquidity,
  closePosition,
  divDown,
  latestCheckpoint,
  mintCheckpoint,
  mulDown,
  one,
  openLong,
  openShort,
  presentValue,
  removeLiquidity,
} from '@service-bots/core/hyperdrive';
import { seededRandom } from '@service-bots/devnet';
import { formatUnits, parseUnits } from 'ethers';
import { fillOf } from '../src/paper/fillOf.ts';
import { plan } from '../src/planning/plan.ts';
import type { PoolView, Positions, Step } from '../src/planning/view.ts';
import { markPositions } from '../src/reading/markPositions.ts';
import { allLimits, day, freshPool, limitsOf, percentRate, type World } from '../test/support/poolWorld.ts';
import { attempt, bestInHindsight } from './hindsight.ts';
import { liquidityOnly, predecessor, type Run } from './strategies.ts';

/**
 * A month of chain time in blocks an hour apart, on the exact maths, with random traders and a variable rate
 * that wanders. Each strategy gets its own pool with the same traders, so its trades move only that pool.
 */
const hours = 30 * 24;
const capital = parseUnits('100000', 18);

interface Strategy {
  name: string;
  act(run: SimulatedRun): void | Promise<void>;
}

/** A strategy in its own copy of the pool. */
class SimulatedRun implements Run {
  readonly world: World;
  base = capital;
  held: {
    lpShares: bigint;
    withdrawalShares: bigint;
    bonds: { side: 'long' | 'short'; maturity: number; bonds: bigint }[];
  } = {
    lpShares: 0n,
    withdrawalShares: 0n,
    bonds: [],
  };
  trades = 0;
  /** Base paid and received, by the trades alone. */
  paid = 0n;
  received = 0n;

  constructor(world: World) {
    this.world = world;
  }

  get view(): PoolView {
    return this.world.view;
  }

  get marked() {
    const { view } = this;
    const { state, vaultSharePrice, lpSharePrice } = view;
    return markPositions(
      view.config,
      { state, vaultSharePrice, lpSharePrice, held: { ...this.held, allowance: 0n } },
      view.chainTime,
    );
  }

  get worth(): bigint {
    const { bonds, liquidity } = this.marked;
    return this.base + bonds + liquidity;
  }

  /** The profit that the ledger would report, in base. */
  get profit(): bigint {
    const { bonds, liquidity } = this.marked;
    return this.received + bonds + liquidity - this.paid;
  }

  get positions(): Positions {
    return this.marked.positions;
  }

  /** Executes a step as the contract would, and changes the pool. @returns whether the pool accepted it */
  do(step: Step): boolean {
    const { config, state, chainTime, vaultSharePrice } = this.view;
    const moment = { chainTime, vaultSharePrice };
    const fill = fillOf(step, this.view, one);
    if (!fill) return false;
    const { kind, amount, side = 'long', maturity = 0 } = step;
    const shares = divDown(amount, vaultSharePrice);
    const next =
      kind === 'open-long'
        ? openLong(config, state, { shares, moment }).state
        : kind === 'open-short'
          ? openShort(config, state, { bonds: amount, moment }).state
          : kind === 'add-liquidity'
            ? addLiquidity(config, state, { amount, shares, moment }).state
            : kind === 'remove-liquidity'
              ? removeLiquidity(config, state, { lpShares: amount, moment }).state
              : closePosition(config, state, { position: { side, maturity, bonds: amount }, moment }).state;
    if (kind === 'add-liquidity') this.held.lpShares += fill.amount;
    else {
      const at = fill.maturity ?? maturity;
      const position = this.held.bonds.find(each => each.side === side && each.maturity === at);
      const change = kind.startsWith('open') ? fill.amount : -amount;
      if (position) position.bonds += change;
      else this.held.bonds.push({ side, maturity: at, bonds: change });
      this.held.bonds = this.held.bonds.filter(({ bonds }) => bonds > 0n);
    }
    this.base += fill.received - fill.paid;
    this.paid += fill.paid;
    this.received += fill.received;
    this.trades += 1;
    this.settle(next);
    return true;
  }

  settle(state: PoolView['state']): void {
    const { config, chainTime, vaultSharePrice } = this.view;
    const value = presentValue(config, state, { vaultSharePrice, chainTime }) ?? 0n;
    const supply = state.lpSupply + state.withdrawalShareSupply - state.readyToWithdraw;
    this.world.view = { ...this.view, state, lpSharePrice: (value * vaultSharePrice) / supply };
  }

  /** Advances the pool by an hour and mints the checkpoint. */
  wait(rate: bigint): void {
    const { view } = this;
    const chainTime = view.chainTime + 3_600;
    const vaultSharePrice = mulDown(view.vaultSharePrice, one + rate / 8_760n);
    this.world.view = { ...view, chainTime, vaultSharePrice, variableRate: rate };
    const moment = { chainTime, vaultSharePrice };
    this.settle(
      mintCheckpoint(view.config, view.state, { time: latestCheckpoint(view.config, chainTime), moment }),
    );
  }
}

function planned(lpPortion: number): Strategy['act'] {
  return run => {
    const limits = limitsOf(run.world.spec, {
      lpPortion: percentRate(lpPortion * 100),
      capital,
      minProfit: 10n ** 13n,
    });
    for (let i = 0; i < 6; i += 1) {
      const { view } = run;
      const snapshot = {
        block: { number: 1, timestamp: view.chainTime },
        pools: [view],
        base: new Map([[view.settlement.account, run.base]]),
      };
      const [own] = plan(snapshot, new Map([[view.address, run.positions]]), allLimits(limits));
      const [first] = own?.steps ?? [];
      if (!first || first.kind === 'redeem' || !run.do({ ...first, pays: run.base })) return;
    }
  };
}

const portions = [0.9, 0.5, 0];
const strategies: Strategy[] = [
  ...portions.map(part => ({ name: `this bot, LP_PORTION ${part}`, act: planned(part) })),
  { name: '(a) doing nothing', act: () => undefined },
  {
    name: '(b) liquidity only',
    act: liquidityOnly,
  },
  { name: "(c) the predecessor's policy", act: predecessor },
];

interface Month {
  profit: bigint;
  trades: number;
  isExact: boolean;
}

async function month(seed: number, { act }: Pick<Strategy, 'act'>): Promise<Month> {
  const random = seededRandom(seed);
  const durations = [7, 30];
  const positionDuration = (durations[seed % 2] as number) * day;
  const run = new SimulatedRun(
    freshPool({ positionDuration, checkpointDuration: day, fixedRate: percentRate(5) }, 5),
  );
  let rate = percentRate(5);
  for (let hour = 0; hour < hours; hour += 1) {
    rate = percentRate(Math.min(12, Math.max(0.5, Number(rate) / 1e16 + (random() - 0.5) * 0.4)));
    run.wait(rate);
    // Other traders mostly trade around the rate, and sometimes in large amounts. The amounts do not depend
    // on the strategy.
    const [isTraded, isLong, size] = [random() < 0.15, random() < 0.5, random() ** 3 * 60_000 + 500];
    if (isTraded) {
      const { config, state, chainTime, vaultSharePrice } = run.view;
      const moment = { chainTime, vaultSharePrice };
      const amount = parseUnits(size.toFixed(6), 18);
      const done = attempt(() =>
        isLong
          ? openLong(config, state, { shares: divDown(amount, vaultSharePrice), moment }).state
          : openShort(config, state, { bonds: amount, moment }).state,
      );
      if (done) run.settle(done);
    }
    await act(run);
  }
  return { profit: run.profit, trades: run.trades, isExact: run.worth - capital === run.profit };
}

/**
 * The hours between two moments of the bound. A finer grid finds little more, and its time grows with the
 * square.
 */
const hoursApart = 12;

/** Returns (d), an upper bound for any strategy that holds one position at a time. */
async function hindsight(seed: number): Promise<Month> {
  const views: PoolView[] = [];
  let hour = 0;
  await month(seed, {
    act: run => {
      if (hour % hoursApart === 0) views.push(run.view);
      hour += 1;
    },
  });
  return { profit: bestInHindsight(views, capital), trades: Number.NaN, isExact: true };
}

const seeds = Array.from({ length: Number(process.env.SEEDS ?? 10) }, (_, i) => i + 1);
const amount = (value: bigint) => Number(formatUnits(value, 18)).toFixed(0).padStart(7);
process.stdout.write(
  `A month of 100,000 base in a pool of 1,000,000; profit in base, marked to what closing pays; gas not counted\n`,
);
process.stdout.write(
  `${'seed'.padEnd(30)}${seeds.map(seed => String(seed).padStart(7)).join('')}   mean  trades\n`,
);
const bound = { name: '(d) best trades in hindsight', of: hindsight };
for (const { name, of } of [
  ...strategies.map(strategy => ({ name: strategy.name, of: (seed: number) => month(seed, strategy) })),
  bound,
]) {
  const results: Month[] = [];
  for (const seed of seeds) results.push(await of(seed));
  const mean = results.reduce((sum, { profit }) => sum + profit, 0n) / BigInt(results.length);
  const trades = results.reduce((sum, each) => sum + each.trades, 0) / results.length;
  const exact = results.every(({ isExact }) => isExact) ? '' : '  NOT EXACT';
  process.stdout.write(
    `${name.padEnd(30)}${results.map(({ profit }) => amount(profit)).join('')}${amount(mean)}  ${Number.isNaN(trades) ? '–' : trades.toFixed(0)}${exact}\n`,
  );
}
