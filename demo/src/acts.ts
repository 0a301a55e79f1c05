import type { OpenAct } from './act.ts';
import { checkpointAct } from './checkpoint/checkpointAct.ts';
import { invariantAct } from './invariant/invariantAct.ts';
import { keeperAct } from './keeper/keeperAct.ts';
import { lpandarbAct } from './lpandarb/lpandarbAct.ts';
import { watchtowerAct } from './watchtower/watchtowerAct.ts';

/** The demo's acts by name, in the order in which they are played. */
export const acts = {
  checkpoint: checkpointAct,
  keeper: keeperAct,
  invariant: invariantAct,
  lpandarb: lpandarbAct,
  watchtower: watchtowerAct,
} as const satisfies Readonly<Record<string, OpenAct>>;

export type ActName = keyof typeof acts;
