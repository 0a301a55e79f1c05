import type { z } from 'zod';
import { explorers } from '../../chains/index.ts';
import { ConfigError, type Env, joined, type NameOf, parseEnv } from '../../config/index.ts';
import { Redactor } from '../../logger/index.ts';
import type { BotIdentity, ProcessSchema } from '../bot.ts';

/** The set-up of a process, as its environment states it. */
export interface Setup<S extends ProcessSchema> {
  /**
   * The configuration. Where the set-up is refused, it holds only the values that could be read, which suffice
   * to report the problems; any variable of a process has a default, or may be absent.
   */
  readonly config: z.output<S> & z.output<ProcessSchema>;
  /** Every problem of the environment; undefined when there is none. */
  readonly refused: ConfigError | undefined;
  /** Returns the operator's name of a variable, for texts. */
  readonly nameOf: NameOf;
  /** Removes every secret of the environment from a text. */
  readonly redactor: Redactor;
  /** The number of secrets in the environment. */
  readonly secretCount: number;
  /** Warnings about names that look mistyped. */
  readonly warnings: readonly string[];
  /** How long a step may go on before the process ends, in ms. */
  readonly stuckMs: number;
}

/** Reads the environment of a process, once for all its parts. */
export function parse<S extends ProcessSchema>(bot: BotIdentity<S>, env: Env): Setup<S> {
  const parsed = parseEnv(bot.config, env);
  const { error, nameOf, secrets, warnings } = parsed;
  if (error !== undefined && !(error instanceof ConfigError)) throw error;
  const config = (parsed.config ?? parsed.usable) as Setup<S>['config'];
  return {
    config,
    refused: joined(error, tooImpatient(config, nameOf)),
    nameOf,
    redactor: new Redactor(secrets, {
      keepUrls: [config.RUNBOOK_URL, ...explorers],
      publicWords: [bot.name, config.ENVIRONMENT_NAME],
    }),
    secretCount: secrets.length,
    warnings,
    stuckMs: stuckMsOf(config),
  };
}

/** A step counts as stuck after this many round deadlines. */
const usualRounds = 10;
const usualMostSeconds = 600;
/** A discovery and a round that both miss their deadlines are not stuck yet. */
const fewestRounds = 2;

type Deadlines = Pick<z.output<ProcessSchema>, 'ROUND_TIMEOUT_SECONDS' | 'ROUND_STUCK_SECONDS'>;

/** Returns how long a step may go on before the process ends, in ms. */
export function stuckMsOf({ ROUND_TIMEOUT_SECONDS: round, ROUND_STUCK_SECONDS: given }: Deadlines): number {
  const usual = Math.max(Math.min(usualRounds * round, usualMostSeconds), fewestRounds * round);
  return (given ?? usual) * 1000;
}

/**
 * Returns the problem of a ROUND_STUCK_SECONDS that is too short: the process would end before a round has
 * had its time, and would never complete one.
 */
export function tooImpatient(
  { ROUND_TIMEOUT_SECONDS: round, ROUND_STUCK_SECONDS: given }: Deadlines,
  nameOf: NameOf,
): ConfigError | undefined {
  if (given === undefined || given >= fewestRounds * round) return undefined;
  const variable = nameOf('ROUND_STUCK_SECONDS');
  const least = fewestRounds * round;
  const problem = `is less than twice ${nameOf('ROUND_TIMEOUT_SECONDS')}: a round needs its time; give ${least} or more`;
  return new ConfigError([{ variable, problem, example: `${variable}=${least}` }]);
}
