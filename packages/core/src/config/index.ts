export { address, addressIn, addressList, addressOf, assertChecksum, assertNew } from './addresses.ts';
export { ether, feeCapGwei, gwei, leastBalanceEther } from './amounts.ts';
export { ConfigError, type ConfigProblem, joined, refusalOf } from './configError.ts';
export {
  endpointList,
  httpUrl,
  mailServerUrl,
  type RpcEndpoint,
  secretUrl,
  wsEndpoint,
} from './endpoints.ts';
export { allOf, eachEntry, entriesOf } from './entries.ts';
export { renderEnvExample } from './envExample.ts';
export { renderEnvTable } from './envTable.ts';
export { type LoadedConfig, type LoadOptions, loadConfig, type NameOf } from './loadConfig.ts';
export { loadUsable, type UsableConfig } from './loadUsable.ts';
export {
  gasUnits,
  milliseconds,
  positiveInteger,
  positiveIntegers,
  seconds,
  wholeNumber,
} from './numbers.ts';
export { parsed, Refusal, type Variable } from './parsed.ts';
export { privateKey } from './privateKey.ts';
export type { Env } from './resolveRaw.ts';
export { distinctEndpoints, endpointsOf, rpcVariables } from './rpcVariables.ts';
export { runtimeVariables } from './runtimeVariables.ts';
export { Secret } from './secret.ts';
export { oneSigner, signerVariables } from './signerVariables.ts';
export { together } from './together.ts';
export { transactionVariables } from './transactionVariables.ts';
export { nearest } from './typos.ts';
export {
  aliased,
  type Declaration,
  declarations,
  spellingsOf,
  type VariableMeta,
  variable,
} from './variable.ts';
export { choice, flag, password, secretText, text } from './words.ts';
