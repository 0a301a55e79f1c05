import { setTimeout as pause } from 'node:timers/promises';
import type { Alerter } from '../../alerts/index.ts';
import { ConfigError, type Env } from '../../config/index.ts';
import { reasonOf, SetupError } from '../../errors/index.ts';
import { LeaseLost } from '../../lease/index.ts';
import { jsonLine, Redactor } from '../../logger/index.ts';
import type { Bot, BotIdentity, BotSchema, ProcessSchema, Target } from '../bot.ts';
import { resolveUnusableAlert } from '../rounds/resolveStaleAlerts.ts';
import { openServices, type Services } from '../services.ts';
import { type Finding, renderFindings } from '../setup/finding.ts';
import { alertIfKilledBefore, killedFile, killWhenBlocked } from './killWhenBlocked.ts';
import { Stuck } from './Progress.ts';
import { onChain, type ProcessKind, type RunningBot, startProcess } from './startBot.ts';

/** The exit codes of a process. */
const exitCodes = { stopped: 0, fatal: 1, ousted: 75, setup: 78 } as const;
const deliverAlertsMs = 1_500;
/** SIGTERM to exit, even when a step hangs: well under the 10 s that container runtimes wait. */
const stopMs = 8_500;
/** A crash is reported and over within 5 s, even when a step hangs. */
const crashMs = 4_000;
/** A process with a wrong set-up ends within 5 s too: the examination of the chain takes up to 2.7 s of them. */
const setupMs = 2_300;
/** A process that is stuck has time to deliver its alert and to finish the transaction in hand. */
const stuckMs = 18_000;
const deliverStuckMs = 10_000;
/** A copy that may not act any more exits within this time. */
const oustedMs = 500;
const unheard = 'an error ended the process before its log and channels were open';

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
  return runProcess({ bot, env, args, kind: onChain(bot) });
}

interface ProcessOptions<S extends ProcessSchema> {
  bot: BotIdentity<S>;
  env: Env;
  args: readonly string[];
  kind: ProcessKind<S>;
}

