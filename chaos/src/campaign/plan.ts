import { seededRandom } from '@service-bots/devnet';
import type { Draw, FaultSpec, PlannedFault } from '../faults/spec.ts';

/** Everything that decides a run. A replay file is one. */
export interface Plan {
  readonly seed: string;
  readonly hours: number;
  readonly faults: readonly PlannedFault[];
}

/** The first fault comes after that many seconds, and the last one ends that long before the end. */
export const calmSeconds = { before: 120, after: 600 } as const;
/** The pause between two faults, or pairs of them, in seconds. */
const pause = [20, 100] as const;
/** The part of the faults that come in pairs. */
const pairs = 0.4;
/** The second of a pair begins within that many seconds. */
const pairWithin = 30;

/** Returns a seed's number: digits count as they are, other text by its characters. */
export function seedNumber(seed: string): number {
  if (/^\d+$/.test(seed)) return Number(seed) % 2 ** 32;
  return [...seed].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
}

function drawFrom(random: () => number): Draw {
  return {
    whole: (least, most) => least + Math.floor(random() * (most - least + 1)),
    pick: from => from[Math.floor(random() * from.length)] as (typeof from)[number],
    chance: probability => random() < probability,
  };
}

/** Draws the faults of a campaign, alone and in pairs. The same seed and hours give the same plan. */
export function drawPlan(specs: readonly FaultSpec[], seed: string, hours: number): Plan {
  const random = seededRandom(seedNumber(seed));
  const draw = drawFrom(random);
  const weights = specs.reduce((sum, { weight }) => sum + weight, 0);
  const any = (): FaultSpec => {
    let left = random() * weights;
    for (const spec of specs) {
      left -= spec.weight;
      if (left < 0) return spec;
    }
    return specs[0] as FaultSpec;
  };
  const faults: PlannedFault[] = [];
  const add = (spec: FaultSpec, atSeconds: number): number => {
    const [least, most] = spec.lasts ?? [0, 0];
    const lastsSeconds = draw.whole(least, most);
    const id = `f${faults.length + 1}`;
    faults.push({ id, spec: spec.name, atSeconds, lastsSeconds, parameters: spec.draw(draw) });
    return atSeconds + lastsSeconds;
  };
  const last = hours * 3_600 - calmSeconds.after;
  let at: number = calmSeconds.before;
  for (;;) {
    const first = any();
    const second = draw.chance(pairs) ? any() : undefined;
    const isPair = second !== undefined && second.group !== first.group;
    const before = faults.length;
    let end = add(first, at);
    if (isPair) end = Math.max(end, add(second, at + draw.whole(0, pairWithin)));
    if (end > last) return { seed, hours, faults: faults.slice(0, before) };
    at = end + draw.whole(...pause);
  }
}
