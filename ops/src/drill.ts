import { randomUUID } from 'node:crypto';
import {
  alertVariables,
  type Channel,
  channelNames,
  type Notice,
  openChannels,
} from '@service-bots/core/alerts';
import { systemClock } from '@service-bots/core/clock';
import { ConfigError, type Env, loadConfig } from '@service-bots/core/config';
import { reasonOf } from '@service-bots/core/errors';
import { Redactor } from '@service-bots/core/logger';
import { z } from 'zod';

const attemptMs = 15_000;

/**
 * Sends a test alert and its end through every configured channel, or through one, regardless of the
 * channels' settings, and prints the channels at which it arrived.
 * @returns whether all did
 * @throws ConfigError when there is no such channel, or none at all
 */
export async function drill(
  env: Env,
  only: string | undefined,
  print: (line: string) => void,
): Promise<boolean> {
  const { config, secrets } = loadConfig(z.object(alertVariables), env);
  const redactor = new Redactor(secrets, { keepUrls: [config.RUNBOOK_URL] });
  const redact = (text: string) => redactor.redact(text);
  const all = openChannels(config, {
    bot: 'drill',
    version: '',
    host: '',
    chain: () => 'drill',
    redact,
  });
  const chosen = all.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new ConfigError([{ variable: 'CHANNEL', problem: whyNone(only) }]);
  const runbook = `${config.RUNBOOK_URL.replace(/\/$/, '')}/drill.md`;
  const results = await Promise.all(chosen.map(channel => tryOut(channel, runbook, print)));
  return results.every(Boolean);
}

function whyNone(only: string | undefined): string {
  if (only === undefined)
    return 'no channel is configured, so that alerts are in the log only: docs/alert-channels.md says how to set one up';
  const isKnown = channelNames.some(name => name === only);
  return isKnown ? `${only} is not configured` : `there is no ${only}; there are ${channelNames.join(', ')}`;
}

async function tryOut(channel: Channel, runbook: string, print: (line: string) => void): Promise<boolean> {
  const since = systemClock.now();
  const id = randomUUID();
  const alert: Notice['alert'] = {
    dedupKey: `drill:drill:${id}`,
    severity: 'info',
    bot: 'drill',
    check: 'drill',
    chain: 'drill',
    pool: undefined,
    subject: undefined,
    title: 'this is a drill',
    message: 'somebody tries whether alerts arrive; there is nothing to do',
    runbook,
    owner: 'whoever started the drill',
    version: '',
    since,
    count: 1,
    data: {},
  };
  try {
    await channel.deliver([{ id, occasion: 'opened', at: since, alert }], AbortSignal.timeout(attemptMs));
    const tookMs = systemClock.now() - since;
    await systemClock.sleep(channel.minIntervalMs ?? 0);
    const end: Notice = { id: `${id}-end`, occasion: 'resolved', at: systemClock.now(), alert };
    await channel.deliver([end], AbortSignal.timeout(attemptMs));
    print(`${channel.name}: arrived after ${tookMs} ms, and its end too`);
    const moved = channel.moved?.();
    if (moved !== undefined) print(`${channel.name}: ${moved}`);
    return true;
  } catch (error) {
    print(`${channel.name}: DID NOT ARRIVE: ${reasonOf(error)}`);
    return false;
  }
}
