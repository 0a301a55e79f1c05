import type { z } from 'zod';
import type { Alerter } from '../../alerts/index.ts';
import { systemClock } from '../../clock/index.ts';
import { ConfigError, type Env, loadUsable } from '../../config/index.ts';
import { reasonOf, SetupError } from '../../errors/index.ts';
import { LeaseLost } from '../../lease/index.ts';
import { jsonLine, Redactor } from '../../logger/index.ts';
import type { Bot, BotIdentity, Target } from '../bot.ts';
import type { BotSchema, ProcessSchema } from '../openDesk.ts';
import { openVoice, type Voice } from '../openVoice.ts';
import { resolveUnusableAlert } from '../rounds/resolveStaleAlerts.ts';
import { examine } from '../setup/examine.ts';
import { type Finding, renderFindings } from '../setup/finding.ts';
import { stuckMsOf } from '../setup/stuckMsOf.ts';
import { tellIfBlockedBefore } from './blockedBefore.ts';
import { exit } from './exit.ts';
import { killedFile, killWhenBlocked } from './killWhenBlocked.ts';
import { Stuck } from './Progress.ts';
import { type RunningBot, startBot } from './startBot.ts';

/** The exit codes of a process. */
const exitCodes = { stopped: 0, fatal: 1, ousted: 75, setup: 78 } as const;
const deliverAlertsMs = 1_500;
/** SIGTERM to exit, even when a step hangs: well under the 10 s that container runtimes wait. */
const stopMs = 8_500;
/** A crash is reported and over within 5 s, even when a step hangs. */
const crashMs = 4_000;
/** A refused set-up is over within 5 s as well; the chain may have been asked before. */
const setupMs = 2_300;
/** A process that is stuck has time to deliver its alert and to finish the transaction in hand. */
const stuckMs = 18_000;
const deliverStuckMs = 10_000;
/** A copy that may not act any more exits within this time. */
const oustedMs = 500;
const speechless = 'an error ended the process before it could tell anybody';

/**
 * Runs a bot's whole process: `runBot(bot, process.env, process.argv.slice(2))` is what its main.ts does.
 * With `--check` it examines the set-up, prints its findings and exits 0, or 1 when a part would not work.
 *
 * Exit codes: 0 after SIGTERM or SIGINT; 75 when another copy of the bot may have taken over (its next start
 * stands by); 78 when the set-up is wrong (a person has to change it); 1 after any other end, including a
 * step that never ends (`Progress`). While the file system hangs the process is ended by SIGKILL instead,
 * without an exit code.
 */
export function runBot<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  env: Env,
  args: readonly string[] = [],
): Promise<void> {
  return runProcess(bot, env, args, {
    start: voice => startBot(bot, env, { voice }),
    examine: () => examine(bot, env),
  });
}

/** The parts that differ between the kinds of processes. */
interface ProcessKind {
  start(voice: Voice): Promise<RunningBot>;
  examine(): Promise<Finding[]>;
}

