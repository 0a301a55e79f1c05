import { BotError, reasonOf } from '@service-bots/core/errors';
import { type BatchReader, type Block, clientOf, type Endpoint, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { Check, View } from '../checks/index.ts';
import { type History, lookedBackTo, type Moment } from '../pools/history.ts';
import { known, type Snapshot, unreadSnapshot } from '../readings/index.ts';
import { readOpenShorts } from '../readings/openShorts.ts';
import { readSnapshots } from '../readings/readSnapshots.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader'>;

/** Checks that a pool fails critically. */
export interface CriticalFinding {
  view: View;
  checks: readonly Check[];
}

/** A view from one endpoint's answers. */
export interface Refetched {
  view: View;
  /** Why the past comes from this bot's store; absent where the endpoint returned it, or no check uses it. */
  remembered?: string;
}

/**
 * Reads all inputs of the checks from one endpoint: the block, and the block before or the past where they
 * compare with it. A past that the endpoint does not serve stays as stored, and the result states so.
 * @throws what the reader throws when it does not give the block itself
 */
export async function refetch(
  { provider, reader: shared }: Context,
  endpoint: Endpoint,
  { block, findings }: { block: Block; findings: readonly CriticalFinding[] },
): Promise<Refetched[]> {
  const reader = shared.via(endpoint);
  const source = { provider, reader };
  const views = findings.map(({ view }) => view);
  const compare = (what: 'before' | 'history') =>
    findings.filter(({ checks }) => checks.some(({ needs }) => needs?.includes(what)));
  const [nows, befores, pasts] = await Promise.all([
    readAgain(source, block, views),
    readBefore(source, compare('before')),
    readPast(source, endpoint, compare('history')),
  ]);
  const diagnostics = await Promise.all(
    views.map((view, i) => readCloser(reader, view, nows[i] as Snapshot)),
  );
  return views.map((view, i) => {
    const before = befores.get(view) ?? view.before;
    const past = pasts.get(view);
    const own: View = { ...view, ...diagnostics[i], now: nows[i] as Snapshot, before };
    if (past === undefined) return { view: own };
    return typeof past === 'string' ? { view: own, remembered: past } : { view: { ...own, history: past } };
  });
}

/** Reads the same numbers of each pool again, at a block. */
function readAgain(source: Context, block: Block, views: readonly View[]): Promise<Snapshot[]> {
  const questions = views.map(({ pool, now: { pastCheckpoints } }) => ({
    pool,
    checkpoints: pastCheckpoints.ok ? pastCheckpoints.value.map(({ time }) => time) : [],
  }));
  return readSnapshots(source, block, questions);
}

/**
 * Reads again the values that were only read because a check seemed to fail, where they explain some of the
 * failure.
 */
async function readCloser(
  reader: BatchReader,
  { pool, diagnostics }: View,
  now: Snapshot,
): Promise<Pick<View, 'diagnostics'>> {
  if (!diagnostics?.openShorts) return {};
  return { diagnostics: { ...diagnostics, openShorts: await readOpenShorts(reader, pool, now) } };
}

async function readBefore(
  source: Context,
  findings: readonly CriticalFinding[],
): Promise<Map<View, Snapshot>> {
  // All pools of a block are compared with the block before it, except those that had no price there.
  const byBlock = new Map<string, { block: Block; views: View[] }>();
  for (const { view } of findings) {
    if (!view.before) continue;
    const { block } = view.before;
    const group = byBlock.get(block.hash) ?? { block, views: [] };
    group.views.push(view);
    byBlock.set(block.hash, group);
  }
  const groups = [...byBlock.values()].map(({ block, views }) => readBeforeAt(source, block, views));
  return new Map((await Promise.all(groups)).flat());
}

async function readBeforeAt(
  source: Context,
  block: Block,
  views: readonly View[],
): Promise<[View, Snapshot][]> {
  try {
    const snapshots = await readAgain(source, block, views);
    return views.map((view, i) => [view, snapshots[i] as Snapshot]);
  } catch (error) {
    const unread = unreadSnapshot(block, `block ${block.number} could not be read: ${reasonOf(error)}`);
    return views.map(view => [view, unread]);
  }
}

/** Returns the past for the comparison of each view, or the reason why this endpoint does not return it. */
async function readPast(
  source: Context,
  endpoint: Endpoint,
  findings: readonly CriticalFinding[],
): Promise<Map<View, History | string>> {
  const answers = findings.map(async ({ view }): Promise<[View, History | string]> => {
    const moment = comparedWith(view);
    if (!moment) return [view, view.history];
    try {
      const block = await blockOf(source.provider, endpoint, moment);
      const [then] = await readSnapshots(source, block, [{ pool: view.pool, checkpoints: [] }]);
      const fresh = {
        ...moment,
        vaultSharePrice: known(then as Snapshot, 'vaultSharePrice'),
      };
      const moments = view.history.moments.map(each => (each === moment ? fresh : each));
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
  const block = await readBlock(clientOf(provider, endpoint), number);
  if (!block) throw new BotError('it does not have the block');
  if (block.timestamp !== time) throw new BotError('it has another block of that number');
  return block;
}
