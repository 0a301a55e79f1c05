import type { JsonRpcError } from 'ethers';

/**
 * What an endpoint's JSON-RPC error means for the caller.
 * - `answer`: about the request itself (a revert, a refused transaction): every healthy endpoint says the same
 * - `rate-limit`: this endpoint has had enough of us for now
 * - `too-large`: the request exceeds what this endpoint allows (log range, batch, response)
 * - `missing-block`: the endpoint does not have the block that was asked for; another may
 * - `unsupported`: the endpoint does not offer the method; another may
 * - `node-error`: this endpoint's own trouble; another may do better
 */
export type ErrorKind =
  | 'answer'
  | 'rate-limit'
  | 'too-large'
  | 'missing-block'
  | 'unsupported'
  | 'node-error';

const rateLimitCodes = new Set([429, -32005, -32007, -32029, -32090]);
const ownTroubleCodes = new Set([-32603, -32002, -32001]);

// Providers agree on no codes for these. Order matters: -32005 is used for "too many results" as well.
const tooLarge =
  /block range|range (is )?too (large|wide)|limited to an? [\d,]+ (block )?range|more than \d+ (results|logs)|exceeds? (the )?(max|limit|range|maximum)|max(imum)? (block )?range|batch (size )?(is )?too (large|big)|batch of more than|too many [^.]*\bbatch\b|too many results|response (size|(is )?too (large|big))|request entity too large|logs? matched by query exceeds/i;
const rateLimit =
  /rate.?limit|too many requests|limit exceeded|throughput|compute units|capacity|quota|slow down/i;
const missingBlock =
  /header (for hash )?not found|block .*not found|block .*could not be found|unknown block|missing trie node|no state available|state (is )?not available|historical state|block .*(not available|out of range)|BlockOutOfRange|hash .*not (currently )?canonical/i;

/** @param error the `error` member of a JSON-RPC answer */
export function classifyError({ code, message }: JsonRpcError['error']): ErrorKind {
  if (code === 3) return 'answer';
  const text = String(message ?? '');
  if (/revert|out ?of ?gas|EVM error|invalid opcode/i.test(text)) return 'answer';
  if (tooLarge.test(text)) return 'too-large';
  if (rateLimitCodes.has(code ?? 0) || rateLimit.test(text)) return 'rate-limit';
  if (missingBlock.test(text)) return 'missing-block';
  if (code === -32601) return 'unsupported';
  if (ownTroubleCodes.has(code ?? 0)) return 'node-error';
  return 'answer';
}

/** Nethermind's and OpenEthereum's: `VM execution error`, the revert in the data alone. */
const executionError = -32015;

/**
 * Whether it is the contract that refused, as every node would say. geth answers code 3, others -32000 with words such as
 * `execution reverted`. What runs out of gas may only have met this node's own limit.
 */
export function saysReverted({ code, message }: JsonRpcError['error']): boolean {
  return code === 3 || code === executionError || /\brevert(ed)?\b|invalid opcode/i.test(message ?? '');
}

/**
 * `Retry-After` in milliseconds from now; undefined when there is none that can be understood.
 * @param header seconds, or an HTTP date
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/**
 * How much a provider says it takes in one request, e.g. `exceed maximum block range: 1000`.
 * @param asked how much was refused; what was asked for stands in many refusals too
 * @returns undefined when it does not say, or when the answer was too large, which is about this request alone
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

/** The requests a second that a provider says it allows, e.g. `50/second request limit reached`; else undefined. */
export function allowedRate(message: string): number | undefined {
  const named = /(\d+)\s*(?:\/|requests? per |reqs?\/|calls? per |per )\s*s(?:ec(?:ond)?)?\b/i.exec(message);
  const value = Number(named?.[1]);
  return value > 0 ? value : undefined;
}
