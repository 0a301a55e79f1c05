export { address, addressIn, addressList, assertChecksum, assertNew } from './addresses.ts';
export { ether, gwei, leastBalanceEther } from './amounts.ts';
export { ConfigError, type ConfigProblem, joined } from './ConfigError.ts';
export { allOf, eachEntry, entriesOf } from './entries.ts';
export { milliseconds, positiveInteger, seconds, wholeNumber } from './numbers.ts';
export { parsed, Refusal, type Variable } from './parsed.ts';
export {
  type LoadedConfig,
  type LoadOptions,
  loadConfig,
  type NameOf,
  type ParsedEnv,
  parseEnv,
} from './parseEnv.ts';
export { renderEnvExample } from './renderEnvExample.ts';
export { renderEnvTable } from './renderEnvTable.ts';
export type { Env } from './resolveRaw.ts';
export {
  distinctEndpoints,
  endpointList,
  endpointsOf,
  type RpcEndpoint,
  rpcVariables,
} from './rpcVariables.ts';
export { runtimeVariables } from './runtimeVariables.ts';
export { Secret } from './Secret.ts';
export { oneSigner, signerVariables } from './signerVariables.ts';
export { together } from './together.ts';
export { transactionVariables } from './transactionVariables.ts';
export { nearest } from './typoWarnings.ts';
export { httpUrl, mailServerUrl, secretUrl } from './urls.ts';
export {
  aliased,
  type Declaration,
  declarations,
  spellingsOf,
  type VariableMeta,
  variable,
} from './variable.ts';
export { choice, flag, password, secretText, text } from './words.ts';
