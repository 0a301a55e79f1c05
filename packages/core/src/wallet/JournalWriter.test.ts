import { describe, expect, it } from '@jest/globals';
import { timed } from '@service-bots/devnet';
import { fakeClock } from '../../test/support/fakeClock.ts';
import { JournalWriter } from './JournalWriter.ts';
import type { Journal } from './journal.ts';

/** A disk whose writes behave as `disk.write` does. */
function onDisk() {
  const clock = fakeClock();
  const stop = new AbortController();
  const told: (string | undefined)[] = [];
  const disk = { writes: 0, write: async (): Promise<void> => undefined };
  let nonce = 0;
  const journal = {
    write: (_: Journal) => {
      disk.writes += 1;
      return disk.write();
    },
  };
  const current = (): Journal => ({ from: `${nonce++}`, entries: [] });
  const options = { journal, clock, onJournalTrouble: (reason: string | undefined) => told.push(reason) };
  return { writer: new JournalWriter(options, current, stop.signal), disk, clock, stop, told };
}
const full = async () => {
  throw new Error('ENOSPC: no space left on device');
};

describe('JournalWriter', () => {
  it('default: writes, and reports no trouble', async () => {
    const { writer, disk, told } = onDisk();
    await Promise.all([writer.write(), writer.write()]);
    expect([disk.writes, told]).toEqual([2, []]);
  });

  it('behavior: reports once that the disk cannot be written, and once that it can again', async () => {
    const { writer, disk, told } = onDisk();
    disk.write = full;
    await expect(writer.write()).rejects.toThrow('ENOSPC');
    await expect(writer.write()).rejects.toThrow('ENOSPC');
    expect(told).toEqual(['ENOSPC: no space left on device']);
    disk.write = async () => undefined;
    await writer.write();
    expect(told).toEqual(['ENOSPC: no space left on device', undefined]);
  });

  it('behavior: retries by itself, and reports the recovery although no transaction follows', async () => {
    const { writer, disk, clock, told } = onDisk();
    disk.write = full;
    await writer.write().catch(() => undefined);
    await clock.advance(20_000);
    disk.write = async () => undefined;
    await clock.advance(5_000);
    expect(told.at(-1)).toBeUndefined();
    const { writes } = disk;
    await clock.advance(60_000);
    expect(disk.writes).toBe(writes);
  });

  it('behavior: a stop ends the tries', async () => {
    const { writer, disk, clock, stop } = onDisk();
    disk.write = full;
    await writer.write().catch(() => undefined);
    stop.abort();
    const { writes } = disk;
    await clock.advance(60_000);
    expect(disk.writes).toBe(writes);
  });

  it('behavior: waits once for a disk that hangs, and makes no second call until it answers', async () => {
    const { writer, disk, told } = onDisk();
    let answer = () => {};
    disk.write = () =>
      new Promise<void>(resolve => {
        answer = resolve;
      });
    await expect(writer.write()).rejects.toThrow('the file system does not answer');
    const again = () => expect(writer.write()).rejects.toThrow('the file system does not answer');
    expect((await timed(again)).ms).toBeLessThan(500);
    expect([disk.writes, told]).toEqual([1, ['the file system does not answer']]);
    answer();
    disk.write = async () => undefined;
    await new Promise(resolve => setImmediate(resolve));
    await writer.write();
    expect(told.at(-1)).toBeUndefined();
  });
});
