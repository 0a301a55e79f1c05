export { Lease, LeaseLost } from './Lease.ts';
export { openLease } from './openLease.ts';
