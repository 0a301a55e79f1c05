export type {
  ActionDone,
  Bot,
  BotContext,
  BotIdentity,
  BotSchema,
  Cadence,
  ChainView,
  Discovery,
  Due,
  GaugeReading,
  ProcessSchema,
  RoundReport,
  Target,
  TargetReport,
  WalletUse,
} from './bot.ts';
export type { OffChainBot, OffChainContext, OffChainReport, OffChainWork } from './OffChainBot.ts';
export { runBot } from './process/runBot.ts';
export { runOffChainBot } from './process/runOffChainBot.ts';
export { type RunningBot, startBot } from './process/startBot.ts';
export { runtimeAlerts } from './runtimeAlerts.ts';
export { examineEndpoint } from './setup/endpoints.ts';
export { type Finding, fail, ok, warn } from './setup/finding.ts';
export { describeMachine } from './status/describeMachine.ts';
