import { describe, expect, it } from '@jest/globals';
import { blockOf, noon, poolOf, read, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { evaluate } from '../checks/evaluate.ts';
import { checks, type View } from '../checks/index.ts';
import type { Confirmation } from '../judging/crossCheck.ts';
import type { Inspection } from '../judging/inspect.ts';
import { WatchedPool } from '../pools/WatchedPool.ts';
import type { PoolEvent } from '../readings/events.ts';
import { observationsOf } from './observationsOf.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const observed = (view: View, confirmations: [string, Confirmation][] = []) => {
  const inspection: Inspection = {
    watched: new WatchedPool(view.pool),
    view,
    verdicts: evaluate(checks, view),
  };
  return observationsOf(inspection, new Map(confirmations), nowMs);
};
const insolvent = () => viewOf({ now: snapshotOf({ longExposure: units(2_000) }) });
const about = (view: View, check: string, ...confirmations: [string, Confirmation][]) =>
  observed(view, confirmations).filter(each => each.check === check);

describe('the observations about a pool', () => {
  it('default: observes a check that holds, and makes no observation about a check that does not apply', () => {
    expect(about(viewOf(), 'solvency')).toEqual([
      { check: 'solvency', pool: poolOf().address, failing: false },
    ]);
    expect(about(viewOf(), 'price-spike')).toEqual([]);
  });

  it('a check with nothing left to fail on ends its earlier alert', () => {
    const { number, timestamp } = snapshotOf().block;
    const quiet = {
      block: number - 1,
      time: timestamp - 12,
      vaultSharePrice: units(1),
      weightedSpotPrice: 0n,
    };
    const { address: pool, settings } = poolOf();
    const warned = poolOf({ settings: { ...settings, warnBelow: { 'price-spike': units(0.9) } } });
    const view = viewOf({ pool: warned, history: { moments: [quiet] } });
    expect(about(view, 'price-spike')).toEqual([{ check: 'price-spike', pool, failing: false }]);
    expect(about(view, 'low-headroom')).toEqual([
      { check: 'low-headroom', subject: 'price-spike', pool, failing: false },
    ]);
  });

  it('gives the numbers with their units, the formula, the block, the impact, the first step and the command to reproduce', () => {
    const [finding] = about(insolvent(), 'solvency');
    expect(finding).toMatchObject({
      failing: true,
      severity: 'critical',
      message:
        'Weekly DAI: the pool cannot pay all its longs (solvency -828.181818181818181818 shares) at block 1000. Impact: the first traders to close are paid in full, and the last get nothing. First: have the pool paused and inform its governance',
      data: {
        block: 1_000,
        hash: snapshotOf().block.hash,
        formula: 'z − ⌊longExposure/c⌋ − zMin ≥ 0',
        numbers: {
          'share reserves z': '1000.0 shares',
          'long exposure': '2000.0 base',
          'shares owed to longs': '1818.181818181818181818 shares = ⌊longExposure/c⌋',
        },
        reproduce: `pnpm invariant check --pool ${poolOf().address} --block 1000 --check solvency`,
      },
    });
  });

  it('puts the data that a channel may cut last, and names the newest of many events', () => {
    const event = (block: number) => ({
      name: 'OpenLong',
      block,
      transaction: `0x${String(block).padStart(64, '0')}`,
      what: 'OpenLong of 1.0 bonds maturing 2027-05-22T00:00:00.000Z',
    });
    const events = Array.from({ length: 500 }, (_, i) => event(i + 500));
    const diagnostics = { events, openShorts: undefined };
    const [finding] = about({ ...insolvent(), diagnostics }, 'solvency');
    const { data = {} } = finding?.failing ? finding : {};
    expect(Object.keys(data).slice(-3)).toEqual(['changed', 'formula', 'numbers']);
    expect(data.changed).toHaveLength(21);
    expect(data.changed).toEqual(
      expect.arrayContaining(['480 events before these', expect.stringMatching(/, block 999, 0x0+999$/)]),
    );
  });

  it('does not report unreadable events as no events', () => {
    const data = (events?: []) => ({
      data: expect.objectContaining({
        changed: events ?? 'unknown: the events could not be read; look in block 1000',
      }),
    });
    expect(about(insolvent(), 'solvency')[0]).toMatchObject(data());
    const diagnostics = { events: [], openShorts: undefined };
    expect(about({ ...insolvent(), diagnostics }, 'solvency')[0]).toMatchObject(data([]));
  });

  it('the command compares with the block that the finding was compared with', () => {
    const moments = [{ block: 700, time: noon - 3_600, vaultSharePrice: units(1.2), weightedSpotPrice: 0n }];
    const before = snapshotOf({}, { block: blockOf(990, noon - 120) });
    const view = viewOf({ before, now: snapshotOf({ longExposure: units(2_000) }), history: { moments } });
    expect(about(view, 'negative-interest')[0]).toMatchObject({
      data: {
        comparedWith: 700,
        reproduce: expect.stringMatching(/ --block 1000 --against 700 --check negative-interest$/),
      },
    });
    expect(about(view, 'solvency')[0]).toMatchObject({
      data: { reproduce: expect.stringMatching(/ --block 1000 --against 990 --check solvency$/) },
    });
  });

  it('lowers a finding that another endpoint does not confirm to an error, and states the doubt', () => {
    const confirmation = { confirmed: false, certain: false, settled: false, text: 'a: fails; b: holds' };
    expect(about(insolvent(), 'solvency', ['solvency', confirmation])[0]).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/the endpoints do not agree$/),
      data: { secondOpinion: 'a: fails; b: holds' },
    });
  });

  it('names the blocks to look at for a price spike without a transaction', () => {
    const spike = (events: PoolEvent[] | undefined) => {
      const moments = [
        { block: 700, time: noon - 3_600, vaultSharePrice: units(1.1), weightedSpotPrice: units(0.9) },
      ];
      const view = viewOf({
        before: snapshotOf({}, { block: blockOf(999, noon - 12) }),
        history: { moments },
        diagnostics: { events, openShorts: undefined },
      });
      return about(view, 'price-spike')[0] as { data?: { changed: unknown } };
    };
    expect(spike([]).data?.changed).toEqual([
      'no transaction with the pool in block 1000; look in blocks 701 to 1000, then for trades since the checkpoint began at 2026-11-21T00:00:00.000Z',
    ]);
    expect(spike(undefined).data?.changed).toBe(
      'unknown: the events could not be read; look in blocks 701 to 1000, then for trades since the checkpoint began at 2026-11-21T00:00:00.000Z',
    );
    const trade = { name: 'OpenLong', block: 1_000, transaction: '0x12', what: 'OpenLong of 5 bonds' };
    expect(spike([trade]).data?.changed).toEqual(['OpenLong of 5 bonds, block 1000, 0x12']);
  });

  it('leaves the checks that a silent vault prevents to vault-answers, unless that is muted', () => {
    const reverted = { ok: false, reason: 'the call reverted without a reason', reverted: true } as const;
    const { settings } = poolOf();
    const silent = { vaultSharePrice: reverted, lpSharePrice: reverted, actualShares: reverted };
    const now = { ...snapshotOf(), ...silent };
    const failing = (view: View) => observed(view).flatMap(each => (each.failing ? [each.check] : []));
    expect(failing(viewOf({ now }))).toEqual(['vault-answers']);
    expect(about(viewOf({ now }), 'vault-answers')[0]).toMatchObject({
      severity: 'critical',
      message: expect.stringMatching(
        /the vault of this pool does not answer \(vault 0x0+c1, convertToAssets\(uint256\), asked by convertToBase\(uint256\) of the pool 0x0+a1\): the call reverted without a reason; .*deposits and withdrawals are likely to revert too/,
      ),
    });
    const mute = { check: 'vault-answers', until: nowMs + 1, reason: 'known' };
    const pool = poolOf({ settings: { ...settings, mutes: [mute] } });
    const [told] = about(viewOf({ now, pool }), 'check-indeterminate');
    expect(told).toMatchObject({ failing: true, message: expect.stringContaining('solvency, total-shares') });
  });

  it('reports undecided checks once for each pool, and makes no observation about the checks themselves', () => {
    const view = viewOf({ now: { ...snapshotOf(), market: unread } });
    expect(about(view, 'solvency')).toEqual([]);
    expect(about(view, 'check-indeterminate')).toEqual([
      expect.objectContaining({
        failing: true,
        message: expect.stringMatching(
          /^Weekly DAI: solvency, total-shares, .* could not be decided at block 1000: the market state could not be read: the node has lost it\. A violation is not noticed meanwhile\. First: find this reason in the runbook$/,
        ),
        data: expect.objectContaining({
          reasons: expect.objectContaining({
            solvency: 'the market state could not be read: the node has lost it',
          }),
        }),
      }),
    ]);
    expect(about(viewOf(), 'check-indeterminate')).toEqual([expect.objectContaining({ failing: false })]);
  });

  it.each([
    ['before it expires', '2026-11-21', []],
    ['afterwards', '2026-11-20', ['solvency']],
  ])('a mute silences a check %s', (_, until, told) => {
    const mute = { check: 'solvency', until: Date.parse(`${until}T23:59:59Z`), reason: 'known' };
    const { settings } = poolOf();
    const view = { ...insolvent(), pool: poolOf({ settings: { ...settings, mutes: [mute] } }) };
    expect(about(view, 'solvency').map(({ check }) => check)).toEqual(told);
  });

  it('raises a headroom below the warning level, and resolves it above', () => {
    const { settings } = poolOf();
    const pool = poolOf({ settings: { ...settings, warnBelow: { solvency: units(0.9) } } });
    // 89.9 % is left.
    expect(about({ ...viewOf(), pool }, 'low-headroom')).toEqual([
      expect.objectContaining({ failing: true, subject: 'solvency' }),
    ]);
    const now = snapshotOf({ longExposure: 0n }, { ethBalance: read(0n) });
    expect(about(viewOf({ pool, now }), 'low-headroom')).toEqual([
      expect.objectContaining({ failing: false, subject: 'solvency' }),
    ]);
  });
});
