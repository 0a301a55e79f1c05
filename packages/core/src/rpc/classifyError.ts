import type { JsonRpcError } from 'ethers';

/**
 * The meaning of a JSON-RPC error for the caller. Only known causes have a kind of their own. Every other
 * error is `node-error`, so that an error in unknown words never ends a call while another endpoint can be
 * asked.
 * - `revert`: the contract refused, as it would on every node; the only error that is final by itself
 * - `request`: about the request itself (no funds, too little gas, a wrong parameter): final when two
 *   endpoints agree
 * - `unsupported`: the endpoint does not offer the method: final when two endpoints agree
 * - `too-large`: the request exceeds the endpoint's limit (log range, batch, response)
 * - `missing-block`: the endpoint does not have the block yet; another endpoint may
 * - `pruned`: the endpoint no longer has the state or the block; an archive node does
 * - `rate-limit`: the endpoint limits our requests at present
 * - `node-error`: any other error: a fault of this endpoint
 */
export type ErrorKind =
  | 'revert'
  | 'request'
  | 'unsupported'
  | 'too-large'
  | 'missing-block'
  | 'pruned'
  | 'rate-limit'
  | 'node-error';

const rateLimitCodes = new Set([429, -32005, -32007, -32029, -32090]);

// Providers have no common codes for these. The order matters: -32005 is used for "too many results" as well.
const tooLarge =
  /block range|range (is )?too (large|wide)|limited to an? [\d,]+ (block )?range|more than \d+ (results|logs)|exceeds? (the )?(max|limit|range|maximum)|max(imum)? (block )?range|batch (size )?(is )?too (large|big)|batch of more than|too many [^.]*\bbatch\b|too many results|response (size|(is )?too (large|big))|request entity too large|logs? matched by query exceeds/i;
const rateLimit =
  /rate.?limit|too many requests|limit exceeded|throughput|compute units|capacity|quota|slow down/i;
const tooOften =
  /rate|too many requests|per (second|minute|hour|day|month)|\d\/s|throughput|requests?\b.{0,20}\blimit|capacity|quota|credits?|slow down|\brps\b/i;
const missingBlock =
  /header (for hash )?not found|block .*not found|block .*could not be found|unknown block|block .*(not available|out of range)|BlockOutOfRange|hash .*not (currently )?canonical/i;
const pruned =
  /pruned|missing trie node|no state available|state (is )?not available|historical (state|data|backend)|state .*(unavailable|missing|not (found|exist))|archive/i;
const unsupported =
  /method .{0,60}(not (found|supported|available|allowed|whitelisted|implemented|exist)|unsupported|disabled)|(unsupported|unknown|unrecognized|no such) (rpc )?method|not implemented/i;

/**
 * The wordings of a contract's revert by geth, Erigon, Besu, Nethermind, Parity, reth, hardhat, ganache and
 * others.
 */
const reverts: readonly RegExp[] = [
  /\bexecution\b.{0,20}\brevert/i,
  /^\W*(the )?((transaction|call|contract|message|vm) )?(was |has been |would )?revert(ed)?\b/i,
  /\brevert(ed)? (reason|with|without)\b|\bEvmError: ?Revert|CONTRACT_REVERT/i,
  /VM exception .*\b(revert|invalid (opcode|jump))/i,
  /^\W*(VM|transaction) execution error\b(?!.*gas)/i,
];
/** The wordings of a contract that breaks down: as final as a revert. */
const breakdown =
  /invalid (fe )?opcode|invalid ?(fe|jump)(opcode)?\b|invalid jump destination|bad (jump destination|instruction)|opcodenotfound|stack ?(underflow|overflow)|stack limit reached|write protection|return data out of bounds|state ?change ?during ?static ?call|max call depth/i;

/**
 * The meanings of errors about the request itself: two endpoints agree when the meaning is the same, in any
 * words.
 */
