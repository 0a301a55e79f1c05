export { type Delay, events } from './alerts.ts';
export { check, type Evidence, readEvidence, type Verdict } from './check.ts';
export type { Delays } from './delays.ts';
export { type Finding, type Rule, rules } from './Finding.ts';
export type { Incident } from './incidents.ts';
