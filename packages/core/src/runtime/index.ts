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
export { examineEndpoint } from './doctor/endpoints.ts';
export { type Finding, fail, ok, warn } from './doctor/finding.ts';
export { describeMachine } from './machine.ts';
export type { OffChainBot, OffChainContext, OffChainReport, OffChainWork } from './OffChainBot.ts';
export type { BotSchema, ProcessSchema } from './openDesk.ts';
export { runBot } from './runBot.ts';
export { runOffChainBot, startOffChainBot } from './runOffChain.ts';
export { runtimeAlerts } from './runtimeAlerts.ts';
export { type RunningBot, startBot } from './startBot.ts';
