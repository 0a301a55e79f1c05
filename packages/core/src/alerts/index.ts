export { Alerter, type AlerterOptions } from './Alerter.ts';
export {
  type Alert,
  type AlertKind,
  type AlertTable,
  type Decision,
  type News,
  type Notice,
  type Observation,
  type Occasion,
  type Outcome,
  type Severity,
  severities,
} from './alert.ts';
export type { Channel } from './channel.ts';
export { type PostOptions, post } from './channels/post.ts';
export { DeliveryFailed } from './deliveryFailed.ts';
export { type OpenAlerts, step } from './lifecycle.ts';
export { redactAll } from './redactAll.ts';
export { type RollbarOptions, rollbarChannel } from './rollbar.ts';
