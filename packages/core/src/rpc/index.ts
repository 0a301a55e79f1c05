export { type Block, readBlock, readHead } from './block.ts';
export { Endpoint, type EndpointAddress, type EndpointCounters, EndpointFault } from './endpoint.ts';
export { AllEndpointsFailed, FailoverProvider, type RpcTimeouts } from './FailoverProvider.ts';
export {
  type BatchReader,
  contractRead,
  createBatchReader,
  multicall3,
  type Read,
  type ReadResult,
} from './multicall.ts';