/** Runs the process of any kind of bot; its exit codes are those of `runBot`. */
export async function runProcess<S extends ProcessSchema>({
  bot,
  env,
  args,
  kind,
}: ProcessOptions<S>): Promise<void> {
  if (args.length > 0) return check(bot.name, () => kind.examine(env), args);
  let services: Services<S> | undefined;
  /** The alerter that reports until the state folder answers. */
  let early: Alerter | undefined;
  let running: RunningBot | undefined;
  let ending = false;
  let crashed = false;

  const end = async (code: number, deliverMs: number): Promise<never> => {
    await (services?.alerter ?? early)?.flush(deliverMs);
    await services?.lease.release();
    await services?.logger.close();
    return exit(crashed ? exitCodes.fatal : code);
  };
  const crash = (error: unknown) => {
    if (!services) return void endUnheard(bot.name, env, error);
    const { logger, alerter } = services;
    if (crashed) return logger.critical('another error while ending', { error });
    crashed = true;
    // The timer is not unref'd: it ends the process when everything else hangs.
    setTimeout(() => void exit(exitCodes.fatal), crashMs + 500);
    // Each crash is logged, though only the first of several in a row raises the alert.
    logger.critical('an uncaught error ends the process', { error });
    alerter.observe([{ check: 'crashed', failing: true, message: reasonOf(error), data: { error } }]);
    // A stop that is under way goes on: the transaction in hand matters more, and the stop is over soon.
    if (ending) return;
    ending = true;
    void end(exitCodes.fatal, crashMs);
  };
  const endStuck = async (error: Stuck) => {
    if (ending || !services) return;
    ending = true;
    setTimeout(() => void exit(exitCodes.fatal), stuckMs);
    const message = `${error.message}; the process ends with ${exitCodes.fatal}, to be started again`;
    services.logger.critical(message);
    services.alerter.observe([{ check: 'round-stuck', failing: true, message }]);
    // Both run at once: the transaction in hand matters as much as the delivery of the alert.
    await Promise.all([services.alerter.flush(deliverStuckMs), running?.stop()]);
    await end(exitCodes.fatal, deliverAlertsMs);
  };
  const stop = (signal: string) => {
    if (ending) return;
    ending = true;
    services?.logger.info('stopping: the transaction in hand is finished first', { signal });
    setTimeout(() => void exit(crashed ? exitCodes.fatal : exitCodes.stopped), stopMs).unref();
    void (running?.stop() ?? Promise.resolve())
      .catch(error => services?.logger.error('the stop failed', { error }))
      .then(async () => {
        services?.logger.info('stopped');
        const alerter = services?.alerter ?? early;
        await alerter?.endUnsaved('the bot was stopped; its next start raises again what holds then');
        return end(exitCodes.stopped, deliverAlertsMs);
      });
  };

  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  try {
    services = await openServices(bot, env, {
      onEarly(alerter) {
        early = alerter;
      },
    });
    guard(bot.name, services);
    running = await startProcess(bot, services, kind);
    await running.done;
  } catch (error) {
    if (services && error instanceof LeaseLost) return endOusted(services, error);
    if (!services && error instanceof ConfigError) {
      process.stderr.write(`${bot.name}: ${error.message}\n`);
      return exit(exitCodes.setup);
    }
    if (services && error instanceof Stuck) return endStuck(error);
    if (!services || !(error instanceof SetupError)) return crash(error);
    if (ending) return;
    ending = true;
    const { logger, alerter } = services;
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
function guard<S extends ProcessSchema>(bot: string, services: Services<S>): void {
  const { config, stuckMs, lease, logger, clock } = services;
  killWhenBlocked({ bot, stateDir: config.STATE_DIR, boundMs: stuckMs, logger });
  if (lease.holds()) void alertIfKilledBefore(killedFile(config.STATE_DIR, bot), services, clock);
}

/**
 * Ends a copy that has no lease. Where another copy is at work, this one raises and delivers no alert any more,
 * since that is the other copy's task now. The exceptions are alerts that the next process will not know of:
 * about the state folder, and what was raised while it could not be used.
 */
async function endOusted<S extends ProcessSchema>(
  { alerter, logger }: Services<S>,
  error: LeaseLost,
): Promise<never> {
  const isAnyOver = error.isFolderUsable
    ? await alerter.endUnsaved(error.message)
    : resolveUnusableAlert(alerter, error.message);
  const deliverMs = isAnyOver ? deliverAlertsMs : 0;
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
function endUnheard(bot: string, env: Env, error: unknown): Promise<never> {
  const redactor = new Redactor(Object.values(env).filter(value => value !== undefined));
  const entry = { time: new Date(), level: 'critical' as const, bot, message: unheard, fields: { error } };
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
    process.stderr.write(`${bot}: the only argument is --check\n`);
    process.exitCode = exitCodes.setup;
    return;
  }
  const findings = await findingsOf();
  process.stdout.write(renderFindings(bot, findings));
  process.exitCode = findings.some(({ verdict }) => verdict === 'fail') ? exitCodes.fatal : 0;
}

const fileCheckMs = 20;
/** Less than what is left of the 5 s that a crash may take. */
const fileWaitMs = 400;

/**
 * Ends the process. `process.exit` waits for the file operations under way, and waits for ever when a file
 * server is gone. After 400 ms the process is therefore ended by SIGKILL.
 */
async function exit(code: number): Promise<never> {
  for (let waitedMs = 0; waitedMs < fileWaitMs && isAtFiles(); waitedMs += fileCheckMs)
    await pause(fileCheckMs);
  if (isAtFiles()) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

function isAtFiles(): boolean {
  return process.getActiveResourcesInfo().includes('FSReqPromise');
}
