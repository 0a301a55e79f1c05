import { mkdtempSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Observation } from '../alerts/index.ts';
import { botStores } from './botStores.ts';

const schema = z.object({ seen: z.number() });
const empty = () => ({ seen: 0 });

function stores(folder: string) {
  const observed: Observation[] = [];
  const store = botStores('keeper-1', {
    config: { STATE_DIR: folder },
    alerter: { observe: (observations: Observation[]) => observed.push(...observations) },
    lease: { confirm: async () => undefined },
  } as never);
  return { observed, store: store('journal', schema, empty) };
}

describe('what a bot keeps on disk', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'stores-'));

  it('default: what was written is read, from a file of the bot and its chain', async () => {
    const state = folder();
    await stores(state).store.write({ seen: 3 });
    expect(JSON.parse(await readFile(join(state, 'keeper-1-journal.json'), 'utf8'))).toEqual({ seen: 3 });
    expect(await stores(state).store.read()).toEqual({ seen: 3 });
  });

  it('behavior: a file that cannot be read at all is told, and the bot goes on without it', async () => {
    const state = folder();
    await mkdir(join(state, 'keeper-1-journal.json'));
    const { observed, store } = stores(state);
    expect(await store.read()).toEqual(empty());
    expect(observed).toMatchObject([
      {
        check: 'state-unreadable',
        failing: true,
        message: expect.stringMatching(
          /keeper-1-journal\.json cannot be read \(EISDIR.*\): the bot goes on without it$/,
        ),
      },
    ]);
  });
});
