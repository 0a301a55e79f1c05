import type { Alerter } from '../alerts/index.ts';
import { systemClock } from '../clock/index.ts';
import { ConfigError, type Env } from '../config/index.ts';
import { reasonOf, SetupError } from '../errors/index.ts';
import { LeaseLost } from '../lease/index.ts';
import { jsonLine, Redactor } from '../logger/index.ts';
import type { Bot, Target } from './bot.ts';
import { examine } from './doctor/examine.ts';
import { renderFindings } from './doctor/finding.ts';
import { endUnusable } from './endings.ts';
import { exit } from './exit.ts';
import type { BotSchema } from './openDesk.ts';
import { openVoice, type Voice } from './openVoice.ts';
import { type RunningBot, startBot } from './startBot.ts';

/** What a process's end means. */
const exitCodes = { stopped: 0, fatal: 1, ousted: 75, setup: 78 } as const;
const deliverAlertsMs = 1_500;
/** SIGTERM to exit, whatever hangs: well under the 10 s that container runtimes wait. */
const stopMs = 8_500;
/** A crash is reported and over within 5 s, whatever hangs. */
const crashMs = 4_000;
/** So is a set-up that is refused, about which the chain may have been asked before. */
const setupMs = 2_300;
/** Whoever may not act any more is gone within so long. */
const oustedMs = 500;
const speechless = 'an error ended the process before it could tell anybody';

/**
 * A bot's whole process: `runBot(bot, process.env, process.argv.slice(2))` is what its main.ts does. With `--check` it
 * examines the set-up, prints what it found and exits 0, or 1 when something would not work.
 * Exit codes: 0 stopped by SIGTERM or SIGINT, 75 another copy of the bot may have taken over (its next start stands by),
 * 78 the set-up is wrong (a person has to change it), 1 anything else. None, but SIGKILL, while the file system hangs.
 */
export async function runBot<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  args: readonly string[] = [],
): Promise<void> {
  if (args.length > 0) return check(bot, env, args);
  let voice: Voice | undefined;
  /** Tells people what there is to tell before there is a voice. */
  let early: Alerter | undefined;
  let running: RunningBot | undefined;
  let ending = false;
  let crashed = false;

  const end = async (code: number, deliverMs: number): Promise<never> => {
    await (voice?.alerter ?? early)?.flush(deliverMs);
    await voice?.lease.release();
    await voice?.logger.close();
    return exit(crashed ? exitCodes.fatal : code);
  };
  const crash = (error: unknown) => {
    if (!voice) return void endSpeechless(bot.name, env, error);
    const { logger, alerter } = voice;
    if (crashed) return logger.critical('another error while ending', { error });
    crashed = true;
    // Not unref'd: it is what ends the process when everything else hangs.
    setTimeout(() => void exit(exitCodes.fatal), crashMs + 500);
    // Each of them, though people are told only of the first of several crashes in a row.
    logger.critical('an error that nobody caught ends the process', { error });
    alerter.observe([{ check: 'crashed', failing: true, message: reasonOf(error), data: { error } }]);
    // While stopping, the stop goes on: the transaction in hand matters more, and it is over soon.
    if (ending) return;
    ending = true;
    void end(exitCodes.fatal, crashMs);
  };
  const stop = (signal: string) => {
    if (ending) return;
    ending = true;
    voice?.logger.info('stopping: finishing what is in hand', { signal });
    setTimeout(() => void exit(crashed ? exitCodes.fatal : exitCodes.stopped), stopMs).unref();
    void (running?.stop() ?? Promise.resolve())
      .catch(error => voice?.logger.error('could not stop in good order', { error }))
      .then(() => {
        voice?.logger.info('stopped');
        const alerter = voice?.alerter ?? early;
        if (alerter) endUnusable(alerter, 'the bot was stopped; its next start looks at STATE_DIR anew');
        return end(exitCodes.stopped, deliverAlertsMs);
      });
  };

  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  try {
    voice = await openVoice(bot, env, systemClock, undefined, alerter => {
      early = alerter;
    });
    running = await startBot(bot, env, { voice });
    await running.done;
  } catch (error) {
    if (voice && error instanceof LeaseLost) return endOusted(voice, error);
    if (!voice && error instanceof ConfigError) {
      process.stderr.write(`${bot.name}: ${error.message}\n`);
      return exit(exitCodes.setup);
    }
    if (!voice || !(error instanceof SetupError)) return crash(error);
    if (ending) return;
    ending = true;
    const { logger, alerter } = voice;
    logger.critical(`cannot start: ${error.message}`);
    // For people at a terminal, with the examples as they are: it holds no value of a secret.
    if (error instanceof ConfigError) process.stderr.write(`${bot.name}: ${error.message}\n`);
    alerter.observe([{ check: 'cannot-start', failing: true, message: error.message }]);
    await end(exitCodes.setup, setupMs);
  }
}

/**
 * Nothing is told or delivered any more: that is the other copy's now. But for what a copy knows alone that never had
 * the lease.
 */
async function endOusted(voice: Voice, error: LeaseLost): Promise<never> {
  const { alerter, logger } = voice;
  const deliverMs = endUnusable(alerter, error.message) ? deliverAlertsMs : 0;
  setTimeout(() => void exit(exitCodes.ousted), deliverMs + oustedMs);
  if (deliverMs > 0) await alerter.flush(deliverMs);
  alerter.close();
  logger.error(error.message);
  await logger.close();
  return exit(exitCodes.ousted);
}

/** A defect so early that there are neither channels nor a log. Which values are secret is not known either: all are. */
function endSpeechless(bot: string, env: Env, error: unknown): Promise<never> {
  const redactor = new Redactor(Object.values(env).filter(value => value !== undefined));
  const entry = { time: new Date(), level: 'critical' as const, bot, message: speechless, fields: { error } };
  process.stderr.write(`${jsonLine(entry, redactor)}\n`);
  return exit(exitCodes.fatal);
}

/** Sets the exit code instead of exiting, so that a pipe gets all of the table. */
async function check<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  args: readonly string[],
): Promise<void> {
  if (args.length > 1 || args[0] !== '--check') {
    process.stderr.write(`${bot.name}: takes no argument but --check\n`);
    process.exitCode = exitCodes.setup;
    return;
  }
  const findings = await examine(bot, env);
  process.stdout.write(renderFindings(bot.name, findings));
  process.exitCode = findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.fatal : 0;
}
