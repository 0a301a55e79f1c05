export { type Asker, askerOf, askersInUse } from './Asker.ts';
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
export { contractMethod, contractRead, type Read } from './contractRead.ts';
export { type Allowance, Endpoint, type EndpointAddress, type EndpointCounters } from './Endpoint.ts';
export { AllEndpointsFailed, BroadcastOutcomeUnknown, ProviderStopped, RateLimited } from './errors.ts';
export { type FailoverOptions, FailoverProvider } from './FailoverProvider.ts';
export { followHeads, type HeadHintsOptions } from './headHints.ts';
export type { EndpointState, Standing } from './health.ts';
export { holdsForTwo } from './holdsForTwo.ts';
export { type LogFilter, LogReader, type RawLog } from './logs.ts';
export {
  type BatchReader,
  type BlockRef,
  createBatchReader,
  multicall3,
} from './multicall.ts';
export type { Divisible, Part } from './parts.ts';
export { type HeadReading, readAtHead } from './readAtHead.ts';
export type { ReadResult } from './readResult.ts';
export { meaningOf, type RefusalMeaning } from './refusalWordings.ts';
export { EndpointFault, type JsonRpcAnswer } from './transport.ts';
