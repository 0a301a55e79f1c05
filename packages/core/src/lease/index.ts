export { Lease, LeaseLost, type LeaseOptions, type LeaseTimes, type Taken, usualTimes } from './Lease.ts';
export { openLease, readHolder } from './openLease.ts';
export type { LeaseRecord } from './record.ts';