const meanings: readonly [string, RegExp][] = [
  [
    'funds',
    /insufficient ?(funds|balance)|not enough (funds|balance)|exceeds? (the )?((account|sender)'?s? )?balance|upfront cost/i,
  ],
  [
    'gas',
    /out ?of ?gas|gas required exceeds|intrinsic ?gas|gas ?limit (is )?too|(exceeds?|above|over) (the )?(block )?(gas ?limit|gas ?cap|gas ?allowance)|block gas limit|gas limit exceeded|not enough gas|always failing transaction|gas uint64 overflow|gas too (low|high)/i,
  ],
  [
    'fee',
    /underpriced|(less|lower|below|higher|greater|above|exceeds?).{0,30}(base ?fee|fee ?cap|gas ?price|fee ?per ?gas)|fee ?cap ?(is )?(too|less)/i,
  ],
  ['nonce', /nonce (is )?(too|below|above|already)|invalid (transaction )?nonce/i],
  [
    'parameters',
    /invalid (argument|param|address|hex|block (number|tag|id|param)|filter|topic|data|signature|sender|chain ?id|type|length)|unmarshal|cannot parse|without 0x|missing (value for )?(the )?(required )?(argument|param|field|0x)|too (many|few) (arguments|param)|wrong number of (arguments|param)|hex string|odd length|unknown (field|variant)|invalid type|did not match any variant/i,
  ],
  ['creation', /init ?code|code size|oversized data|not an? EOA|type not supported/i],
];
const invalidParams = -32602;

/** Classifies an error. @param error the `error` member of a JSON-RPC answer */
export function classifyError(error: JsonRpcError['error']): ErrorKind {
  if (saysReverted(error)) return 'revert';
  const code = Number(error.code ?? 0);
  const text = textOf(error);
  if (tooLarge.test(text) && !/gas|balance/i.test(text)) return 'too-large';
  if (code === -32601 || unsupported.test(text)) return 'unsupported';
  if (pruned.test(text) || code === 4444) return 'pruned';
  if (missingBlock.test(text)) return 'missing-block';
  if (requestMeaning(error) !== undefined) return 'request';
  if (rateLimitCodes.has(code) || rateLimit.test(text)) return 'rate-limit';
  return 'node-error';
}

/**
 * Returns the meaning of an error about the request itself; undefined when the error is not recognised as
 * one.
 */
export function requestMeaning(error: JsonRpcError['error']): string | undefined {
  const text = textOf(error);
  const known = meanings.find(([, wording]) => wording.test(text))?.[0];
  if (known !== undefined) return known;
  // Code 3 and -32015 are for failures inside the EVM.
  if (error.code === 3 || error.code === executionError) return 'execution';
  return error.code === invalidParams ? 'parameters' : undefined;
}

/** Nethermind's and OpenEthereum's code: `VM execution error`, with the revert in the data alone. */
const executionError = -32015;

/**
 * Returns whether the contract refused, as it would on every node, by the words or by the revert's data. A
 * code alone is no proof, and a call that runs out of gas may only have exceeded this node's own limit.
 */
export function saysReverted(error: JsonRpcError['error']): boolean {
  const text = textOf(error);
  if (/out ?of ?gas/i.test(text) && !reverts.some(wording => wording.test(text))) return false;
  return carriesRevertData(error) || breakdown.test(text) || reverts.some(wording => wording.test(text));
}

/**
 * Returns whether the words alone say that the contract broke down. A node that breaks down itself uses the
 * same words, e.g. `stack overflow`.
 */
export function saysBrokenDown(error: JsonRpcError['error']): boolean {
  const text = textOf(error);
  return !carriesRevertData(error) && breakdown.test(text) && !reverts.some(wording => wording.test(text));
}

/**
 * A selector and whole words, as Solidity reverts with. Other data mean a revert only beside an execution
 * code.
 */
const revertData = /^(reverted )?0x[0-9a-f]{8}([0-9a-f]{64})*$/i;

function carriesRevertData({ code, data }: JsonRpcError['error'] & { data?: unknown }): boolean {
  // Hardhat nests the data.
  const inner = typeof data === 'object' && data !== null && 'data' in data ? data.data : data;
  if (typeof inner !== 'string') return false;
  if (revertData.test(inner)) return true;
  return (code === 3 || code === executionError) && /^(reverted )?0x[0-9a-f]*$|^revert/i.test(inner);
}

function textOf({ message }: JsonRpcError['error']): string {
  return String(message ?? '');
}

/**
 * Returns the size that a provider says it accepts in one request, e.g. `exceed maximum block range: 1000`.
 * @param asked the size that was refused, which stands in many refusals too
 * @returns undefined without a figure, or when the answer was too large, which is about this request alone
 */
export function allowedSize(message: string, asked: number): number | undefined {
  if (/results|response|logs? matched/i.test(message)) return undefined;
  const named = message.matchAll(
    /(?:range|limit(?:ed)?(?: of| to)?|up to|maximum(?: of)?|max|more than)\D{0,40}?(\d[\d,_]*)\s*(k\b)?/gi,
  );
  const sizes = [...named].map(
    ([, digits = '', k]) => Number(digits.replace(/[,_]/g, '')) * (k === undefined ? 1 : 1_000),
  );
  const allowed = Math.max(...sizes.filter(size => size < asked));
  return allowed > 0 ? allowed : undefined;
}

/**
 * Returns the requests a second that a provider says it allows, e.g. `50/second request limit reached`;
 * otherwise undefined.
 */
export function allowedRate(message: string): number | undefined {
  const named = /(\d+)\s*(?:\/|requests? per |reqs?\/|calls? per |per )\s*s(?:ec(?:ond)?)?\b/i.exec(message);
  const value = Number(named?.[1]);
  return value > 0 ? value : undefined;
}

/** Returns whether the words, and not only the code, say that there were too many requests. */
export function saysRateLimited(message = ''): boolean {
  return rateLimit.test(message);
}

/** Returns whether a refusal for a limit is about the number of requests, and not about the size of this one. */
export function saysTooOften(error: JsonRpcError['error']): boolean {
  return tooOften.test(textOf(error));
}
