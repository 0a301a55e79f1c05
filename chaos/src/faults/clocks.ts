import { rightClock } from '@service-bots/devnet';
import { type BotKind, botKinds, type FaultKind } from '../history/index.ts';
import type { FaultSpec } from './spec.ts';

function wrong(name: string, kind: FaultKind, weight: number, draw: FaultSpec['draw']): FaultSpec {
  return {
    name,
    weight,
    lasts: [60, 300],
    group: 'clock',
    draw,
    describe: ({ bot }) => ({ kind, target: { bot: `${bot}` }, makesImpossible: [] }),
    async begin({ bot, seconds = 0, driftPerMs = 0 }, world) {
      const target = world.bot(bot as BotKind);
      const sinceMs = world.clock.nowMs();
      target.setClockError({ byMs: Number(seconds) * 1_000, driftPerMs: Number(driftPerMs), sinceMs });
      return async () => target.setClockError(rightClock);
    },
  };
}

export const clockFaults: readonly FaultSpec[] = [
  wrong('clock shifted', 'clock-shift', 1.5, draw => ({
    bot: draw.pick(botKinds),
    seconds: draw.pick([-600, -120, 120, 600]),
  })),
  wrong('clock a little off', 'clock-jump', 1, draw => ({
    bot: draw.pick(botKinds),
    seconds: draw.pick([-12, -4, 4, 12]),
  })),
  wrong('clock slow', 'clock-slow', 1, draw => ({
    bot: draw.pick(botKinds),
    driftPerMs: draw.pick([-0.2, -0.05, 0.1]),
  })),
];
