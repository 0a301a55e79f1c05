export { BlockSource, type BlockSourceOptions, type NewBlocks } from './BlockSource.ts';
export {
  type Block,
  findBlocks,
  parseBlock,
  type RawBlock,
  readBlock,
  readBlocks,
  readHead,
} from './block.ts';
export type { BroadcastResult, RefusedFor } from './broadcastRaw.ts';
export type { Chunk, Splittable } from './chunks.ts';
export { contractMethod, contractRead, type Read } from './contractRead.ts';
export {
  type BatchReader,
  type BlockRef,
  createBatchReader,
  multicall3,
} from './createBatchReader.ts';
export { type Allowance, Endpoint, type EndpointAddress, type EndpointCounters } from './Endpoint.ts';
export { AllEndpointsFailed, BroadcastOutcomeUnknown, ProviderStopped, RateLimited } from './errors.ts';
export { EndpointFault, type JsonRpcAnswer } from './exchange.ts';
export { type FailoverOptions, FailoverProvider } from './FailoverProvider.ts';
export { followHeads, type HeadHint, type HeadHintsOptions } from './followHeads.ts';
export type { EndpointState, EndpointStatus } from './Health.ts';
export { holdsAtTwoEndpoints } from './holdsAtTwoEndpoints.ts';
export { LogReader } from './LogReader.ts';
export type { LogFilter, RawLog } from './logShape.ts';
export { clientOf, clientsInUse, type RpcClient } from './RpcClient.ts';
export { type HeadReading, readAtHead } from './readAtHead.ts';
export type { ReadResult } from './readResult.ts';
export { meaningOf, type RefusalMeaning } from './refusalWordings.ts';
export { intrinsicGas } from './resultShapes.ts';
