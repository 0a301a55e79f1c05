export { Alerter, type AlerterOptions } from './Alerter.ts';
export type {
  Alert,
  AlertKind,
  AlertTable,
  Decision,
  News,
  Notice,
  Observation,
  Occasion,
  Outcome,
} from './alert.ts';
export { reaches } from './alert.ts';
export { alertingAlerts } from './alertingAlerts.ts';
export { alertVariables } from './alertVariables.ts';
export type { Channel } from './channel.ts';
export type { Speaker } from './channels/channelKind.ts';
export { channelKinds, channelNames } from './channels/index.ts';
export { post } from './channels/post.ts';
export { isPage, type Service } from './channels/serviceAnswer.ts';
export { DeliveryFailed } from './deliveryFailed.ts';
export { unknownChain } from './describe.ts';
export type { ChannelState } from './Outbox.ts';
export type { OpenAlert } from './openAlerts.ts';
export { type AlertConfig, openChannels } from './openChannels.ts';
export { problemsOfOwners, type Surroundings } from './owners/checkOwners.ts';
export { type Owners, OwnersRefused, parseOwners } from './owners/ownersFile.ts';
export {
  type Ownership,
  type OwnershipOptions,
  onCall,
  readKeyHolders,
  readOwnership,
} from './owners/ownership.ts';
export { unreached } from './owners/reach.ts';
export { RollbarApi, type RollbarApiOptions } from './rollbarApi.ts';
export { rulesWith } from './rules.ts';
export { type Decisions, decisionsSchema } from './schemas.ts';
export { type Severity, severities } from './severity.ts';
