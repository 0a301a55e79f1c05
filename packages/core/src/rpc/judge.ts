import type { JsonRpcError, JsonRpcPayload } from 'ethers';
import type { ChainFacts } from './ChainFacts.ts';
import {
  allowedRate,
  classifyError,
  type ErrorKind,
  requestMeaning,
  saysBrokenDown,
  saysRateLimited,
  saysTooOften,
} from './classifyError.ts';
import { EndpointFault, NodeError } from './exchange.ts';
import { repairedReceipt } from './receiptShape.ts';
import { type JsonRpcAnswer, wordsOf } from './reply.ts';
import { type Doubt, shapeOf } from './resultShapes.ts';

/**
 * How far an answer is believed, the best first.
 * - `final`: a result of the right shape, or a revert of a method that runs a contract's code
 * - `doubtful`: counts when no other endpoint gives a final one, or when two agree on it
 * - `lacking`: the endpoint reports that it lacks the answer, and why; another may have it
 * - `fault`: the endpoint's own failure
 */
export const grades = ['final', 'doubtful', 'lacking', 'fault'] as const;
export type Grade = (typeof grades)[number];

/** The judgement of one answer. Two doubtful answers agree when their meaning is the same. */
export interface Judgement {
  grade: Grade;
  kind: 'result' | Doubt | ErrorKind;
  meaning?: string | undefined;
}

const claims: ReadonlySet<Judgement['kind']> = new Set(['request', 'empty', 'no-base-fee', 'no-code']);

/** Returns whether an answer is one endpoint's claim, which another endpoint's result may disprove. */
export function isClaim(kind: Judgement['kind']): boolean {
  return claims.has(kind);
}

const final: Judgement = { grade: 'final', kind: 'result' };

/** Our own error code for a result that no node in working order sends. */
const wrongShape = -32603;

/**
 * Returns an answer in a usable form, and its judgement. A result of the wrong shape becomes an error; a
 * receipt gets the form that ethers takes.
 */
export function judge(
  payload: JsonRpcPayload,
  answer: JsonRpcAnswer,
  chain: ChainFacts,
): { answer: JsonRpcAnswer; judgement: Judgement } {
  if ('error' in answer) return { answer, judgement: judgeError(payload, answer.error) };
  const isReceipt = payload.method === 'eth_getTransactionReceipt';
  const shape = shapeOf(payload, answer.result, chain);
  if (shape === 'wrong')
    return { answer: misshapen(payload, answer), judgement: { grade: 'fault', kind: 'node-error' } };
  const usable = isReceipt ? { ...answer, result: repairedReceipt(answer.result) } : answer;
  if (shape === 'fits') return { answer: usable, judgement: final };
  return { answer: usable, judgement: { grade: 'doubtful', kind: shape, meaning: shape } };
}

/** The methods that run a contract's code: only for these a revert is an answer. */
const runsCode = /call|estimate|simulate|createAccessList/i;

function judgeError({ method }: JsonRpcPayload, error: JsonRpcError['error']): Judgement {
  const kind = classifyError(error);
  switch (kind) {
    case 'revert':
      if (!runsCode.test(method)) return { grade: 'fault', kind: 'node-error' };
      if (saysBrokenDown(error)) return { grade: 'doubtful', kind: 'request', meaning: 'breakdown' };
      return { grade: 'final', kind };
    case 'request':
      return { grade: 'doubtful', kind, meaning: requestMeaning(error) };
    case 'unsupported':
      return { grade: 'doubtful', kind, meaning: kind };
    case 'too-large':
    case 'missing-block':
    case 'pruned':
      return { grade: 'lacking', kind };
    default:
      return { grade: 'fault', kind };
  }
}

function misshapen(
  { method }: JsonRpcPayload,
  { id, result }: { id: number; result: unknown },
): JsonRpcError {
  const text = JSON.stringify(result) ?? 'nothing';
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return { id, error: { code: wrongShape, message: `the result of ${method} cannot be right: ${shown}` } };
}

/** The answers to a request, and the judgement of each. */
export interface JudgedReply {
  answers: JsonRpcAnswer[];
  judgements: readonly Judgement[];
  /** The kind of all answers; `result` where they differ. */
  kind: Judgement['kind'];
}

interface Received {
  /** The endpoint's name in texts. */
  label: string;
  payloads: readonly JsonRpcPayload[];
  /** An answer for each payload, in their order. */
  received: readonly JsonRpcAnswer[];
  chain: ChainFacts;
  /** Called with the requests a second that the endpoint allows, when its refusal states them. */
  onAllowedRate(perSecond: number): void;
}

/**
 * Judges the answers to a request.
 * @throws EndpointFault when the endpoint limits our requests, or answers each call with an error of its own
 */
export function judgeReply({ label, payloads, received, chain, onAllowedRate }: Received): JudgedReply {
  const judged = payloads.map((payload, i) => judge(payload, received[i] as JsonRpcAnswer, chain));
  const answers = judged.map(({ answer }) => answer);
  const judgements = judged.map(({ judgement }) => judgement);
  // A refused transaction is an answer, independent of its code: its words decide about the transaction.
  const isWrite = payloads.length === 1 && payloads[0]?.method === 'eth_sendRawTransaction';
  const limited = answers[judgements.findIndex(({ kind }) => kind === 'rate-limit')];
  if (limited && 'error' in limited && (!isWrite || saysRateLimited(limited.error.message))) {
    const perSecond = allowedRate(limited.error.message ?? '');
    if (perSecond !== undefined) onAllowedRate(perSecond);
    throw new EndpointFault(label, 'rate-limit', {
      what: `limits our requests: ${wordsOf(limited.error)}`,
      said: answers,
      // `limit exceeded` is said of a range of blocks as well.
      mayBeSize: !saysTooOften(limited.error),
      // Some gateways count each call of a batch, and answer as many as are left.
      answered: finalFromStart(judgements),
    });
  }
  const [first] = judgements;
  const isShared = judgements.every(({ kind }) => kind === first?.kind);
  // A single failed call of a batch is no sign of the endpoint's health.
  if (!isWrite && judgements.length > 0 && judgements.every(({ grade }) => grade === 'fault'))
    throw new NodeError(label, answers);
  return { answers, judgements, kind: isShared ? (first?.kind ?? 'result') : 'result' };
}

/** Returns how many judgements, from the first on, are final. */
export function finalFromStart(judgements: readonly Judgement[]): number {
  const first = judgements.findIndex(({ grade }) => grade !== 'final');
  return first === -1 ? judgements.length : first;
}

/** Returns the worse of two grades. */
export function worse(a: Grade, b: Grade): Grade {
  return grades.indexOf(a) > grades.indexOf(b) ? a : b;
}
