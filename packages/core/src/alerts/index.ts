export { Alerter, type AlerterOptions } from './Alerter.ts';
export {
  type Alert,
  type AlertKind,
  type AlertTable,
  type Channel,
  type Notice,
  type Observation,
  type Occasion,
  type Outcome,
  type Severity,
  severities,
} from './alert.ts';
export { type OpenAlerts, step } from './lifecycle.ts';
export { type RollbarOptions, rollbarChannel } from './rollbar.ts';
