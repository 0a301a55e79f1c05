import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { systemClock } from '../clock/index.ts';
import { exclusively, fileStore, memoryStore } from './index.ts';

const schema = z.object({ count: z.number() });
let folder: string;
let path: string;
let unreadable: [string, unknown][];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(folder, 'deep', 'state.json');
  unreadable = [];
});
afterEach(() => rm(folder, { recursive: true }));
const open = () =>
  fileStore({
    path,
    schema,
    empty: () => ({ count: 0 }),
    onUnreadable: (movedTo, cause) => unreadable.push([movedTo, cause]),
  });

describe('fileStore', () => {
  it('default: what was written is read again, also by another process', async () => {
    await open().write({ count: 7 });
    expect(await open().read()).toEqual({ count: 7 });
  });

  it('behavior: empty when there is nothing yet, and nobody is told', async () => {
    expect(await open().read()).toEqual({ count: 0 });
    expect(unreadable).toEqual([]);
  });

  it('behavior: nobody else may read the file', async () => {
    await open().write({ count: 1 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('behavior: replaces the file whole: a reader beside sees the old or the new one, never a part', async () => {
    const store = open();
    await store.write({ count: 0 });
    let isWriting = true;
    const writing = Promise.all(Array.from({ length: 50 }, (_, i) => store.write({ count: i }))).finally(
      () => {
        isWriting = false;
      },
    );
    while (isWriting) expect(schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).success).toBe(true);
    await writing;
    expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it('behavior: writes at the same time keep their order', async () => {
    const store = open();
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.write({ count: i })));
    expect(await open().read()).toEqual({ count: 19 });
  });

  it('behavior: writes what the value was when it was handed over', async () => {
    const value = { count: 1 };
    const writing = open().write(value);
    value.count = 2;
    await writing;
    expect(await open().read()).toEqual({ count: 1 });
  });

  it.each([
    ['cut off in the middle', '{"count": 1'],
    ['empty', ''],
    ['of another shape', '{"count": "many"}'],
  ])('behavior: a file that is %s is set aside and reported, and work goes on', async (_, text) => {
    await open().write({ count: 1 });
    await writeFile(path, text);
    const store = open();
    expect(await store.read()).toEqual({ count: 0 });
    expect(unreadable).toEqual([[`${path}.unreadable`, expect.any(Error)]]);
    expect(await readFile(`${path}.unreadable`, 'utf8')).toBe(text);
    await store.write({ count: 5 });
    expect(await open().read()).toEqual({ count: 5 });
  });

  it('behavior: a write that fails is told, and the next one works', async () => {
    await writeFile(join(folder, 'deep'), 'a file where the folder should be');
    const store = open();
    await expect(store.write({ count: 1 })).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(join(folder, 'deep'));
    await store.write({ count: 2 });
    expect(await store.read()).toEqual({ count: 2 });
  });

  it('behavior: a file that cannot be read is an error and not an empty store', async () => {
    const store = fileStore({
      path: folder,
      schema,
      empty: () => ({ count: 0 }),
      onUnreadable: () => undefined,
    });
    await expect(store.read()).rejects.toThrow('EISDIR');
  });
});

describe('memoryStore', () => {
  it('default: holds what was written last', async () => {
    const store = memoryStore({ count: 1 });
    expect(await store.read()).toEqual({ count: 1 });
    await store.write({ count: 2 });
    expect(await store.read()).toEqual({ count: 2 });
  });
});

describe('exclusively', () => {
  const lock = () => `${path}.lock`;
  beforeEach(async () => void (await mkdir(join(folder, 'deep'))));

  /** A clock whose waits end at once; every wait is reported. */
  const quickClock = (onWait: (passedMs: number) => Promise<unknown> | undefined) => {
    let passedMs = 0;
    return {
      ...systemClock,
      monotonicMs: () => passedMs,
      sleep: async (ms: number) => {
        passedMs += ms;
        await onWait(passedMs);
      },
    };
  };

  it('default: works of one path run one after the other', async () => {
    const steps: string[] = [];
    const work = (name: string) => async () => {
      steps.push(name);
      await systemClock.sleep(30);
      steps.push(name);
    };
    await Promise.all([exclusively(path, work('a')), exclusively(path, work('b'))]);
    expect([...new Set(steps)].flatMap(name => [name, name])).toEqual(steps);
  });

  it('behavior: a fresh lock holds, however wrong its time is by the clock of this machine', async () => {
    await writeFile(lock(), '');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(lock(), hourAgo, hourAgo);
    let releasedAfterMs = 0;
    const clock = quickClock(passedMs => {
      if (passedMs < 5_000 || releasedAfterMs > 0) return undefined;
      releasedAfterMs = passedMs;
      return rm(lock());
    });
    const order = await exclusively(path, async () => releasedAfterMs, clock);
    expect(order).toBeGreaterThanOrEqual(5_000);
  });

  it('behavior: the lock of a process that died is removed after ten seconds, and a new lock within them is not', async () => {
    await writeFile(lock(), '');
    let renewed = false;
    let waitedMs = 0;
    const clock = quickClock(async passedMs => {
      waitedMs = passedMs;
      if (passedMs < 8_000 || renewed) return;
      renewed = true;
      await rm(lock());
      await writeFile(lock(), '');
    });
    await exclusively(path, async () => undefined, clock);
    expect(waitedMs).toBeGreaterThanOrEqual(18_000);
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
  });
});
