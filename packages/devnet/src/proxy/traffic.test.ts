import { expect, it } from '@jest/globals';
import { TrafficRecord } from './traffic.ts';

const call = (method: string) => ({ method });

it('counts requests and calls, and what is in flight', () => {
  const traffic = new TrafficRecord(10);
  const one = traffic.begin([call('eth_call'), call('eth_call')]);
  const two = traffic.begin([]);
  two.hang();
  expect([traffic.httpRequests, traffic.inFlight, traffic.hanging]).toEqual([2, 2, 1]);
  expect([...traffic.calls]).toEqual([['eth_call', 2]]);
  one.mark('slow(5)');
  one.end('answered');
  // The connection closes later: that is not another end.
  one.end('client gone');
  two.end('client gone');
  expect([traffic.inFlight, traffic.hanging, traffic.maxInFlight, traffic.maxHanging]).toEqual([0, 0, 2, 1]);
  expect(traffic.log).toMatchObject([
    { methods: ['eth_call', 'eth_call'], done: 'slow(5)', end: 'answered' },
    { methods: [], done: 'ok', end: 'client gone' },
  ]);
  traffic.begin([]);
  traffic.reset();
  expect([traffic.httpRequests, traffic.inFlight, traffic.maxInFlight, traffic.log]).toEqual([0, 1, 1, []]);
});

it('keeps the last requests only', () => {
  const traffic = new TrafficRecord(3);
  for (const method of ['a', 'b', 'c', 'd', 'e']) traffic.begin([call(method)]).end('answered');
  expect(traffic.log.map(({ methods }) => methods[0])).toEqual(['c', 'd', 'e']);
});
