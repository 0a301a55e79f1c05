import type { Endpoint } from './Endpoint.ts';
import { type Header, headerIn } from './header.ts';

/** Asks one endpoint for the result of one call. Rejects when there is none. */
export type Lookup = (endpoint: Endpoint, method: string, params: unknown[]) => Promise<unknown>;

/** A head, and the endpoint that tells it. */
export interface HeadClaim {
  endpoint: Endpoint;
  number: number;
}

/** Two nodes of one chain may have different blocks at the tip, and the same ones so far below it. */
const settledDepth = 16;
/** A lead of more blocks than this takes time on every chain; fewer may share a second. */
const manyBlocks = 1_000;
/** The table's block time may be wrong by so much. */
const blockTimeMargin = 20;
/** A node's clock may be wrong by so much. */
const clockToleranceSeconds = 3_600;

/**
 * Looks for proof that a head cannot be true although another working endpoint is behind it.
 * @param rival the newest head among the other working endpoints, told just now
 * @returns why it cannot be true, to follow the endpoint's name; undefined when nothing speaks against it
 */
export async function doubtAgainstRival(
  lookup: Lookup,
  claim: HeadClaim,
  rival: HeadClaim,
  blockTimeMs: number,
): Promise<string | undefined> {
  const { endpoint, number } = claim;
  const told = `tells block ${number} as its head while ${rival.endpoint.label} is at ${rival.number}`;
  const depth = Math.max(rival.number - settledDepth, 0);
  const [head, parent, own, other] = await Promise.all([
    headerAt(lookup, endpoint, number),
    headerAt(lookup, endpoint, Math.max(number - 1, 0)),
    headerAt(lookup, endpoint, depth),
    headerAt(lookup, rival.endpoint, depth),
  ]);
  // An endpoint that cannot show the block it tells of is not believed against one that answers.
  if (!head) return `${told}, and does not have that block`;
  if (number > 0 && head.parentHash !== parent?.hash)
    return `${told}, and that block does not follow from the one before it`;
  if (own && other && own.hash !== other.hash)
    return `${told}, and has another block ${depth}: it is on another chain`;
  if (number - rival.number > manyBlocks && other) {
    const leastSeconds = ((number - depth) * blockTimeMs) / 1000 / blockTimeMargin;
    const nowSeconds = Date.now() / 1000;
    const isAhead = (header: Header) => header.timestamp > nowSeconds + clockToleranceSeconds;
    if (head.timestamp - other.timestamp < leastSeconds || (isAhead(head) && !isAhead(other)))
      return `${told}, and so many blocks cannot have been made by now`;
  }
  // One block has one number: a node that counts wrongly shows the other's block under its own.
  const elsewhere = await headerOf(lookup, rival.endpoint, head.hash);
  if (elsewhere && elsewhere.number !== number)
    return `${told}, and its block is number ${elsewhere.number} at ${rival.endpoint.label}`;
  return undefined;
}

/**
 * The same where no other endpoint can be asked. Behind one URL there may be several nodes, so a few blocks more or less
 * are believed.
 * @param last the newest head that was believed before
 * @param slackBlocks how many blocks are a few
 */
export async function doubtAlone(
  lookup: Lookup,
  { endpoint, number }: HeadClaim,
  last: number | undefined,
  slackBlocks: number,
): Promise<string | undefined> {
  if (last !== undefined && number < last) {
    // A chain that was set back does not have its old head any more.
    const old = await lookup(endpoint, 'eth_getBlockByNumber', [hex(last), false]).catch(() => null);
    return headerIn(old, last)
      ? `tells block ${number} as its head although it still has block ${last}`
      : undefined;
  }
  const at = Math.max(number - slackBlocks, 0);
  const block = await lookup(endpoint, 'eth_getBlockByNumber', [hex(at), false]).catch(() => undefined);
  // No answer is no proof.
  if (block === undefined || headerIn(block, at)) return undefined;
  return `tells block ${number} as its head and does not have block ${at}`;
}

function headerAt(lookup: Lookup, endpoint: Endpoint, number: number): Promise<Header | undefined> {
  return lookup(endpoint, 'eth_getBlockByNumber', [hex(number), false])
    .then(block => headerIn(block, number))
    .catch(() => undefined);
}

function headerOf(lookup: Lookup, endpoint: Endpoint, hash: string): Promise<Header | undefined> {
  return lookup(endpoint, 'eth_getBlockByHash', [hash, false])
    .then(block => headerIn(block))
    .catch(() => undefined);
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}
