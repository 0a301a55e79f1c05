import type { Fault, History, Impossible, RecordOf } from '../history/index.ts';
import { gaps, type Span, union } from './spans.ts';

/** When a block was there, between two clock records of the history. */
export interface Seen {
  /** The last moment at which the history does not have it yet. */
  readonly notBeforeMs: number;
  /** The first moment at which it has. */
  readonly visibleMs: number;
}

/** A block's height and time, unix seconds. */
export interface BlockTime {
  readonly number: number;
  readonly timestamp: number;
}

export type Bot = RecordOf<'bot'>;

/** The history's clocks, and the times during which acts were impossible. */
export interface Timeline {
  readonly history: History;
  readonly bots: readonly Bot[];
  /** Turns an arrival by the wall clock into the campaign's time. */
  msOfWall(wallMs: number): number;
  /** @throws Error when the chain has no clock records */
  seen(chain: string, block: BlockTime): Seen;
  /** Returns the moment at which the chain's time reached `timestamp`, by its first block that did. */
  msOfChainTime(chain: string, timestamp: number): number;
  /** Returns the times at which the bot could not do this, by the faults and by its processes. */
  impossible(act: 'run' | 'read' | 'send', bot: string): readonly Span[];
  /** Returns the times at which the bot could not do its work on this pool: to run, to read, to send, to call. */
  idle(bot: string, pool: string): readonly Span[];
  /** Returns the times at which the channel could not get an alert of this bot. */
  undeliverable(channel: string, bot: string): readonly Span[];
  /** Returns the times at which no process of the bot ran, from its first start on. */
  down(bot: string): readonly Span[];
  /** Returns the times at which the machine kept the bot's process from running. */
  starved(bot: string): readonly Span[];
  /** Returns the starts of the bot's processes, ms. */
  starts(bot: string): readonly number[];
  /** Returns the ends of the bot's processes that were not asked for a stop, ms. */
  crashes(bot: string): readonly number[];
  faultsOf(...kinds: readonly Fault['kind'][]): readonly Fault[];
}

/** The time from the start of a process to its first round, unless the bot's record says another. */
export const defaultStartMs = 30_000;
/** The time between two looks at the registry, unless the bot's record says another. */
const discoveryMs = 600_000;

