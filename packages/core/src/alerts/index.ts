export { type AlertConfig, alertVariables, openChannels } from './channels/alertVariables.ts';
export type { Speaker } from './channels/channelKind.ts';
export { channelKinds, channelNames } from './channels/index.ts';
export { isPage, post, type Service } from './channels/post.ts';
export { RollbarApi, type RollbarApiOptions } from './channels/RollbarApi.ts';
export { type Channel, DeliveryFailed } from './delivery/Channel.ts';
export type { ChannelState } from './delivery/Outbox.ts';
export { acknowledgementStore } from './lifecycle/Acknowledgements.ts';
export { Alerter, type AlerterOptions } from './lifecycle/Alerter.ts';
export { unknownChain } from './lifecycle/Findings.ts';
export type { OpenAlert } from './lifecycle/openAlerts.ts';
export {
  type Acknowledgement,
  type Alert,
  type AlertKind,
  type AlertTable,
  type News,
  type Notice,
  type Observation,
  type Occasion,
  type Outcome,
  rank,
  reaches,
  type Severity,
  severities,
  worse,
} from './model/alert.ts';
export { alertingAlerts } from './model/alertingAlerts.ts';
export { rulesWith } from './model/rules.ts';
export type { AcknowledgementRecords } from './model/schemas.ts';
export { type Owners, OwnersRefused, parseOwners } from './owners/parseOwners.ts';
export { problemsOfOwners, type Surroundings } from './owners/problemsOfOwners.ts';
export {
  type Ownership,
  type OwnershipOptions,
  onCall,
  readKeyHolders,
  readOwnership,
} from './owners/readOwnership.ts';
export { unreached } from './owners/unreached.ts';
