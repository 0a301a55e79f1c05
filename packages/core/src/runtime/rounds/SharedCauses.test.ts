import { describe, expect, it } from '@jest/globals';
import { AllEndpointsFailed } from '../../rpc/index.ts';
import { SharedCauses } from './SharedCauses.ts';

const pools = ['a', 'b', 'c'];
const failing = (reason: string, addresses = pools) =>
  addresses.map(address => ({ address, error: new Error(reason) }));

describe('SharedCauses', () => {
  it('default: pools that fail alike share the error, whatever numbers and addresses stand in it', () => {
    const targets = pools.map((address, i) => ({
      address,
      error: new Error(`mint of ${i}00 at 0x${i}f reverted: Paused`),
    }));
    const cause = 'the same error: mint of … at … reverted: Paused';
    expect([...new SharedCauses().see(targets)]).toEqual(pools.map(address => [address, cause]));
  });

  it.each([
    ['no endpoint answers', new AllEndpointsFailed([new Error('refused')])],
    ['an error says so', new Error('mint failed', { cause: new AllEndpointsFailed([]) })],
  ])('behavior: where %s, that is the cause also of one pool', (_, error) => {
    expect([...new SharedCauses().see([{ address: 'a', error }])]).toEqual([['a', 'RPC endpoints']]);
  });

  it('behavior: a pool with an error of its own has no cause', () => {
    const causes = new SharedCauses().see([
      ...failing('reverted', ['a']),
      ...failing('out of gas', ['b']),
      { address: 'c' },
    ]);
    expect([...causes]).toEqual([]);
  });

  it('behavior: errors that take turns leave a pool with its cause, or each would be another alert', () => {
    const causes = new SharedCauses();
    const seen = ['disk', 'disk', 'time', 'disk', 'time', 'time', 'disk'].map(
      reason => causes.see(failing(reason)).get('a') ?? 'none',
    );
    expect(new Set(seen)).toEqual(new Set(['the same error: disk']));
  });

  it('behavior: another error that stays is another cause', () => {
    const causes = new SharedCauses();
    causes.see(failing('disk'));
    const seen = [1, 2, 3].map(() => causes.see(failing('reverted')).get('a'));
    expect(seen).toEqual(['the same error: disk', 'the same error: disk', 'the same error: reverted']);
  });

  it('behavior: the last of several that fails keeps their cause, and once it is fine it has none', () => {
    const causes = new SharedCauses();
    causes.see(failing('disk'));
    const fine = ['a', 'b'].map(address => ({ address }));
    expect([...causes.see([...fine, ...failing('disk', ['c'])])]).toEqual([['c', 'the same error: disk']]);
    causes.see([{ address: 'c' }]);
    expect([...causes.see(failing('disk', ['c']))]).toEqual([]);
  });

  it('behavior: a pool that was alone with an error joins those that have it later only where it lasts', () => {
    const causes = new SharedCauses();
    causes.see(failing('disk', ['a']));
    expect([...causes.see(failing('disk')).keys()]).toEqual(['b', 'c']);
  });
});
