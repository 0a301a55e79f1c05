import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SmallDisk } from '@service-bots/devnet';
import { type BotKind, botKinds, type FaultKind } from '../history/index.ts';
import type { FaultSpec } from './spec.ts';

const untilUpMs = 120_000;

/** Damages one file of a bot's state while the bot is down, as a crash of the machine may. */
function damaged(name: string, kind: FaultKind, damage: (path: string) => void): FaultSpec {
  return {
    name,
    weight: 1,
    lasts: [0, 0],
    group: 'state',
    draw: draw => ({ bot: draw.pick(botKinds), file: draw.whole(0, 1_000) }),
    describe: ({ bot }) => ({
      kind,
      target: { bot: `${bot}` },
      makesImpossible: [{ act: 'run', bot: `${bot}` }],
    }),
    async begin({ bot, file }, world) {
      const target = world.bot(bot as BotKind);
      await target.hold('SIGKILL');
      const files = filesOf(target.spec.stateDir);
      const path = files[Number(file) % files.length];
      try {
        if (path !== undefined) damage(path);
      } finally {
        target.release();
      }
      return () => target.untilHealthy(untilUpMs);
    },
  };
}

/** Returns the files of a state in a fixed order, those of the lease left out: they hold no state of the bot. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !path.includes('lease'))
    .sort();
}

/** The disk of a bot's state takes nothing more, or nothing at all. */
function disk(
  name: string,
  kind: FaultKind,
  needs: NonNullable<FaultSpec['needs']>,
  set: (disk: SmallDisk, isOver: boolean) => void,
): FaultSpec {
  return {
    name,
    weight: 1.5,
    lasts: [60, 300],
    group: 'state',
    needs,
    draw: draw => ({ bot: draw.pick(botKinds), restarts: draw.chance(0.3) }),
    describe: ({ bot }) => ({ kind, target: { bot: `${bot}` }, makesImpossible: [] }),
    async begin({ bot, restarts }, world) {
      const target = world.bot(bot as BotKind);
      const its = world.disks?.get(bot as BotKind);
      if (!its) throw new Error(`${bot} has no disk of its own`);
      set(its, false);
      if (restarts) void target.kill('SIGKILL');
      return async () => {
        set(its, true);
        await target.untilHealthy(untilUpMs);
      };
    },
  };
}

export const stateFaults: readonly FaultSpec[] = [
  damaged('state truncated', 'state-truncated', path =>
    truncateSync(path, Math.floor(statSync(path).size / 2)),
  ),
  damaged('state with garbage', 'state-garbage', path => {
    const bytes = readFileSync(path);
    const from = Math.floor(bytes.length / 3);
    bytes.fill(0xa5, from, Math.min(from + 64, bytes.length));
    writeFileSync(path, bytes);
  }),
  disk('disk full', 'disk-full', 'disks', (its, isOver) => (isOver ? its.free() : its.fill())),
  disk('disk read-only', 'disk-read-only', 'readOnlyDisks', (its, isOver) => its.setReadOnly(!isOver)),
];
