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
  /block range|range (is )?too (large|wide)|more than \d+ (results|logs)|exceeds? (the )?(max|limit|range|maximum)|max(imum)? (block )?range|batch (size )?(is )?too (large|big)|too many (results|calls in batch)|response size|request entity too large|logs? matched by query exceeds/i;
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

/**
 * `Retry-After` in milliseconds from now; undefined when there is none that can be understood.
 * @param header seconds, or an HTTP date
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/** The block range a provider says it allows, e.g. `exceed maximum block range: 1000`; undefined when it does not say. */
export function allowedRange(message: string): number | undefined {
  const named = /(?:range|limited to|up to|maximum(?: of)?|max)\D{0,40}?(\d[\d,_]*)\s*(k\b)?/i.exec(message);
  if (!named?.[1]) return undefined;
  const value = Number(named[1].replace(/[,_]/g, '')) * (named[2] ? 1_000 : 1);
  return value > 0 && value <= 1_000_000 ? value : undefined;
}

/** The requests a second that a provider says it allows, e.g. `50/second request limit reached`; else undefined. */
export function allowedRate(message: string): number | undefined {
  const named = /(\d+)\s*(?:\/|requests? per |reqs?\/|calls? per |per )\s*s(?:ec(?:ond)?)?\b/i.exec(message);
  const value = Number(named?.[1]);
  return value > 0 ? value : undefined;
}
