import type { JsonRpcPayload } from 'ethers';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, type JsonRpcAnswer } from './exchange.ts';
import { meaningOf, type RefusalMeaning } from './refusalWordings.ts';

/** An endpoint's refusal of a transaction. */
export interface Refusal {
  /** The endpoint's label. */
  endpoint: string;
  /** Undefined for words that are not in the table, and for a result that is not the transaction's hash. */
  meaning: Exclude<RefusalMeaning, 'already-known' | 'no-reply'> | undefined;
  said: string;
  /** Whether the endpoint refused because it limits our requests, so that it did not look at the transaction. */
  isLimit?: true;
}

/** The result of sending a transaction to several endpoints. */
export interface BroadcastAttempt {
  /** Whether an endpoint has accepted the transaction. */
  accepted: boolean;
  refusals: Refusal[];
  /** Faults of the endpoints without a reply; each of them may have the transaction or not. */
  unanswered: unknown[];
}

interface AttemptOptions {
  /** Sends one request to one endpoint. @throws when there is no answer */
  ask(endpoint: Endpoint, payload: JsonRpcPayload): Promise<JsonRpcAnswer>;
  /** Returns how long an endpoint without an answer is still waited for, in ms. */
  secondOpinionLeftMs(endpoint: Endpoint): number;
  /** How long the other endpoints are waited for after the first reply that is no acceptance, in ms. */
  stragglerMs: number;
  /** How long all requests together may take, in ms. */
  mostMs: number;
  clock: Clock;
  /** Called when an endpoint has accepted the bytes, also after the end. */
  onAccepted(): void;
  /** Called when an endpoint reports that it has the transaction already. */
  onClaim(endpoint: Endpoint): void;
}

/**
 * Sends signed bytes to all endpoints side by side. It ends as soon as one of them has accepted the bytes;
 * the other requests go on in the background, so that the transaction is spread. An endpoint that hangs
 * delays neither a refusal nor the next attempt.
 */
export function broadcastOnce(
  endpoints: readonly Endpoint[],
  {
    hash,
    payload,
    ask,
    secondOpinionLeftMs,
    stragglerMs,
    mostMs: allTogetherMs,
    clock,
    onAccepted,
    onClaim,
  }: { hash: string; payload: JsonRpcPayload } & AttemptOptions,
): Promise<BroadcastAttempt> {
  const refusals: Refusal[] = [];
  const unanswered: unknown[] = [];
  const claims: unknown[] = [];
  const missing = new Set(endpoints);
  const over = new AbortController();
  const isClaimBelieved = () => claims.length > 0 && !refusals.some(contradictsClaim);
  return new Promise(resolve => {
    const end = (accepted: boolean) => {
      if (accepted) onAccepted();
      if (over.signal.aborted) return;
      over.abort();
      const late = accepted ? [] : [...missing].map(({ label }) => new StillSilent(label));
      resolve({ accepted, refusals: [...refusals], unanswered: [...unanswered, ...claims, ...late] });
    };
    const endAfter = (ms: number) => {
      void clock.sleep(ms, over.signal).then(() => end(isClaimBelieved()));
    };
    let firstAtMs: number | undefined;
    const answered = (endpoint: Endpoint, said: JsonRpcAnswer | undefined, fault?: unknown) => {
      const verdict = said && verdictOf(endpoint.label, hash, said);
      if (verdict === 'accepted') return end(true);
      missing.delete(endpoint);
      if (verdict instanceof Claim) {
        claims.push(verdict);
        onClaim(endpoint);
      }
      // A limited endpoint does not have the transaction.
      else if (fault instanceof EndpointFault && fault.kind === 'rate-limit')
        refusals.push({ endpoint: endpoint.label, meaning: 'busy', said: fault.what, isLimit: true });
      // Beside a fault, only known words count.
      else if (verdict && !(verdict instanceof EndpointFault) && !(fault && verdict.meaning === undefined))
        refusals.push(verdict);
      else unanswered.push(fault ?? verdict);
      if (missing.size === 0 || over.signal.aborted) return end(isClaimBelieved());
      const nowMs = clock.monotonicMs();
      firstAtMs ??= nowMs;
      const isTold = refusals.length > 0 || claims.length > 0;
      // Faults alone say nothing about the transaction, so each of the other endpoints has its time.
      const worthMs = isTold ? Math.max(...[...missing].map(secondOpinionLeftMs)) : stragglerMs;
      endAfter(Math.min(worthMs, firstAtMs + stragglerMs - nowMs));
    };
    for (const endpoint of endpoints)
      ask(endpoint, payload).then(
        answer => answered(endpoint, answer),
        // A refusal may come with a status that makes its body an error of the endpoint: its words still
        // count.
        error => {
          const said = error instanceof EndpointFault ? error.said?.[0] : undefined;
          answered(endpoint, said && 'error' in said ? said : undefined, error);
        },
      );
    endAfter(allTogetherMs);
  });
}

/**
 * The claim of an endpoint that it has the transaction already. The claim counts as acceptance, unless
 * another endpoint refuses the transaction and none knows its hash: then one of the two is wrong, and the
 * slot is not held for a mere claim.
 */
class Claim extends EndpointFault {
  constructor(endpoint: string) {
    super(endpoint, 'soft', { what: 'says that it has the transaction already' });
  }
}

/**
 * Returns whether a refusal contradicts such a claim. A used nonce may be used by this very transaction; a
 * busy pool and unknown words are no contradiction.
 */
function contradictsClaim({ meaning }: Refusal): boolean {
  return meaning !== undefined && meaning !== 'busy' && meaning !== 'nonce-used';
}

/** An endpoint that has not replied to a transaction yet. */
class StillSilent extends EndpointFault {
  constructor(endpoint: string) {
    super(endpoint, 'soft', { what: 'has not replied yet' });
  }
}

function verdictOf(
  endpoint: string,
  hash: string,
  answer: JsonRpcAnswer,
): 'accepted' | Refusal | EndpointFault {
  if ('result' in answer) {
    if (String(answer.result).toLowerCase() === hash) return 'accepted';
    const said = `answered ${shortened(JSON.stringify(answer.result) ?? 'nothing')} and not the transaction's hash`;
    return { endpoint, meaning: undefined, said };
  }
  const said = shortened(reasonIn(answer.error));
  const meaning = meaningOf(said);
  if (meaning === 'already-known') return new Claim(endpoint);
  if (meaning === 'no-reply') return new EndpointFault(endpoint, 'soft', { what: `got no reply: ${said}` });
  return { endpoint, meaning, said };
}

/** Returns the words of an error. Some nodes put the reason into `data`, beside a message without content. */
function reasonIn({ code, message, data }: { code?: unknown; message?: unknown; data?: unknown }): string {
  const text = typeof message === 'string' && message !== '' ? message : `error ${String(code)}`;
  return typeof data === 'string' && data !== '' && !data.startsWith('0x') ? `${text}: ${data}` : text;
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** Returns whether the endpoint may have received the bytes although it did not reply. */
export function mayHaveArrived(fault: unknown): boolean {
  if (!(fault instanceof EndpointFault)) return true;
  return !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|serves chain/.test(reasonOf(fault));
}
