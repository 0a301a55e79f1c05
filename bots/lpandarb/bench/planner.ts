import process from 'node:process';
import { distribution, type Row, seededRandom } from '@service-bots/devnet';
import { plan } from '../src/planning/plan.ts';
import { bondsToRate, marketOf, sharesToRate } from '../src/planning/sizes.ts';
import { maxEvaluations } from '../src/planning/solve.ts';
import { targetsOf } from '../src/planning/targets.ts';
import {
  act,
  allLimits,
  day,
  freshPool,
  limitsOf,
  percentRate,
  type World,
} from '../test/support/poolWorld.ts';

const pools = 100;
const repetitions = 15;

/** Returns pools of several lengths after some trades; about a third of them are within their band. */
function worlds(): World[] {
  const random = seededRandom(18);
  return Array.from({ length: pools }, (_, i) => {
    const positionDuration = [7, 30, 182, 364][i % 4] as number;
    const fixed = 3 + random() * 5;
    const variable = i % 3 === 0 ? fixed : i % 3 === 1 ? fixed - 2.5 : fixed + 2.5;
    const world = freshPool(
      { positionDuration: positionDuration * day, checkpointDuration: day, fixedRate: percentRate(fixed) },
      variable,
    );
    act(world, { kind: 'long', part: random() * 0.02 });
    act(world, { kind: 'short', part: random() * 0.02 });
    world.view = { ...world.view, address: `0x${(i + 1).toString(16).padStart(40, '0')}` };
    return world;
  });
}

/**
 * Measures the time of a plan for 100 pools, the curve evaluations of a solve, and a trade's distance from
 * its target.
 */
export async function measurePlanner(): Promise<Row[]> {
  const all = worlds();
  const [first] = all as [World];
  const views = all.map(({ view }) => view);
  const limits = allLimits(limitsOf(first.spec, { lpPortion: percentRate(0) }), { transactions: 1_000 });
  const snapshot = {
    block: { number: 1, timestamp: first.view.chainTime },
    pools: views,
    base: new Map([[first.view.settlement.account, first.spec.liquidity * 100_000n]]),
  };
  const ms: number[] = [];
  let steps = 0;
  let worstRate = 0n;
  for (let i = 0; i < repetitions; i += 1) {
    const begun = performance.now();
    const plans = plan(snapshot, new Map(), limits);
    ms.push(performance.now() - begun);
    steps = plans.filter(each => each.steps.length > 0).length;
    for (const [k, { steps: done }] of plans.entries()) {
      const [step] = done;
      const view = views[k];
      if (step?.rateAfter === undefined || view?.variableRate === undefined) continue;
      const targets = targetsOf(view.config, view.variableRate, { kind: 'fees' });
      const target = step.kind === 'open-long' ? targets.longTarget : (targets.shortTarget ?? 0n);
      const off = step.rateAfter > target ? step.rateAfter - target : target - step.rateAfter;
      if (off > worstRate) worstRate = off;
    }
  }
  const evaluations = all.flatMap(({ view, spec }) => {
    const { chainTime, vaultSharePrice, config, state, variableRate = 0n } = view;
    const market = marketOf(config, state, { chainTime, vaultSharePrice });
    const targets = targetsOf(config, variableRate, { kind: 'fees' });
    const most = spec.liquidity * 1_000n;
    if (market.rate > targets.high) return [sharesToRate(market, targets.longTarget, most).evaluations];
    if (targets.shortTarget !== undefined && market.rate < targets.shortTarget)
      return [bondsToRate(market, targets.shortTarget, most).evaluations];
    return [];
  });
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  const sorted = ms.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const mostOf = Math.max(...evaluations);
  return [
    {
      what: `plan of ${pools} pools, ${steps} of them with a trade, ms`,
      figure: distribution(ms),
      target: 'median ≤ 100',
      met: median <= 100,
    },
    {
      what: `evaluations of the curve in a solve (${evaluations.length} solves)`,
      figure: distribution(evaluations),
      target: `≤ ${maxEvaluations}`,
      met: mostOf <= maxEvaluations,
    },
    {
      what: 'fixed rate off its target after the trade, hundredths of a percent',
      figure: (Number(worstRate) / 1e14).toFixed(6),
      target: '≤ 1',
      met: worstRate <= 10n ** 14n,
    },
    { what: 'memory of the planner, MB', figure: rssMb.toFixed(0) },
  ];
}
