export type {
  ActionDone,
  Bot,
  BotContext,
  BotIdentity,
  Cadence,
  ChainView,
  Discovery,
  Due,
  GaugeReading,
  RoundReport,
  Target,
  TargetReport,
  WalletUse,
} from './bot.ts';
export type { OffChainBot, OffChainContext, OffChainReport, OffChainWork } from './OffChainBot.ts';
export type { BotSchema, ProcessSchema } from './openDesk.ts';
export { runBot } from './process/runBot.ts';
export { runOffChainBot, startOffChainBot } from './process/runOffChainBot.ts';
export { type RunningBot, startBot } from './process/startBot.ts';
export { runtimeAlerts } from './rounds/runtimeAlerts.ts';
export { examineEndpoint } from './setup/endpoints.ts';
export { type Finding, fail, ok, warn } from './setup/finding.ts';
export { describeMachine } from './status/machine.ts';
