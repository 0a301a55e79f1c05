export type {
  ActionDone,
  Bot,
  BotContext,
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
export type { BotSchema } from './openDesk.ts';
export { runBot } from './runBot.ts';
export { runtimeAlerts } from './runtimeAlerts.ts';
export { type RunningBot, startBot } from './startBot.ts';
