export { type DevAccount, devAccounts, devMnemonic, roles } from './chain/accounts.ts';
export { type Anvil, type AnvilOptions, startAnvil } from './chain/anvil.ts';
export type { BlockHead, ChainTime } from './chain/time.ts';
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
export { multicall3Address } from './hyperdrive/multicall3.ts';
export {
  daySeconds,
  defaultPools,
  hourSeconds,
  type PoolFees,
  type PoolOptions,
  type PoolSpec,
  poolSpec,
  timeStretch,
} from './hyperdrive/poolSpec.ts';
export { type BotProcess, type Exit, type LogLine, startBotProcess } from './process/botProcess.ts';
export type { RpcOutcome, RpcRequest, RpcResponse } from './proxy/rpcMessage.ts';
export { type Intercept, type ProxyBehaviour, type RpcProxy, startProxy } from './proxy/rpcProxy.ts';
export { type RollbarItem, type RollbarOptions, type RollbarSink, startRollbar } from './sinks/rollbar.ts';
export {
  type Sink,
  type SinkBehaviour,
  type SinkRequest,
  type SinkService,
  startSink,
} from './sinks/sink.ts';
