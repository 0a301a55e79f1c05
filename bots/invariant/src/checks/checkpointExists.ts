import { known } from '../readings/index.ts';
import { bonds, moment, seconds } from '../readings/quantity.ts';
import type { Check } from './Check.ts';
import { headroom } from './headroom.ts';

/** The past is read some checkpoints a block; if it takes more blocks than this, the reading has stopped. */
const patienceBlocks = 1_000;

/** Checks that checkpoints are minted. Until the mint, shorts earn money that the LPs lose. */
export const checkpointExists: Check = {
  name: 'checkpoint-exists',
  title: 'a checkpoint with matured positions is not minted',
  severity: 'error',
  formula: 'a checkpoint in which positions matured is minted within a checkpoint duration',
  impact: 'until it is minted, shorts earn money that the LPs lose',
  firstStep: 'repair the checkpoint bot, or mint the newest checkpoint by hand',
  run({ now, unknownCheckpoints: unknown, pool: { checkpointDuration } }) {
    const { timestamp } = now.block;
    const past = known(now, 'pastCheckpoints');
    const latest = known(now, 'latestCheckpoint');
    const waiting = [...past, latest]
      .filter(({ minted, matured }) => !minted && matured > 0n)
      .sort((a, b) => a.time - b.time);
    const late = waiting.filter(({ time }) => timestamp >= time + checkpointDuration);
    // Unless one waits already, the next checkpoint that can be late is the one after the latest.
    const lateFrom = (waiting[0]?.time ?? latest.time + checkpointDuration) + checkpointDuration;
    const left = seconds(
      'until one can be late',
      BigInt(lateFrom - timestamp),
      'checkpoint + duration − time',
    );
    const room = headroom(left, BigInt(checkpointDuration));
    const numbers = [
      moment(`latest checkpoint, ${latest.minted ? '' : 'not '}minted`, latest.time),
      bonds('matured in the latest', latest.matured),
      seconds('checkpoint duration', BigInt(checkpointDuration)),
      moment('time', timestamp),
      ...late.map(({ time, matured }) => bonds(`matured in ${iso(time)}`, matured)),
    ];
    const [oldest] = late;
    if (!oldest && unknown) {
      const reason = `none of the past checkpoints that were read is late; ${unknown.count} are still to be read`;
      return { outcome: unknown.blocks > patienceBlocks ? 'indeterminate' : 'skipped', reason };
    }
    if (!oldest) return { outcome: 'holds', numbers: [...numbers, left], headroom: room };
    const lateBy = BigInt(timestamp - lateFrom);
    const by = seconds('late by', lateBy, 'time − checkpoint − checkpoint duration');
    const message =
      late.length === 1
        ? `the checkpoint of ${iso(oldest.time)} is not minted`
        : `${late.length} checkpoints since ${iso(oldest.time)} are not minted`;
    return { outcome: 'fails', message, by, numbers: [...numbers, by], headroom: room };
  },
};

const iso = (time: number) => new Date(time * 1000).toISOString();