export function timelineOf(history: History): Timeline {
  const clocks = groupBy(history.of('clock'), ({ chain }) => chain);
  /** The highest block of each chain until each of its records. */
  const tops = new Map<string, number[]>();
  for (const [chain, records] of clocks) {
    let top = 0;
    tops.set(
      chain,
      records.map(({ block }) => {
        top = Math.max(top, block);
        return top;
      }),
    );
  }
  const allClocks = history.of('clock');
  const bots = [...new Map(history.of('bot').map(bot => [bot.bot, bot])).values()];
  const processes = groupBy(history.of('process'), ({ bot }) => bot);
  const end = history.endedMs;

  const declared = (matches: (impossible: Impossible) => boolean): Span[] =>
    history.faults
      // Rounds and checkpoints work on a paused pool (docs/keeper.md, docs/checkpoint.md): a pause excuses nothing.
      .filter(({ kind, makesImpossible }) => kind !== 'pool-paused' && makesImpossible.some(matches))
      .map(({ beganMs, endedMs }) => ({ fromMs: beganMs, toMs: Math.min(endedMs, end) }));
  const declaredFor = (act: 'run' | 'read' | 'send', bot: string) =>
    declared(each => each.act === act && (each.bot ?? bot) === bot);

  /** The times of each process, from its start to its end. */
  const lives = (bot: string): Span[] => {
    const open = new Map<string, number>();
    const spans: Span[] = [];
    for (const { event, copy, pid, atMs } of processes.get(bot) ?? []) {
      const key = `${copy} ${pid}`;
      if (event === 'started') open.set(key, atMs);
      else {
        spans.push({ fromMs: open.get(key) ?? history.beganMs, toMs: atMs });
        open.delete(key);
      }
    }
    return [...spans, ...[...open.values()].map(fromMs => ({ fromMs, toMs: end }))];
  };
  const starts = (bot: string) =>
    (processes.get(bot) ?? []).filter(({ event }) => event === 'started').map(({ atMs }) => atMs);
  const down = (bot: string): Span[] => {
    const first = Math.min(...starts(bot), end);
    return gaps(lives(bot), { fromMs: first, toMs: end });
  };

  const starved = (bot: string): Span[] =>
    history
      .of('starved')
      .filter(each => each.bot === bot)
      .map(({ atMs, lastedMs }) => ({ fromMs: atMs - lastedMs, toMs: atMs }));

  const impossible: Timeline['impossible'] = (act, bot) => {
    const record = bots.find(each => each.bot === bot);
    const first = Math.min(...starts(bot), end);
    const running = [
      { fromMs: history.beganMs, toMs: first },
      ...down(bot),
      ...starved(bot),
      ...declaredFor('run', bot),
    ];
    // A process that replaces another begins with its start-up; a copy beside a running one excuses nothing.
    const startUps = starts(bot)
      .filter(atMs => !lives(bot).some(({ fromMs, toMs }) => fromMs < atMs && atMs < toMs))
      .map(fromMs => ({ fromMs, toMs: fromMs + (record?.startMs ?? defaultStartMs) }));
    const spans = [...running, ...startUps];
    if (act !== 'run') spans.push(...declaredFor('read', bot));
    if (act === 'send') spans.push(...declaredFor('send', bot));
    return union(spans);
  };

  /** A pool that the registry does not list is no pool of the bot, until its next discovery. */
  const unlisted = (bot: string, pool: string): Span[] => {
    const after = bots.find(each => each.bot === bot)?.discoveryMs ?? discoveryMs;
    return history.faults
      .filter(({ kind, target }) => kind === 'registry-removal' && isSame(target.pool, pool))
      .map(({ beganMs, endedMs }) => ({ fromMs: beganMs, toMs: Math.min(endedMs + after, end) }));
  };

  return {
    history,
    bots,
    msOfWall(wallMs) {
      const record = allClocks.findLast(each => each.wallMs <= wallMs) ?? allClocks[0];
      return record ? wallMs + record.atMs - record.wallMs : wallMs;
    },
    seen(chain, block) {
      const records = clocks.get(chain);
      if (!records) throw new Error(`the history has no clock record of the chain ${chain}`);
      const isThere = (each: RecordOf<'clock'>) =>
        each.block >= block.number && each.timestamp >= block.timestamp;
      // Heights fall in a reorg: the first record by the highest so far may be of a block that was replaced.
      let low = 0;
      let high = records.length;
      const highest = tops.get(chain) as readonly number[];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((highest[middle] as number) >= block.number) high = middle;
        else low = middle + 1;
      }
      while (low < records.length && !isThere(records[low] as RecordOf<'clock'>)) low += 1;
      const at = low < records.length ? low : -1;
      return {
        notBeforeMs: (at < 0 ? records.at(-1) : records[at - 1])?.atMs ?? history.beganMs,
        visibleMs: at < 0 ? end : (records[at] as RecordOf<'clock'>).atMs,
      };
    },
    msOfChainTime(chain, timestamp) {
      return clocks.get(chain)?.find(each => each.timestamp >= timestamp)?.atMs ?? Infinity;
    },
    impossible,
    idle: (bot, pool) =>
      union([
        ...impossible('send', bot),
        ...declared(each => each.act === 'call' && isSame(each.pool, pool)),
        ...unlisted(bot, pool),
      ]),
    undeliverable: (channel, bot) =>
      union([
        ...impossible('run', bot),
        ...declared(
          each =>
            each.act === 'deliver' && (each.channel ?? channel) === channel && (each.bot ?? bot) === bot,
        ),
      ]),
    down,
    starved,
    starts,
    crashes: bot =>
      (processes.get(bot) ?? [])
        .filter(({ event, code }) => event === 'ended' && code !== 0)
        .map(({ atMs }) => atMs),
    faultsOf: (...kinds) => history.faults.filter(({ kind }) => kinds.includes(kind)),
  };
}

/** Groups by a key, in the order of the elements. */
export function groupBy<Element, Key>(
  elements: readonly Element[],
  keyOf: (element: Element) => Key,
): Map<Key, Element[]> {
  const groups = new Map<Key, Element[]>();
  for (const element of elements) {
    const key = keyOf(element);
    const group = groups.get(key);
    if (group) group.push(element);
    else groups.set(key, [element]);
  }
  return groups;
}

/** Returns whether two addresses are the same, in upper or lower case. */
export function isSame(one: string | null | undefined, other: string | null | undefined): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}
