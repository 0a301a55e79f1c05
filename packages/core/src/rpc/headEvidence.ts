import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import { type Believed, type Header, headerIn, isSameHeader } from './header.ts';

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
/** A node's clock may be wrong by this much, and the times of two blocks of one chain may differ by it. */
const toleranceSeconds = 3_600;

/**
 * Looks for proof that a head cannot be true although another working endpoint is behind it.
 * @param against the newest head among the other working endpoints, reported just now
 * @returns why the head cannot be true, in words that follow the endpoint's name; undefined without such
 * proof
 */
export async function doubtAgainstRival(
  lookup: Lookup,
  claim: HeadClaim,
  { rival, blockTimeMs }: { rival: HeadClaim; blockTimeMs: number },
): Promise<string | undefined> {
  const { endpoint, number } = claim;
  const claimed = `reports block ${number} as its head while ${rival.endpoint.label} is at ${rival.number}`;
  const depth = Math.max(rival.number - settledDepth, 0);
  const [head, parent, own, other] = await Promise.all([
    headerAt(lookup, endpoint, number),
    headerAt(lookup, endpoint, Math.max(number - 1, 0)),
    headerAt(lookup, endpoint, depth),
    headerAt(lookup, rival.endpoint, depth),
  ]);
  // An endpoint that cannot show the block of its own head is not believed against one that answers.
  if (!head) return `${claimed}, and does not have that block`;
  if (number > 0 && head.parentHash !== parent?.hash)
    return `${claimed}, and that block does not follow from the one before it`;
  if (own && other && own.hash !== other.hash)
    return `${claimed}, and has another block ${depth}: it is on another chain`;
  if (number - rival.number > manyBlocks && other) {
    const leastSeconds = ((number - depth) * blockTimeMs) / 1000 / blockTimeMargin;
    const nowSeconds = Date.now() / 1000;
    const isAhead = (header: Header) => header.timestamp > nowSeconds + toleranceSeconds;
    if (head.timestamp - other.timestamp < leastSeconds || (isAhead(head) && !isAhead(other)))
      return `${claimed}, and so many blocks cannot have been made by now`;
  }
  // A block has a single number: a node that counts wrongly shows the rival's block under its own number.
  const elsewhere = await headerOf(lookup, rival.endpoint, head.hash);
  if (elsewhere && elsewhere.number !== number)
    return `${claimed}, and its block is number ${elsewhere.number} at ${rival.endpoint.label}`;
  return undefined;
}

/**
 * Looks for such proof where no other endpoint can be asked. There may be several nodes behind one URL, so a
 * few blocks more or less are believed.
 * @param known the newest head that was believed before, and the number of blocks that count as a few
 */
