import { BotError, reasonOf } from '@service-bots/core/errors';
import {
  type BatchReader,
  type Block,
  type FailoverProvider,
  type Read,
  type ReadResult,
  readAtHead,
} from '@service-bots/core/rpc';
import { poolReads } from './prizePool.ts';
import { type Asked, askedOf, type NumberedRound, type Round, roundOf, timeOf } from './rounds.ts';

/** The views of a pool's contract at one block. No single view is necessary: the others are used without it. */
export interface PoolState {
  /** Undefined where `nextExecutable` could not be read: the rounds' states then replace it. */
  due: Asked | undefined;
  /** The round that is open. */
  current: bigint;
  open: Round | undefined;
  /** The round before it; undefined for a pool's first. */
  previous: Round | undefined;
  /** Earlier rounds from the one that the contract asks for, the earliest first. */
  older: readonly NumberedRound[];
  /** When the open round becomes committable, by the chain's time in seconds since 1970. */
  eligibleAt: number | undefined;
  /** The time at which the round before it became committable. */
  previousEligibleAt: number | undefined;
  paused: boolean | undefined;
  /** Views that could not be read, or returned impossible values. */
  unread: readonly UnreadView[];
}

export interface UnreadView {
  /** `getRoundInfo(7)` */
  view: string;
  reason: string;
}

/** Every round that could be read, the earliest first. */
export function knownRounds({ current, open, previous, older }: PoolState): NumberedRound[] {
  return [
    ...older,
    ...(previous ? [{ number: current - 1n, ...previous }] : []),
    ...(open ? [{ number: current, ...open }] : []),
  ];
}

/** The rounds of one pool to read. */
export interface PoolQuestion {
  address: string;
  /** The open round, as last known. */
  current: bigint;
  /** The round that the contract asked for, when it was older than the previous one. */
  oldestDue: bigint | undefined;
}

export interface Snapshot {
  block: Block;
  /** For each question, in their order: the state, or the reason why nothing could be read. */
  pools: (PoolState | BotError)[];
  /** Undefined when no wallet was asked for, or it could not be read. */
  walletWei: bigint | undefined;
}

/**
 * The highest number of rounds before the previous one that are read when the contract asks for an old round.
 * The contract names only that round, although later rounds may be due as well.
 */
const mostOlderRounds = 8n;

/**
 * Reads all pools and the wallet at the head, in one request as long as no pool has opened another round
 * since the last reading.
 */
export async function readSnapshot(
  { provider, reader }: { provider: FailoverProvider; reader: BatchReader },
  questions: readonly PoolQuestion[],
  wallet: string | undefined,
): Promise<Snapshot> {
  const balance = wallet === undefined ? undefined : reader.balanceOf(wallet);
  // Without Multicall3 the balance is a separate request. No read waits for it: a balance that cannot be read
  // is undefined.
  const asking =
    wallet !== undefined && !balance ? provider.getBalance(wallet).catch(() => undefined) : undefined;
  const views = questions.map(viewsOf);
  const { block, results } = await readAtHead<unknown>(provider, reader, [
    ...(balance ? [balance] : []),
    ...views.flat().map(({ read }) => read),
  ]);
  const walletResult = balance ? (results.shift() as ReadResult<bigint>) : undefined;
  const answers = questions.map((question, i) =>
    answersOf(question, views[i] as View[], results.splice(0, views[i]?.length)),
  );
  const moved = answers.flatMap((answer, i) => {
    const question = questionAfter(answer);
    return question ? [{ i, question, views: viewsOf(question) }] : [];
  });
  if (moved.length > 0) {
    const rest = await reader.read<unknown>(
      block,
      moved.flatMap(({ views }) => views.map(({ read }) => read)),
    );
    for (const { i, question, views } of moved)
      answers[i] = answersOf(question, views, rest.splice(0, views.length));
  }
  const walletWei = walletResult?.ok ? walletResult.value : await asking;
  return { block, pools: answers.map(stateOf), walletWei };
}

interface View {
  name: string;
  read: Read<unknown>;
}

/** The answers for one pool. */
interface Answers {
  question: PoolQuestion;
  results: ReadonlyMap<string, ReadResult<unknown>>;
}

