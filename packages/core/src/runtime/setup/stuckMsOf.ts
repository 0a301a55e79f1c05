import { ConfigError, type NameOf } from '../../config/index.ts';

/** A step counts as stuck after this many round deadlines. */
const usualRounds = 10;
const usualMostSeconds = 600;
/** A discovery and a round that both miss their deadlines are not stuck yet. */
const fewestRounds = 2;

interface Given {
  ROUND_TIMEOUT_SECONDS?: number;
  ROUND_STUCK_SECONDS?: number | undefined;
}

/** Returns how long a step may go on before the process ends, in ms. */
export function stuckMsOf({
  ROUND_TIMEOUT_SECONDS: round,
  ROUND_STUCK_SECONDS: given,
}: Required<Pick<Given, 'ROUND_TIMEOUT_SECONDS'>> & Given): number {
  const usual = Math.max(Math.min(usualRounds * round, usualMostSeconds), fewestRounds * round);
  return (given ?? usual) * 1000;
}

/**
 * Returns the problem of a ROUND_STUCK_SECONDS that is too short: the process would end before a round has
 * had its time, and would never complete one.
 */
export function tooImpatient(
  { ROUND_TIMEOUT_SECONDS: round, ROUND_STUCK_SECONDS: given }: Given,
  nameOf: NameOf,
): ConfigError | undefined {
  if (round === undefined || given === undefined || given >= fewestRounds * round) return undefined;
  const variable = nameOf('ROUND_STUCK_SECONDS');
  const least = fewestRounds * round;
  const problem = `is less than twice ${nameOf('ROUND_TIMEOUT_SECONDS')}: a round needs its time; give ${least} or more`;
  return new ConfigError([{ variable, problem, example: `${variable}=${least}` }]);
}
