export { type DevAccount, devAccounts, devMnemonic, roles } from './chain/accounts.ts';
export { type Anvil, type AnvilOptions, type ChainHandle, joinChain, startAnvil } from './chain/anvil.ts';
export { installMulticall3, multicall3Address } from './chain/multicall3.ts';
export type { BlockHead, ChainTime } from './chain/time.ts';
export { transact } from './chain/transact.ts';
export {
  type HttpAnswer,
  type LoopbackServer,
  type ReceivedRequest,
  startLoopbackServer,
} from './http/loopbackServer.ts';
export { interfaces } from './hyperdrive/artifacts.ts';
export type { ArtifactsServer } from './hyperdrive/artifactsServer.ts';
export { type DeployOptions, type Devnet, deployHyperdrive } from './hyperdrive/deployHyperdrive.ts';
export { assetId, type ClosedPosition, DevnetPool, type OpenedPosition } from './hyperdrive/devnetPool.ts';
export { type IdleShares, idleSharesOf } from './hyperdrive/idleShares.ts';
export { type JoinedDevnet, joinDevnet } from './hyperdrive/joinDevnet.ts';
export { deployKindPool, type KindPool, type PoolKind, poolKinds } from './hyperdrive/kindPool.ts';
export { deployMathLibraries, type MathLibraries } from './hyperdrive/mathLibraries.ts';
export { makeBaseOdd, type Oddities } from './hyperdrive/oddToken.ts';
export {
  daySeconds,
  defaultPools,
  hourSeconds,
  type PoolFees,
  type PoolOptions,
  type PoolSpec,
  poolSpec,
  timeStretch,
  weeklyPool,
} from './hyperdrive/poolSpec.ts';
export { deployStEthPool, type StEthPool } from './hyperdrive/stEthPool.ts';
export {
  type ProcessFigures,
  processFigures,
  roundsOf,
  timeOf,
  waitForRounds,
} from './measure/botFigures.ts';
export { type ByteCounter, startByteCounter } from './measure/byteCounter.ts';
export { measureIdleRoundsOf } from './measure/idleRounds.ts';
export { describeMachine } from './measure/machine.ts';
export { measureMemoryOf } from './measure/memory.ts';
export { type Measurement, runBench } from './measure/runBench.ts';
export { distribution, mean, median, part, slope } from './measure/statistics.ts';
export { formatTable, type Row, verdict } from './measure/table.ts';
export {
  deployPrizePools,
  type PrizePoolOptions,
  type PrizePools,
  prizePoolDefaults,
} from './prizePool/deployPrizePools.ts';
export {
  DevnetPrizePool,
  type DueAction,
  drawWindowBlocks,
  dueActions,
  type PrizePoolEvent,
  prizePoolInterfaces,
  type RoundInfo,
  type RoundState,
  roundStates,
} from './prizePool/devnetPrizePool.ts';
export {
  type MisbehavesWhen,
  type MisbehavingPool,
  type Misbehaviour,
  misbehavingPool,
  type PoolCall,
} from './prizePool/misbehavingPool.ts';
export { assertNoSecret, spellings } from './process/assertNoSecret.ts';
export { type BotContainerOptions, startBotContainer } from './process/botContainer.ts';
export { type BotGroup, openBotGroup } from './process/botGroup.ts';
export {
  type BotProcess,
  type BotProcessOptions,
  type LogLine,
  startBotProcess,
} from './process/botProcess.ts';
export { moveClocks } from './process/moveClocks.ts';
export { type OpenAlert, openAlertsOf, raised, resolved } from './process/openAlerts.ts';
export { openSmallDisk, type SmallDisk } from './process/smallDisk.ts';
export type { Exit, StartedBot } from './process/startedBot.ts';
export { temporaryFolder } from './process/temporaryFolder.ts';
export {
  type ClockAnchor,
  installVirtualClock,
  monotonicRealMs,
  rightClock,
  type VirtualClock,
  type WallClockError,
} from './process/virtualClock.ts';
export type { ActingFault, Exchange, Fault, ProxyReaction } from './proxy/fault.ts';
export { faults } from './proxy/faults.ts';
export type { HeadLie } from './proxy/headFaults.ts';
export type { Refusal, RequestSize } from './proxy/limitFaults.ts';
export { type NodeSoftware, nodeWordings, type TransactionRefusal } from './proxy/nodeWordings.ts';
export { type Provider, providerWordings } from './proxy/providerWordings.ts';
export { type RawAnswer, rawCall, rawPost } from './proxy/rawHttp.ts';
export type { RpcError, RpcOutcome, RpcRequest, RpcResponse } from './proxy/rpcMessage.ts';
export { type Intercept, type ProxyBehaviour, type RpcProxy, startProxy } from './proxy/rpcProxy.ts';
export type { ScheduleStep } from './proxy/timedFaults.ts';
export type { LoggedRequest, Traffic } from './proxy/traffic.ts';
export type { WsEnd } from './proxy/wsEnd.ts';
export { type WsFault, wsFaults } from './proxy/wsFaults.ts';
export { seededRandom } from './seededRandom.ts';
export { type DiscordMessage, type DiscordSink, startDiscord } from './sinks/discord.ts';
export { type HeartbeatOptions, type HeartbeatSink, type Ping, startHeartbeat } from './sinks/heartbeat.ts';
export {
  type PagerDutyEvent,
  type PagerDutyOptions,
  type PagerDutySink,
  startPagerDuty,
} from './sinks/pagerDuty.ts';
export { type RollbarItem, type RollbarOptions, type RollbarSink, startRollbar } from './sinks/rollbar.ts';
export {
  type RollbarApiOptions,
  type RollbarApiSink,
  type RollbarRule,
  type RollbarWrite,
  startRollbarApi,
} from './sinks/rollbarApi.ts';
export {
  type Sink,
  type SinkBehaviour,
  type SinkRequest,
  type SinkService,
  startSink,
} from './sinks/sink.ts';
export { type SlackMessage, type SlackSink, startSlack } from './sinks/slack.ts';
export { type Mail, type MailStage, type SmtpOptions, type SmtpSink, startSmtp } from './sinks/smtp.ts';
export {
  startTelegram,
  type TelegramMessage,
  type TelegramOptions,
  type TelegramSink,
} from './sinks/telegram.ts';
export { startWebhook, type WebhookCall, type WebhookSink } from './sinks/webhook.ts';
export { timed } from './timed.ts';
export { until } from './until.ts';
