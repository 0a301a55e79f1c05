import { bonds, seconds } from '../quantity.ts';
import { known } from '../reading.ts';
import type { Check } from './check.ts';

/** Somebody mints checkpoints. Until then shorts earn what LPs lose. */
export const checkpointExists: Check = {
  name: 'checkpoint-exists',
  title: 'a checkpoint with matured positions is not minted',
  severity: 'error',
  formula: 'a checkpoint in which positions matured is minted within a checkpoint duration',
  run({ now, pool }) {
    const { timestamp } = now.block;
    const late = known(now.pastCheckpoints).filter(
      ({ time, minted, matured }) => !minted && matured > 0n && timestamp >= time + pool.checkpointDuration,
    );
    const [oldest] = late.toSorted((a, b) => a.time - b.time);
    if (!oldest) return { outcome: 'holds', numbers: [] };
    const lateBy = BigInt(timestamp - oldest.time - pool.checkpointDuration);
    const iso = (time: number) => new Date(time * 1000).toISOString();
    const by = seconds('late by', lateBy, 'time − checkpoint − checkpoint duration');
    return {
      outcome: 'fails',
      message:
        late.length === 1
          ? `the checkpoint of ${iso(oldest.time)} is not minted`
          : `${late.length} checkpoints since ${iso(oldest.time)} are not minted`,
      by,
      numbers: [...late.map(({ time, matured }) => bonds(`matured in ${iso(time)}`, matured)), by],
    };
  },
};