const viewNames = {
  due: 'nextExecutable()',
  current: 'currentRoundId()',
  paused: 'paused()',
  info: (round: bigint) => `getRoundInfo(${round})`,
  eligibleAt: (round: bigint) => `getCommitAfterTime(${round})`,
};

function viewsOf(question: PoolQuestion): View[] {
  const { address, current } = question;
  const times = current > 1n ? [current, current - 1n] : [current];
  return [
    { name: viewNames.due, read: poolReads.nextExecutable(address) },
    { name: viewNames.current, read: poolReads.currentRoundId(address) },
    { name: viewNames.paused, read: poolReads.paused(address) },
    ...[...times, ...olderRounds(question)].map(round => ({
      name: viewNames.info(round),
      read: poolReads.roundInfo(address, round),
    })),
    ...times.map(round => ({
      name: viewNames.eligibleAt(round),
      read: poolReads.commitAfterTime(address, round),
    })),
  ];
}

/**
 * Returns the round that the contract asks for, and those between it and the previous one: the newest of
 * them.
 */
function olderRounds({ current, oldestDue }: PoolQuestion): bigint[] {
  if (oldestDue === undefined || oldestDue >= current - 1n) return [];
  const nearest = current - 1n - mostOlderRounds;
  const from = nearest > oldestDue ? nearest : oldestDue;
  const between = Array.from({ length: Number(current - 1n - from) }, (_, i) => from + BigInt(i));
  return from === oldestDue ? between : [oldestDue, ...between];
}

function answersOf(
  question: PoolQuestion,
  views: readonly View[],
  results: readonly ReadResult<unknown>[],
): Answers {
  const missing: ReadResult<unknown> = { ok: false, reason: 'no answer' };
  return { question, results: new Map(views.map(({ name }, i) => [name, results[i] ?? missing])) };
}

/** Returns the question to ask instead, where the answers show that it named the wrong rounds. */
function questionAfter(answers: Answers): PoolQuestion | undefined {
  const { question } = answers;
  const { current, due } = readAnswers(answers, new Map());
  const oldestDue = due && due.action !== 'none' && due.round < current - 1n ? due.round : undefined;
  if (current === question.current && oldestDue === question.oldestDue) return undefined;
  return { ...question, current, oldestDue };
}

/** @param unread gets the views that could not be read, and why */
function readAnswers({ question, results }: Answers, unread: Map<string, string>) {
  const take = <T>(view: string, parse: (value: unknown) => T): T | undefined => {
    const result = results.get(view);
    try {
      if (result?.ok) return parse(result.value);
      unread.set(view, result?.reason ?? 'it was not asked');
    } catch (error) {
      unread.set(view, reasonOf(error));
    }
    return undefined;
  };
  const due = take(viewNames.due, askedOf);
  const said = take(viewNames.current, value => value as bigint);
  // With nothing due, or a commit, the contract names the open round.
  const named = due?.action === 'none' || due?.action === 'commit' ? due.round : undefined;
  return { take, due, current: said ?? named ?? question.current };
}

function stateOf(answers: Answers): PoolState | BotError {
  const { question } = answers;
  const unread = new Map<string, string>();
  const { take, due, current } = readAnswers(answers, unread);
  const roundAt = (round: bigint) => take(viewNames.info(round), roundOf);
  const eligibleAt = take(viewNames.eligibleAt(current), timeOf);
  const open = roundAt(current);
  if (due === undefined && open === undefined) {
    const [view, reason] = [...unread][0] ?? [viewNames.due, 'no answer'];
    return new BotError(`${question.address} could not be read: ${view}: ${reason}`);
  }
  const isFirst = current <= 1n;
  const previous = isFirst ? undefined : roundAt(current - 1n);
  const older = olderRounds(question).flatMap((number): NumberedRound[] => {
    const round = roundAt(number);
    return round ? [{ number, ...round }] : [];
  });
  return {
    due,
    current,
    open,
    previous,
    older,
    eligibleAt,
    previousEligibleAt: isFirst ? undefined : take(viewNames.eligibleAt(current - 1n), timeOf),
    paused: take(viewNames.paused, value => value as boolean),
    unread: [...unread].map(([view, reason]) => ({ view, reason })),
  };
}
