import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import {
  type ClockAnchor,
  type StartedBot,
  startBotContainer,
  startBotProcess,
  type WallClockError,
} from '@service-bots/devnet';
import type { BotKind } from '../history/index.ts';

/** The present version of the bots, or the one that `OLDER` names. */
export type Version = 'present' | 'older';
/** The images of a version. */
export type Images = Readonly<Record<BotKind, string>>;

/** The way in which a campaign runs its bots: plain JSON, which one process gives to another. */
export interface Deployment {
  /** A checkout of an older version, with its build; undefined where there is none. */
  readonly older?: string | undefined;
  /** By version; undefined to run the bots as processes. */
  readonly images?: Readonly<Partial<Record<Version, Images>>> | undefined;
}

/** What a bot is started with. */
export interface Start {
  readonly bot: BotKind;
  readonly version: Version;
  readonly env: Readonly<Record<string, string>>;
  readonly stateDir: string;
}

/** The clock of a bot that starts. Both files are in one folder, which holds nothing else. */
export interface StartClock {
  readonly anchor: ClockAnchor;
  readonly anchorFile: string;
  readonly withoutNamesFile: string;
  readonly clockError: WallClockError;
}

/** Starts bots. */
export interface Runtime {
  /** Creates the folder of a bot's state, for the user that the bot runs as. */
  provideState(folder: string): void;
  start(start: Start, clock: StartClock): StartedBot;
}

export function runtimeOf({ older, images }: Deployment): Runtime {
  return images ? containers(images) : processes(older);
}

function processes(older: string | undefined): Runtime {
  const { resolve } = createRequire(import.meta.url);
  const folders: Record<Version, (bot: BotKind) => string> = {
    present: bot => dirname(resolve(`@service-bots/${bot}/package.json`)),
    older: bot => join(`${older}`, 'bots', bot),
  };
  return {
    provideState: folder => void mkdirSync(folder, { recursive: true }),
    start: ({ bot, version, env, stateDir }, clock) =>
      startBotProcess(join(folders[version](bot), 'dist', 'main.js'), { ...env, STATE_DIR: stateDir }, clock),
  };
}

/** The user of the bots of a campaign that root runs, as ./setup-env.sh chooses it. */
const unprivileged = { uid: 1_000, gid: 1_000 } as const;

function containers(images: NonNullable<Deployment['images']>): Runtime {
  const isRoot = process.getuid?.() === 0;
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { uid, gid } = isRoot ? unprivileged : own;
  return {
    provideState(folder) {
      mkdirSync(folder, { recursive: true });
      if (isRoot) chownSync(folder, uid, gid);
    },
    start({ bot, version, env, stateDir }, { anchorFile, withoutNamesFile, ...clock }) {
      const image = images[version]?.[bot];
      if (image === undefined) throw new Error(`there is no ${version} image of ${bot}`);
      const clockFolder = dirname(anchorFile);
      chmodSync(clockFolder, 0o755);
      return startBotContainer(env, {
        ...clock,
        image,
        user: `${uid}:${gid}`,
        stateDir,
        clockFolder,
        anchorFile: basename(anchorFile),
        withoutNamesFile: basename(withoutNamesFile),
      });
    },
  };
}