/** Runs the process of any kind of bot; its exit codes are those of `runBot`. */
export async function runProcess<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  args: readonly string[],
  { start, examine: findingsOf }: ProcessKind,
): Promise<void> {
  if (args.length > 0) return check(bot.name, findingsOf, args);
  let voice: Voice | undefined;
  /** The alerter that reports until the voice is open. */
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
    // The timer is not unref'd: it ends the process when everything else hangs.
    setTimeout(() => void exit(exitCodes.fatal), crashMs + 500);
    // Each crash is logged, though only the first of several in a row raises the alert.
    logger.critical('an error that nobody caught ends the process', { error });
    alerter.observe([{ check: 'crashed', failing: true, message: reasonOf(error), data: { error } }]);
    // A stop that is under way goes on: the transaction in hand matters more, and the stop is over soon.
    if (ending) return;
    ending = true;
    void end(exitCodes.fatal, crashMs);
  };
  const endStuck = async (error: Stuck) => {
    if (ending || !voice) return;
    ending = true;
    setTimeout(() => void exit(exitCodes.fatal), stuckMs);
    const message = `${error.message}; the process ends with ${exitCodes.fatal}, to be started anew`;
    voice.logger.critical(message);
    voice.alerter.observe([{ check: 'round-stuck', failing: true, message }]);
    // Both run at once: the transaction in hand matters as much as the delivery of the alert.
    await Promise.all([voice.alerter.flush(deliverStuckMs), running?.stop()]);
    await end(exitCodes.fatal, deliverAlertsMs);
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
        if (alerter)
          resolveUnusableAlert(alerter, 'the bot was stopped; its next start looks at STATE_DIR anew');
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
    guard(bot, env, voice);
    running = await start(voice);
    await running.done;
  } catch (error) {
    if (voice && error instanceof LeaseLost) return endOusted(voice, error);
    if (!voice && error instanceof ConfigError) {
      process.stderr.write(`${bot.name}: ${error.message}\n`);
      return exit(exitCodes.setup);
    }
    if (voice && error instanceof Stuck) return endStuck(error);
    if (!voice || !(error instanceof SetupError)) return crash(error);
    if (ending) return;
    ending = true;
    const { logger, alerter } = voice;
    logger.critical(`cannot start: ${error.message}`);
    // People at a terminal see the examples as they are: the message holds no value of a secret.
    if (error instanceof ConfigError) process.stderr.write(`${bot.name}: ${error.message}\n`);
    alerter.observe([{ check: 'cannot-start', failing: true, message: error.message }]);
    await end(exitCodes.setup, setupMs);
  }
}

/**
 * Watches the event loop from outside, because no timer of this process runs while its event loop is blocked.
 * The next process raises the alert.
 */
function guard<S extends ProcessSchema>(bot: BotIdentity<S>, env: Env, voice: Voice): void {
  const config = loadUsable(bot.config, env).config as z.output<ProcessSchema>;
  const { STATE_DIR: folder } = config;
  killWhenBlocked(bot.name, folder, stuckMsOf(config), voice.logger);
  if (voice.lease.holds()) void tellIfBlockedBefore(killedFile(folder, bot.name), voice, systemClock);
}

/**
 * Ends a copy that has lost the lease. It raises and delivers no alert any more, since that is the other
 * copy's task now. The exception is an alert about the state folder, which only a copy without the lease
 * knows of.
 */
async function endOusted(voice: Voice, error: LeaseLost): Promise<never> {
  const { alerter, logger } = voice;
  const deliverMs = resolveUnusableAlert(alerter, error.message) ? deliverAlertsMs : 0;
  setTimeout(() => void exit(exitCodes.ousted), deliverMs + oustedMs);
  if (deliverMs > 0) await alerter.flush(deliverMs);
  alerter.close();
  logger.error(error.message);
  await logger.close();
  return exit(exitCodes.ousted);
}

/**
 * Ends a process with a defect so early that there are neither channels nor a log. The secret variables are
 * not known either, so every value is redacted.
 */
function endSpeechless(bot: string, env: Env, error: unknown): Promise<never> {
  const redactor = new Redactor(Object.values(env).filter(value => value !== undefined));
  const entry = { time: new Date(), level: 'critical' as const, bot, message: speechless, fields: { error } };
  process.stderr.write(`${jsonLine(entry, redactor)}\n`);
  return exit(exitCodes.fatal);
}

/**
 * Prints the findings of `--check`. Sets the exit code instead of exiting, so that a pipe gets the whole
 * table.
 */
async function check(
  bot: string,
  findingsOf: () => Promise<Finding[]>,
  args: readonly string[],
): Promise<void> {
  if (args.length > 1 || args[0] !== '--check') {
    process.stderr.write(`${bot}: takes no argument but --check\n`);
    process.exitCode = exitCodes.setup;
    return;
  }
  const findings = await findingsOf();
  process.stdout.write(renderFindings(bot, findings));
  process.exitCode = findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.fatal : 0;
}
