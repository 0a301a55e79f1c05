import { BotError, reasonOf } from '@service-bots/core/errors';
import {
  type BatchReader,
  type Block,
  type Endpoint,
  parseBlock,
  type RawBlock,
} from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { View } from '../checks/index.ts';
import { type History, lookedBackTo, type Moment } from '../pools/history.ts';
import { readOpenShorts } from '../readings/openShorts.ts';
import { known } from '../readings/reading.ts';
import { readSnapshots, type Snapshot } from '../readings/readSnapshots.ts';
import { unreadSnapshot } from '../readings/unreadSnapshot.ts';
import type { Suspicion } from './crossCheck.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader'>;

/** A view from one endpoint's answers. */
export interface Reread {
  view: View;
  /** Why the past comes from this bot's store; absent where the endpoint returned it, or no check uses it. */
  remembered?: string;
}

/**
 * Reads all inputs of the checks from one endpoint: the block, and the block before or the past where they
 * compare with it. A past that the endpoint does not serve stays as stored, and the result states so.
 * @throws what the reader throws when it does not give the block itself
 */
export async function reread(
  { provider, reader: any }: Context,
  endpoint: Endpoint,
  block: Block,
  suspicions: readonly Suspicion[],
): Promise<Reread[]> {
  const reader = any.via(endpoint);
  const views = suspicions.map(({ view }) => view);
  const compare = (what: 'before' | 'history') =>
    suspicions.filter(({ checks }) => checks.some(({ comparesWith }) => comparesWith?.includes(what)));
  const [nows, befores, pasts] = await Promise.all([
    readAgain(provider, reader, block, views),
    readBefore(provider, reader, compare('before')),
    readPast(provider, reader, endpoint, compare('history')),
  ]);
  const closer = await Promise.all(views.map((view, i) => readCloser(reader, view, nows[i] as Snapshot)));
  return views.map((view, i) => {
    const before = befores.get(view) ?? view.before;
    const past = pasts.get(view);
    const own: View = { ...view, ...closer[i], now: nows[i] as Snapshot, before };
    if (past === undefined) return { view: own };
    return typeof past === 'string' ? { view: own, remembered: past } : { view: { ...own, history: past } };
  });
}

/** Reads the same numbers of each pool again, at a block. */
function readAgain(
  provider: Context['provider'],
  reader: BatchReader,
  block: Block,
  views: readonly View[],
): Promise<Snapshot[]> {
  const questions = views.map(({ pool, now: { pastCheckpoints } }) => ({
    pool,
    checkpoints: pastCheckpoints.ok ? pastCheckpoints.value.map(({ time }) => time) : [],
  }));
  return readSnapshots(provider, reader, block, questions);
}

/**
 * Reads again the values that were only read because a check seemed to fail, where they explain some of the
 * failure.
 */
async function readCloser(
  reader: BatchReader,
  { pool, closer }: View,
  now: Snapshot,
): Promise<Pick<View, 'closer'>> {
  if (!closer?.openShorts) return {};
  return { closer: { ...closer, openShorts: await readOpenShorts(reader, pool, now) } };
}

async function readBefore(
  provider: Context['provider'],
  reader: BatchReader,
  suspicions: readonly Suspicion[],
): Promise<Map<View, Snapshot>> {
  // All pools of a block are compared with the block before it, except those that had no price there.
  const byBlock = new Map<string, { block: Block; views: View[] }>();
  for (const { view } of suspicions) {
    if (!view.before) continue;
    const { block } = view.before;
    const group = byBlock.get(block.hash) ?? { block, views: [] };
    group.views.push(view);
    byBlock.set(block.hash, group);
  }
  const groups = [...byBlock.values()].map(({ block, views }) =>
    readBeforeAt(provider, reader, block, views),
  );
  return new Map((await Promise.all(groups)).flat());
}

async function readBeforeAt(
  provider: Context['provider'],
  reader: BatchReader,
  block: Block,
  views: readonly View[],
): Promise<[View, Snapshot][]> {
  try {
    const snapshots = await readAgain(provider, reader, block, views);
    return views.map((view, i) => [view, snapshots[i] as Snapshot]);
  } catch (error) {
    const unread = unreadSnapshot(block, `block ${block.number} could not be read: ${reasonOf(error)}`);
    return views.map(view => [view, unread]);
  }
}

/** Returns the past for the comparison of each view, or the reason why this endpoint does not return it. */
async function readPast(
  provider: Context['provider'],
  reader: BatchReader,
  endpoint: Endpoint,
  suspicions: readonly Suspicion[],
): Promise<Map<View, History | string>> {
  const answers = suspicions.map(async ({ view }): Promise<[View, History | string]> => {
    const moment = comparedWith(view);
    if (!moment) return [view, view.history];
    try {
      const block = await blockOf(provider, endpoint, moment);
      const [then] = await readSnapshots(provider, reader, block, [{ pool: view.pool, checkpoints: [] }]);
      const told = {
        ...moment,
        vaultSharePrice: known((then as Snapshot).vaultSharePrice, 'the vault share price'),
      };
      const moments = view.history.moments.map(each => (each === moment ? told : each));
      return [view, { ...view.history, moments }];
    } catch (error) {
      return [view, `block ${moment.block}: ${reasonOf(error)}`];
    }
  });
  return new Map(await Promise.all(answers));
}

/** Returns the moment that negative interest compares with. */
function comparedWith({ pool, now, history }: View): Moment | undefined {
  return lookedBackTo(history, now.block, pool.settings.lookBackSeconds);
}

async function blockOf(
  provider: Context['provider'],
  endpoint: Endpoint,
  { block: number, time }: Moment,
): Promise<Block> {
  const answer = await provider.askOne(endpoint, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false]);
  if (!('result' in answer) || !answer.result) throw new BotError('it does not have the block');
  const block = parseBlock(answer.result as unknown as RawBlock);
  if (block.timestamp !== time) throw new BotError('it has another block of that number');
  return block;
}
