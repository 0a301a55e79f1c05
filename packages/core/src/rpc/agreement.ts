import { type Chunk, InconclusiveAnswer } from './chunks.ts';
import type { Endpoint } from './Endpoint.ts';
import { EndpointFault, NodeError } from './exchange.ts';
import { grades, isClaim, type Judgement } from './judge.ts';
import type { JsonRpcAnswer } from './reply.ts';

/**
 * Returns whether a second endpoint with the same answer settles a doubt. For an answer that may be unknown
 * yet, every endpoint is asked.
 */
const settles = ({ grade, kind }: Judgement) => grade === 'doubtful' && kind !== 'unknown';

/**
 * Combines the answers on which endpoints agree: each is final by itself, or has the same meaning at two
 * endpoints.
 * @returns undefined while some call has no such answer
 */
export function agreedChunk(inconclusive: readonly InconclusiveAnswer[]): Chunk | undefined {
  return combined(inconclusive, found => {
    const final = found.find(({ judgement }) => judgement.grade === 'final');
    if (final) return final;
    return found.find(({ judgement, answer }, i) =>
      found.slice(i + 1).some(other => {
        const isSame =
          settles(judgement) && settles(other.judgement) && judgement.meaning === other.judgement.meaning;
        return isSame && 'result' in answer === 'result' in other.answer;
      }),
    );
  });
}

/** Returns the best answer to each call that any of the endpoints gave; at the same grade, the first one. */
export function bestChunk(inconclusive: readonly InconclusiveAnswer[]): Chunk | undefined {
  const untroubled = inconclusive.filter(({ fault }) => fault === undefined);
  return combined(untroubled.length > 0 ? untroubled : inconclusive, found =>
    grades
      .map(grade => found.find(({ judgement }) => judgement.grade === grade))
      .find(each => each !== undefined),
  );
}

/**
 * Returns the endpoints whose doubtful answer was shown to be wrong by another endpoint's final result, with
 * their answers.
 */
export function contradicted(
  inconclusive: readonly InconclusiveAnswer[],
  { from, count, answers }: Chunk,
): InconclusiveAnswer[] {
  return inconclusive.filter(({ chunk, judgements }) => {
    if (chunk.from !== from || chunk.count !== count) return false;
    return judgements.some(({ kind }, i) => {
      const [own, better] = [chunk.answers[i], answers[i]];
      if (!isClaim(kind) || !better || !('result' in better) || better.result === '0x') return false;
      // Two equal results do not contradict each other.
      return !own || !('result' in own) || JSON.stringify(own.result) !== JSON.stringify(better.result);
    });
  });
}

/** Returns whether every call has an answer that counts when no endpoint gives a better one. */
export function isAnswer(failure: unknown): boolean {
  return (
    failure instanceof InconclusiveAnswer &&
    failure.judgements.every(({ grade }) => grade === 'final' || grade === 'doubtful')
  );
}

/** Returns whether every endpoint that is not down has answered, each with an error. */
export function allAnswered(failures: readonly unknown[], endpoints: readonly Endpoint[]): boolean {
  const down = new Set(endpoints.filter(({ breaker }) => breaker.isOpen).map(({ label }) => label));
  const isDown = (failure: unknown) => failure instanceof EndpointFault && down.has(failure.endpoint);
  const hasAnswered = (failure: unknown) => failure instanceof NodeError;
  return failures.some(hasAnswered) && failures.every(failure => hasAnswered(failure) || isDown(failure));
}

interface Found {
  answer: JsonRpcAnswer;
  judgement: Judgement;
}

/** Combines the answers of several endpoints to the same calls. @param pick selects the answer for a call */
function combined(
  inconclusive: readonly InconclusiveAnswer[],
  pick: (found: Found[]) => Found | undefined,
): Chunk | undefined {
  const [first] = inconclusive;
  if (!first) return undefined;
  const { from, count, answers } = first.chunk;
  // An endpoint with a lower limit answered other calls than these.
  const same = inconclusive.filter(({ chunk }) => chunk.from === from && chunk.count === count);
  const picked = answers.map((_, i) =>
    pick(
      same.flatMap(({ chunk, judgements }) => {
        const answer = chunk.answers[i];
        const judgement = judgements[i];
        return answer && judgement ? [{ answer, judgement }] : [];
      }),
    ),
  );
  if (!picked.every(each => each !== undefined)) return undefined;
  return { from, count, answers: picked.map(({ answer }) => answer) };
}
