import { ConfigError, type NameOf } from '../config/index.ts';

/** Rounds' deadlines after which a step counts as stuck. */
const usualRounds = 10;
const usualMostSeconds = 600;
/** A discovery and a round that both miss their deadlines are not stuck yet. */
const fewestRounds = 2;

interface Given {
  ROUND_TIMEOUT_SECONDS?: number;
  ROUND_STUCK_SECONDS?: number | undefined;
}

/** How long a step may go on before the process ends, in ms. */
export function stuckMsOf({
  ROUND_TIMEOUT_SECONDS: round,
  ROUND_STUCK_SECONDS: given,
}: Required<Pick<Given, 'ROUND_TIMEOUT_SECONDS'>> & Given): number {
  const usual = Math.max(Math.min(usualRounds * round, usualMostSeconds), fewestRounds * round);
  return (given ?? usual) * 1000;
}

/** A process that ends before its round has had its time would never complete one. */
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
