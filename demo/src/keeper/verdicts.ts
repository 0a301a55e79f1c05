import type { Exit } from '@service-bots/devnet';
import { duration } from '../format.ts';
import { claim, counted, quietLog, stoppedCleanly, type Verdict } from '../verdict.ts';
import type { KeeperRecord, Purchase, Round } from './chainRecord.ts';
import { tellsOf } from './telegramNews.ts';

export interface Evidence {
  readonly chain: KeeperRecord;
  /** The keeper's address. */
  readonly keeper: string;
  /** The messages of Telegram. */
  readonly told: readonly string[];
  /** The chain's time when the keeper was stopped, and when it was started again. */
  readonly downtime: { readonly from: number; readonly until: number };
  /** How the stopped keeper's process ended. */
  readonly exit: Exit | undefined;
  /** Lines of its log above info. */
  readonly complaints: readonly string[];
}

/** A commit is in the first block at its anchor or the next one. */
const promptBlocks = 1;
/** A commit with at most this delay makes the next round due in time for its anchor. */
const healingSeconds = 300;
/** The words in the news of a commit that makes the next round due in time. */
const heals = 'which heals by itself';
/** Of the 255 blocks of the window. */
const promptDrawBlocks = 20;
/** Shares are rounded down, once for each withdrawal. */
const roundingWei = 100n;

/** Judges every claim of the act. A claim without an instance does not hold. */
export function judge({ chain, keeper, told, downtime, exit, complaints }: Evidence): Verdict[] {
  const { rounds, sentIn } = chain;
  const [missed, due] = parted(rounds, ({ anchor }) => anchor >= downtime.from && anchor <= downtime.until);
  const latest = Math.max(...due.map(({ commit }) => commit?.blocksAfterAnchor ?? Number.NaN));
  const isPrompt = ({ commit }: Round) =>
    commit !== undefined && commit.blocksAfterAnchor >= 0 && commit.blocksAfterAnchor <= promptBlocks;
  const lateBy = missed.map(({ commit, anchor }) => (commit?.time ?? Number.NaN) - anchor);
  const healed = missed.filter(({ vault, number }) =>
    due.some(next => next.vault === vault && next.number === number + 1 && isPrompt(next)),
  );
  const lateNews = told.filter(text => text.includes(heals));
  const sold = rounds.filter(({ purchases }) => purchases.length > 0);
  const drawn = sold.flatMap(round => (round.draw ? [{ ...round, draw: round.draw }] : []));
  const slowest = Math.max(...drawn.map(({ draw }) => draw.blocksLate));
  const empty = rounds.filter(({ purchases }) => purchases.length === 0);
  const skipped = empty.filter(({ isSkipped }) => isSkipped);
  const honest = drawn.filter(
    ({ draw, purchases }) => holderOf(purchases, draw.winningTicket) === draw.winner,
  );
  const paid = drawn.filter(
    ({ isPrizeClaimed, paidInWei, paidBackWei }) => isPrizeClaimed && isPaidBack({ paidInWei, paidBackWei }),
  );
  const actions = rounds.flatMap(({ commit, draw }) => [commit, draw].filter(action => action !== undefined));
  const own = actions.filter(({ by }) => by === keeper);
  const toldOf = own.filter(({ block }) => told.some(text => tellsOf(text, block)));

  return [
    claim(
      'every commit is in the first or second block at its anchor',
      due.length > 0 && due.every(isPrompt),
      () =>
        Number.isNaN(latest) ? 'one is missing' : `${due.length} rounds, at worst in block ${latest + 1}`,
    ),
    claim(
      'the one whose anchor the keeper missed comes when it is back',
      missed.length > 0 &&
        missed.every(
          ({ commit, anchor }) =>
            commit !== undefined && commit.time >= downtime.until && commit.time <= anchor + healingSeconds,
        ),
      () => `${duration(Math.max(...lateBy, 0))} late`,
    ),
    claim(
      'so little heals by itself: a week later it is at its anchor',
      missed.length > 0 && healed.length === missed.length,
      () => `${healed.length} of ${missed.length}`,
    ),
    claim(
      'people are told how late it is, and that it heals',
      lateNews.length === missed.length && missed.length > 0,
      () => counted(lateNews.length, 'message'),
    ),
    claim(
      'every draw is settled, most of its 255 blocks to spare',
      sold.length > 0 && drawn.length === sold.length && slowest <= promptDrawBlocks,
      () => `${drawn.length} of ${sold.length}, at worst in block ${slowest + 1}`,
    ),
    claim('a round without tickets is skipped', empty.length > 0 && skipped.length === empty.length, () =>
      counted(skipped.length, 'round'),
    ),
    claim('every winner holds the winning ticket', drawn.length > 0 && honest.length === drawn.length, () =>
      counted(honest.length, 'winner'),
    ),
    claim(
      'winners got their prizes, and everybody the principal',
      drawn.length > 0 && paid.length === drawn.length,
      () => counted(paid.length, 'round'),
    ),
    claim(
      'Telegram told of every action',
      own.length > 0 && toldOf.length === own.length,
      () => `${toldOf.length} of ${own.length}`,
    ),
    claim(
      'and each took one transaction',
      own.length > 0 && own.length === actions.length && sentIn.length === own.length,
      () => counted(sentIn.length, 'transaction'),
    ),
    stoppedCleanly(exit),
    quietLog(complaints, 'nothing else went wrong in its log'),
  ];
}

/** Returns whether every buyer has the principal of a round back, but for the rounding. */
export function isPaidBack({ paidInWei, paidBackWei }: Pick<Round, 'paidInWei' | 'paidBackWei'>): boolean {
  return paidInWei > 0n && paidInWei - paidBackWei <= roundingWei;
}

/** Returns the holder of a ticket: tickets are numbered from 0 in the order of their purchase. */
function holderOf(purchases: readonly Purchase[], ticket: number): string | undefined {
  let end = 0;
  return purchases.find(({ count }) => {
    end += count;
    return ticket < end;
  })?.buyer;
}

function parted<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter(item => !belongs(item))];
}
