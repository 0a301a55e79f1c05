import { expect, it } from '@jest/globals';
import { describeMachine } from './describeMachine.ts';

it('default: load, memory and addresses of this machine', () => {
  expect(describeMachine()).toMatchObject({ cores: expect.any(Number), addresses: expect.any(Array) });
  expect(describeMachine().memoryTotalBytes).toBeGreaterThan(0);
});

it('behavior: where the addresses may not be asked, as in a sandbox without AF_NETLINK, there are none', () => {
  const refused = () => {
    throw new Error('uv_interface_addresses returned Unknown system error 97');
  };
  expect(describeMachine(refused).addresses).toEqual([]);
});
