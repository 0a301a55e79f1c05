import { describe, expect, it } from '@jest/globals';
import { latestCheckpoint } from '@service-bots/core/hyperdrive';
import { plan } from '../src/planning/plan.ts';
import { planUnwind } from '../src/planning/planUnwind.ts';
import { type SeenRate, steadyRate } from '../src/reading/steadyRate.ts';
import { act, allLimits, freshPool, limitsOf, percentRate, type World } from './support/poolWorld.ts';

function planned(world: World) {
  const { view, positions, spec } = world;
  const snapshot = {
    block: { number: 1, timestamp: view.chainTime },
    pools: [view],
    base: new Map([[view.settlement.account, spec.liquidity]]),
  };
  const limits = allLimits(limitsOf(spec, { lpPortion: percentRate(50) }));
  return plan(snapshot, new Map([[view.address, positions]]), limits)[0];
}

/** Returns a pool whose rate is far above the variable one, with a long of the bot. */
function worth(): World {
  const world = freshPool({ fixedRate: percentRate(8) }, 2);
  act(world, { kind: 'long', part: 0.01 }, true);
  return world;
}

describe('plan', () => {
  it('trades with a pool without a fault', () => {
    expect(planned(worth())?.steps.map(({ kind }) => kind)).toEqual(['add-liquidity', 'open-long']);
  });

  it('leaves a pool past its circuit breaker alone, and unwinds it', () => {
    const world = worth();
    const { view } = world;
    const before = latestCheckpoint(view.config, view.chainTime) - view.config.checkpointDuration;
    const checkpoint = view.state.checkpoints.get(before);
    if (!checkpoint) throw new Error('the checkpoint is not there');
    // The rate was 5 % in the previous checkpoint, and may move by 1 %.
    const weightedSpotPrice = 10n ** 36n / (10n ** 18n + (percentRate(5) * 7n) / 365n);
    const checkpoints = new Map(view.state.checkpoints).set(before, { ...checkpoint, weightedSpotPrice });
    world.view = {
      ...view,
      config: { ...view.config, circuitBreakerDelta: percentRate(1) },
      state: { ...view.state, checkpoints },
    };
    expect(planned(world)).toMatchObject({
      steps: [],
      notes: [expect.stringContaining('than its circuit breaker allows')],
    });
    const steps = planUnwind(world.view, {
      positions: world.positions,
      limits: limitsOf(world.spec),
      transactions: 100,
    }).steps;
    expect(steps.map(({ kind }) => kind)).toEqual(['close-long']);
  });

  it('leaves a pool alone whose LP tokens have a price of 0, so that the same capital is not added again', () => {
    const world = worth();
    act(world, { kind: 'liquidity', part: 0.5 }, true);
    world.view = { ...world.view, lpSharePrice: 0n };
    expect(planned(world)).toMatchObject({
      steps: [],
      notes: [expect.stringContaining('left alone: it reports a price of 0 for its LP tokens')],
    });
    const steps = planUnwind(world.view, {
      positions: world.positions,
      limits: limitsOf(world.spec),
      transactions: 100,
    }).steps;
    expect(steps.map(({ kind }) => kind)).toEqual(['close-long', 'remove-liquidity']);
  });

  it.each([
    ['a vault share price of 0', { vaultSharePrice: 0n }],
    ['a vault share price beyond all numbers', { vaultSharePrice: 2n ** 255n }],
  ])('plans the other pools when a pool has %s', (_, broken) => {
    const [odd, sound] = [worth(), worth()];
    odd.view = { ...odd.view, ...broken, address: `0x${'dd'.repeat(20)}` };
    const snapshot = {
      block: { number: 1, timestamp: sound.view.chainTime },
      pools: [odd.view, sound.view],
      base: new Map([[sound.view.settlement.account, sound.spec.liquidity]]),
    };
    const positions = new Map([odd, sound].map(({ view, positions: held }) => [view.address, held]));
    const limits = allLimits(limitsOf(sound.spec, { lpPortion: percentRate(50) }));
    const [first, second] = plan(snapshot, positions, limits);
    expect(first?.steps).toEqual([]);
    expect(first?.notes).not.toEqual([]);
    expect(second?.steps.map(({ kind }) => kind)).toEqual(['add-liquidity', 'open-long']);
  });

  it('opens nothing without a variable rate, and closes matured positions', () => {
    const world = worth();
    world.view = { ...world.view, variableRate: undefined };
    expect(planned(world)).toMatchObject({
      steps: [],
      notes: [expect.stringContaining('variable rate is not known')],
    });
    act(world, { kind: 'wait', part: 1.2 });
    expect(planned(world)?.steps.map(({ kind }) => kind)).toEqual(['close-matured']);
  });

  it.each([0, -3])('moves no rate below 0 when the vault earns %d %%', percent => {
    const world = freshPool({ fixedRate: percentRate(5) }, percent);
    const steps = planned(world)?.steps ?? [];
    expect(steps.map(({ kind }) => kind)).toContain('open-long');
    for (const { rateAfter = 0n } of steps.filter(({ kind }) => kind === 'open-long'))
      expect(rateAfter).toBeGreaterThan(0n);
    expect(steps.some(({ kind }) => kind === 'open-short')).toBe(false);
  });
});

it('does not use a variable rate that jumped before the next reading confirms it', () => {
  const rates = new Map<string, SeenRate>();
  const seen = (percent: number | undefined) =>
    steadyRate(rates, 'a', percent === undefined ? undefined : percentRate(percent));
  const all = [4, 5.9, 8, 8, 30, 4, 4, undefined, 9, -1].map(seen);
  expect(all.map(({ variableRate: rate }) => rate && Number(rate) / 1e16)).toEqual([
    4,
    5.9,
    undefined,
    8,
    undefined,
    undefined,
    4,
    undefined,
    9,
    undefined,
  ]);
  expect(all.map(({ rateJumps }) => rateJumps)).toEqual([0, 0, 1, 0, 1, 2, 0, 0, 0, 1]);
});

it('takes a variable rate that never holds for an unknown one', () => {
  const world = worth();
  const noteAfter = (rateJumps: number) => {
    world.view = { ...world.view, variableRate: undefined, rateJumps };
    return planned(world)?.notes;
  };
  for (const jumps of [1, 2])
    expect(noteAfter(jumps)).toEqual([
      expect.stringContaining('it is used when it holds until the next look'),
    ]);
  expect(noteAfter(3)).toEqual([
    expect.stringMatching(/^its variable rate is not known, since it moved .* at each of the last 3 looks/),
  ]);
});
