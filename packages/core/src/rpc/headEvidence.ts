import type { Endpoint } from './Endpoint.ts';
import { type Header, headerIn } from './header.ts';

/** Returns the result of one call to one endpoint. Rejects when there is none. */
export type Lookup = (endpoint: Endpoint, method: string, params: unknown[]) => Promise<unknown>;

/** A head, and the endpoint that reported it. */
export interface HeadClaim {
  endpoint: Endpoint;
  number: number;
}

/** Two nodes of one chain may have different blocks at the tip, and have the same blocks at this depth. */
const settledDepth = 16;
/** A lead of more blocks than this takes time on every chain; fewer blocks may share a second. */
const manyBlocks = 1_000;
/** The table's block time may be wrong by this factor. */
const blockTimeMargin = 20;
/** A node's clock may be wrong by this much. */
const clockToleranceSeconds = 3_600;

/**
 * Looks for proof that a head cannot be true although another working endpoint is behind it.
 * @param rival the newest head among the other working endpoints, reported just now
 * @returns why the head cannot be true, in words that follow the endpoint's name; undefined without such
 * proof
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
  // An endpoint that cannot show the block of its own head is not believed against one that answers.
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
  // A block has a single number: a node that counts wrongly shows the rival's block under its own number.
  const elsewhere = await headerOf(lookup, rival.endpoint, head.hash);
  if (elsewhere && elsewhere.number !== number)
    return `${told}, and its block is number ${elsewhere.number} at ${rival.endpoint.label}`;
  return undefined;
}

/**
 * Looks for such proof where no other endpoint can be asked. There may be several nodes behind one URL, so a
 * few blocks more or less are believed.
 * @param last the newest head that was believed before
 * @param slackBlocks the number of blocks that count as a few
 */
export async function doubtAlone(
  lookup: Lookup,
  { endpoint, number }: HeadClaim,
  last: number | undefined,
  slackBlocks: number,
): Promise<string | undefined> {
  if (last !== undefined && number < last) {
    // A chain that was reset does not have its old head any more.
    const old = await lookup(endpoint, 'eth_getBlockByNumber', [hex(last), false]).catch(() => null);
    return headerIn(old, last)
      ? `tells block ${number} as its head although it still has block ${last}`
      : undefined;
  }
  const at = Math.max(number - slackBlocks, 0);
  const block = await lookup(endpoint, 'eth_getBlockByNumber', [hex(at), false]).catch(() => undefined);
  // A missing answer is no proof.
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
