import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  Alerter,
  type AlerterOptions,
  acknowledgementStore,
  onCall,
  openChannels,
  readOwnership,
  rulesWith,
  unknownChain,
} from '../alerts/index.ts';
import { chainOf } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import type { ConfigError } from '../config/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Lease } from '../lease/index.ts';
import type { Logger } from '../logger/index.ts';
import type { BotIdentity, ProcessSchema } from './bot.ts';
import { runtimeAlerts } from './runtimeAlerts.ts';
import type { Setup } from './setup/parse.ts';
import type { Status } from './status/Status.ts';
import { unlessRefused } from './unlessRefused.ts';

/** A folder that hangs now must not keep the bot from watching: until it answers no alert is muted. */
const readMutesMs = 5_000;

interface AlertingParts<S extends ProcessSchema> {
  bot: BotIdentity<S>;
  setup: Pick<Setup<S>, 'config' | 'redactor'>;
  status: Status;
  clock: Clock;
  logger: Logger;
  /** Removes secrets from a text. */
  redact(text: string): string;
}

/** The alerting of a process whose state folder may not answer yet. */
export interface Alerting {
  /** Why the file of owners cannot be used: every alert goes to everyone on call until then. */
  readonly refused: ConfigError | undefined;
  /** Returns an alerter that stores nothing, for the time until the state folder answers. */
  inMemory(): Alerter;
  /** Opens the alerts of the state folder. */
  open(lease: Lease): Alerter;
}

/** Opens the channels, and reads who owns which alert. */
export async function prepareAlerting<S extends ProcessSchema>({
  bot: { name: bot, version, alerts },
  setup: { config, redactor },
  status,
  clock,
  logger,
  redact,
}: AlertingParts<S>): Promise<Alerting> {
  const { CHAIN_ID: chainId } = config as { CHAIN_ID?: number };
  const chain = () => status.chain?.name ?? (chainId === undefined ? unknownChain : chainOf(chainId).name);
  const channels = openChannels(config, { bot, version, host: hostname(), chain, redact });
  const table = { ...runtimeAlerts, ...alerts };
  const owners = await unlessRefused(async () =>
    readOwnership({ file: config.OWNERS_FILE, bot, table, channels }),
  );
  const ownership = owners.value ?? onCall;
  for (const link of ownership.links) redactor.keep(link);
  const options: AlerterOptions = {
    bot,
    chain,
    version,
    table,
    environment: config.ENVIRONMENT_NAME,
    ownerOf: ownership.ownerOf,
    runbookUrl: config.RUNBOOK_URL.replace(/\/$/, ''),
    channels: ownership.routed(channels),
    clock,
    logger,
    redact,
    rules: rulesWith(config.ALERT_RESOLVE_AFTER_SECONDS * 1000),
  };
  return {
    refused: owners.refused,
    inMemory: () => new Alerter(options),
    open(lease) {
      const files = join(config.STATE_DIR, `${bot}-alerts`);
      const alerter: Alerter = new Alerter({
        ...options,
        files,
        mayWrite: () => lease.holds(),
        acknowledgements: acknowledgementStore(files, message =>
          alerter.observe([{ check: 'state-unreadable', failing: true, message }]),
        ),
      });
      return alerter;
    },
  };
}

/** Reads the mutes at the start: muted alerts have to be muted from the first alert on. Never rejects. */
export async function readMutes(alerter: Alerter, logger: Logger): Promise<void> {
  const late = () => new BotError('no answer');
  await withDeadline(alerter.readAcknowledgements(), readMutesMs, late).catch(error =>
    logger.warning('acknowledgements and mutes could not be read yet; no alert is muted until then', {
      reason: reasonOf(error),
    }),
  );
}
