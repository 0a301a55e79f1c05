import { settledWithin } from './connect.ts';
import type { Endpoint } from './Endpoint.ts';
import type { Lookup } from './headEvidence.ts';
import { type Believed, type Header, headerIn, isSameHeader } from './header.ts';

/**
 * The times of two blocks of one chain differ at most by this multiple of the time that their numbers make,
 * and this tolerance.
 */
const blockTimeMargin = 20;
const toleranceSeconds = 3_600;

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
  const what = `tells a head of block ${number}`;
  if (own && own.hash !== header.hash) return `${what} with another hash than it gives for that block`;
  if (number > 0 && parent && parent.hash !== header.parentHash)
    return `${what} that does not follow from the block before it`;
  for (const { rival, block } of others) {
    const doubt = block
      ? await doubtAgainst(header, block, rival, evidence)
      : await doubtByTime(header, rival, evidence);
    if (doubt !== undefined) return `${what} ${doubt}`;
  }
  return undefined;
}

/** Compares the header with another endpoint's block of the same number. */
async function doubtAgainst(
  header: Header,
  block: Header,
  rival: Endpoint,
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
  return ask(endpoint, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    .then(block => headerIn(block, number))
    .catch(() => undefined);
}
