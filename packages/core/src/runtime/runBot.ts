import type { z } from 'zod';
import type { Alerter } from '../alerts/index.ts';
import { systemClock } from '../clock/index.ts';
import { ConfigError, type Env, loadUsable } from '../config/index.ts';
import { reasonOf, SetupError } from '../errors/index.ts';
import { LeaseLost } from '../lease/index.ts';
import { jsonLine, Redactor } from '../logger/index.ts';
import { tellIfBlockedBefore } from './blockedBefore.ts';
import type { Bot, BotIdentity, Target } from './bot.ts';
import { examine } from './doctor/examine.ts';
import { type Finding, renderFindings } from './doctor/finding.ts';
import { endUnusable } from './endings.ts';
import { exit } from './exit.ts';
import { killedFile, killWhenBlocked } from './killWhenBlocked.ts';
import type { BotSchema, ProcessSchema } from './openDesk.ts';
import { openVoice, type Voice } from './openVoice.ts';
import { Stuck } from './Progress.ts';
import { type RunningBot, startBot } from './startBot.ts';
import { stuckMsOf } from './stuckMsOf.ts';

/** What a process's end means. */
const exitCodes = { stopped: 0, fatal: 1, ousted: 75, setup: 78 } as const;
const deliverAlertsMs = 1_500;
/** SIGTERM to exit, whatever hangs: well under the 10 s that container runtimes wait. */
const stopMs = 8_500;
/** A crash is reported and over within 5 s, whatever hangs. */
const crashMs = 4_000;
/** So is a set-up that is refused, about which the chain may have been asked before. */
const setupMs = 2_300;
/** A process that is stuck has time to have its alert delivered, and to finish the transaction in hand. */
const stuckMs = 18_000;
const deliverStuckMs = 10_000;
/** Whoever may not act any more is gone within so long. */
const oustedMs = 500;
const speechless = 'an error ended the process before it could tell anybody';

/**
 * A bot's whole process: `runBot(bot, process.env, process.argv.slice(2))` is what its main.ts does. With `--check` it
 * examines the set-up, prints what it found and exits 0, or 1 when something would not work.
 * Exit codes: 0 stopped by SIGTERM or SIGINT, 75 another copy of the bot may have taken over (its next start stands by),
 * 78 the set-up is wrong (a person has to change it), 1 anything else, a step that never ends (`Progress`) included. None, but SIGKILL, while the file system hangs.
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

/** What differs between processes of one kind and another. */
interface ProcessKind {
  start(voice: Voice): Promise<RunningBot>;
  examine(): Promise<Finding[]>;
}

/** The process of a bot of any kind; its exit codes are those of `runBot`. */
export async function runProcess<S extends ProcessSchema>(
  bot: BotIdentity<S>,
  env: Env,
  args: readonly string[],
  { start, examine: findingsOf }: ProcessKind,
): Promise<void> {
  if (args.length > 0) return check(bot.name, findingsOf, args);
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
  const endStuck = async (error: Stuck) => {
    if (ending || !voice) return;
    ending = true;
    setTimeout(() => void exit(exitCodes.fatal), stuckMs);
    const message = `${error.message}; the process ends with ${exitCodes.fatal}, to be started anew`;
    voice.logger.critical(message);
    voice.alerter.observe([{ check: 'round-stuck', failing: true, message }]);
    // Both at once: the transaction in hand matters as much as the people.
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
    // For people at a terminal, with the examples as they are: it holds no value of a secret.
    if (error instanceof ConfigError) process.stderr.write(`${bot.name}: ${error.message}\n`);
    alerter.observe([{ check: 'cannot-start', failing: true, message: error.message }]);
    await end(exitCodes.setup, setupMs);
  }
}

/** No timer of this process runs while its event loop is blocked: that is watched from outside, and told by the next process. */
function guard<S extends ProcessSchema>(bot: BotIdentity<S>, env: Env, voice: Voice): void {
  const config = loadUsable(bot.config, env).config as z.output<ProcessSchema>;
  const { STATE_DIR: folder } = config;
  killWhenBlocked(bot.name, folder, stuckMsOf(config), voice.logger);
  if (voice.lease.holds()) void tellIfBlockedBefore(killedFile(folder, bot.name), voice, systemClock);
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