export async function doubtAlone(
  lookup: Lookup,
  { endpoint, number }: HeadClaim,
  { last, slackBlocks }: { last: number | undefined; slackBlocks: number },
): Promise<string | undefined> {
  if (last !== undefined && number < last) {
    // A chain that was reset does not have its old head any more.
    const old = await lookup(endpoint, 'eth_getBlockByNumber', [hex(last), false]).catch(() => null);
    return headerIn(old, last)
      ? `reports block ${number} as its head although it still has block ${last}`
      : undefined;
  }
  const at = Math.max(number - slackBlocks, 0);
  const block = await lookup(endpoint, 'eth_getBlockByNumber', [hex(at), false]).catch(() => undefined);
  // A missing answer is no proof.
  if (block === undefined || headerIn(block, at)) return undefined;
  return `reports block ${number} as its head and does not have block ${at}`;
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

interface Evidence {
  ask: Lookup;
  endpoint: Endpoint;
  /** The other working endpoints. */
  rivals: readonly Endpoint[];
  last: Believed | undefined;
  /** Whether the hash follows from the header's fields: then its time is the block's. */
  hasOwnHash: boolean;
  blockTimeMs: number;
  /** How long the other endpoints may take, in ms. */
  patienceMs: number;
}

/**
 * Looks for proof that the header of a head cannot be true, although its number can: in the endpoint's own
 * blocks, and in those of the others.
 * @returns why, in words that follow the endpoint's name; undefined without such proof
 */
export async function doubtAboutHeader(header: Header, evidence: Evidence): Promise<string | undefined> {
  const { endpoint, rivals, patienceMs } = evidence;
  const { number } = header;
  const others: { rival: Endpoint; block: Header | undefined }[] = [];
  const asking = rivals.map(async rival => {
    others.push({ rival, block: await blockAt(evidence, rival, number) });
  });
  const [own, parent] = await Promise.all([
    blockAt(evidence, endpoint, number),
    blockAt(evidence, endpoint, Math.max(number - 1, 0)),
    settledWithin(asking, patienceMs),
  ]);
  if (others.some(({ block }) => block && isSameHeader(block, header))) return undefined;
  const what = `reports a head of block ${number}`;
  if (own && own.hash !== header.hash) return `${what} with another hash than it gives for that block`;
  if (number > 0 && parent && parent.hash !== header.parentHash)
    return `${what} that does not follow from the block before it`;
  for (const { rival, block } of others) {
    const doubt = block
      ? await doubtAgainst(header, { block, rival }, evidence)
      : await doubtByTime(header, rival, evidence);
    if (doubt !== undefined) return `${what} ${doubt}`;
  }
  return undefined;
}

/** Compares the header with another endpoint's block of the same number. */
async function doubtAgainst(
  header: Header,
  { block, rival }: { block: Header; rival: Endpoint },
  evidence: Evidence,
): Promise<string | undefined> {
  const isFarther = distanceFromNow(header) > distanceFromNow(block);
  const isApart = Math.abs(header.timestamp - block.timestamp) > toleranceSeconds;
  const isSameBlock = header.hash === block.hash;
  if (!evidence.hasOwnHash && (isSameBlock || isApart) && header.timestamp !== block.timestamp && isFarther)
    return `with the time ${header.timestamp}, and ${rival.label} with ${block.timestamp}`;
  if (isSameBlock || !evidence.last || evidence.last.header.number >= header.number) return undefined;
  // A branch that holds the last head goes on. A branch without the last head replaced the other one in a
  // reorganisation.
  const { number, hash } = evidence.last.header;
  const [own, other] = await Promise.all(
    [evidence.endpoint, rival].map(each => blockAt(evidence, each, number)),
  );
  return own && other && own.hash !== hash && other.hash === hash
    ? `of another chain than ${rival.label}, which has the head before it`
    : undefined;
}

/** Compares the header with the newest block of an endpoint that does not have a block of that number. */
async function doubtByTime(
  header: Header,
  rival: Endpoint,
  { ask, blockTimeMs, hasOwnHash }: Evidence,
): Promise<string | undefined> {
  if (hasOwnHash) return undefined;
  const latest = headerIn(await ask(rival, 'eth_getBlockByNumber', ['latest', false]).catch(() => undefined));
  if (!latest) return undefined;
  const mostSeconds =
    (Math.abs(header.number - latest.number) * blockTimeMs * blockTimeMargin) / 1_000 + toleranceSeconds;
  const isApart = Math.abs(header.timestamp - latest.timestamp) > mostSeconds;
  return isApart && distanceFromNow(header) > distanceFromNow(latest)
    ? `with the time ${header.timestamp}, and ${rival.label} is at ${latest.timestamp} with block ${latest.number}`
    : undefined;
}

function distanceFromNow({ timestamp }: Header): number {
  return Math.abs(Date.now() / 1_000 - timestamp);
}

function blockAt({ ask }: Evidence, endpoint: Endpoint, number: number): Promise<Header | undefined> {
  return ask(endpoint, 'eth_getBlockByNumber', [hex(number), false])
    .then(block => headerIn(block, number))
    .catch(() => undefined);
}
