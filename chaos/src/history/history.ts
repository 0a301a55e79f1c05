import { closeSync, openSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { readJsonLines } from './evidence.ts';
import { type HistoryRecord, type RecordOf, record } from './records.ts';

/** A record without its time: the writer adds it. */
export type Unstamped = HistoryRecord extends infer Each
  ? Each extends HistoryRecord
    ? Omit<Each, 'atMs'>
    : never
  : never;

export interface HistoryWriter {
  /**
   * Appends a record, stamped with the present time of the campaign's monotonic clock. It is in the file when
   * the call returns, so that a campaign that is killed leaves its history.
   *
   * @returns the time that was written
   * @throws Error that names the field when the record is not valid
   */
  write(unstamped: Unstamped): number;
  close(): void;
}

/** Milliseconds since 1970 that no change of the wall clock moves. */
export function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

export function openHistory(path: string, now: () => number = monotonicNow): HistoryWriter {
  const file = openSync(path, 'w');
  return {
    write(unstamped) {
      const parsed = record.safeParse({ atMs: now(), ...unstamped });
      if (!parsed.success)
        throw new Error(`a record "${unstamped.type}" is not valid: ${z.prettifyError(parsed.error)}`);
      writeSync(file, `${JSON.stringify(parsed.data)}\n`);
      return parsed.data.atMs;
    },
    close: () => closeSync(file),
  };
}

/** A fault with its beginning and its end. */
export interface Fault extends Omit<RecordOf<'fault-began'>, 'type' | 'atMs'> {
  readonly beganMs: number;
  /** Infinity for a fault that has no end in the history. */
  readonly endedMs: number;
}

/** A history, in the order of its records' times. */
export interface History {
  readonly records: readonly HistoryRecord[];
  readonly faults: readonly Fault[];
  readonly beganMs: number;
  readonly endedMs: number;
  of<Type extends HistoryRecord['type']>(type: Type): readonly RecordOf<Type>[];
}

/** @throws Error that names the line, or the record that is missing */
export async function readHistory(path: string): Promise<History> {
  return historyOf(await readJsonLines(path, record));
}

/** @throws Error when the first record is not `run`, the last not `ended`, or a fault ends that never began */
export function historyOf(unsorted: readonly HistoryRecord[]): History {
  const records = [...unsorted].sort((one, other) => one.atMs - other.atMs);
  const first = records[0];
  const last = records.at(-1);
  if (first?.type !== 'run') throw new Error('a history begins with a record "run"');
  if (last?.type !== 'ended') throw new Error('a history ends with a record "ended": this one is cut off');
  const of = <Type extends HistoryRecord['type']>(type: Type) =>
    records.filter((each): each is RecordOf<Type> => each.type === type);
  return { records, faults: faultsOf(records), beganMs: first.atMs, endedMs: last.atMs, of };
}

function faultsOf(records: readonly HistoryRecord[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const each of records) {
    if (each.type === 'fault-began') {
      if (faults.has(each.fault)) throw new Error(`the fault "${each.fault}" begins twice`);
      const { type: _, atMs, ...fault } = each;
      faults.set(each.fault, { ...fault, beganMs: atMs, endedMs: Infinity });
    } else if (each.type === 'fault-ended') {
      const fault = faults.get(each.fault);
      if (fault?.endedMs !== Infinity)
        throw new Error(`the fault "${each.fault}" ends at ${each.atMs} without having begun before`);
      faults.set(each.fault, { ...fault, endedMs: each.atMs });
    }
  }
  return [...faults.values()];
}
