import { createHash } from 'node:crypto';
import { type Alert, type Notice, reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import { DeliveryFailed } from '../deliveryFailed.ts';
import type { RollbarApi } from '../rollbarApi.ts';
import { type Severity, severities } from '../severity.ts';
import { cut } from './cut.ts';
import { answerOf, explained } from './explained.ts';
import { post } from './post.ts';

export interface RollbarOptions {
  accessToken: { reveal(): string };
  /** Whole URL with path that items are posted to. */
  endpoint: string;
  /** For marking items as resolved; absent: they stay active until a person closes them. */
  api?: RollbarApi | undefined;
  minSeverity: Severity;
  /** `<bot>-<network>`: what Rollbar's filters start from. */
  environment(): string;
  version: string;
  /** Name of this machine. */
  host: string;
  /** Takes secrets out of a text. */
  redact(text: string): string;
}

/** Rollbar cuts titles at 255. */
const mostOfTitle = 255;

/**
 * Items that can be filtered by environment, context (`bot#check`), title and `custom.alert.*`.
 * An item keeps the level of its first occurrence and pages once, so severity and the incident's start are part of the
 * fingerprint.
 *
 * rollbar.js is not used: it has no timeout and no way to abort, drops what comes within a minute of a 429, and takes
 * some names in an item's data for an HTTP request, whereupon it sends none of them.
 */
export function rollbarChannel(options: RollbarOptions): Channel {
  const { accessToken, endpoint, api, minSeverity, redact } = options;
  const headers = { 'x-rollbar-access-token': accessToken.reveal() };
  return {
    name: 'rollbar',
    // An item has nowhere to say who takes care of it.
    wants: notice =>
      notice.occasion !== 'news' && notice.occasion !== 'acknowledged' && reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        const answer = await post(endpoint, itemOf(notice, options), { redact, signal, headers }).catch(
          error => {
            const { message } = answerOf(error);
            throw explained(error, typeof message === 'string' ? message : undefined);
          },
        );
        if (!isTaken(answer)) throw new DeliveryFailed('the answer is not one of Rollbar’s');
        if (api && notice.occasion === 'resolved') await markResolved(notice.alert, api, signal);
      }
    },
  };
}

function itemOf(notice: Notice, { environment, version, host }: RollbarOptions) {
  const { alert, occasion, at } = notice;
  const fingerprint = fingerprintOf(alert, occasion === 'resolved' ? 'resolved' : alert.severity);
  // A reminder is one more occurrence. Otherwise what is delivered twice is one, and can be found again.
  const uuid = uuidOf(occasion === 'lasting' ? notice.id : fingerprint);
  const prefix = occasion === 'opened' ? '' : `${occasion}: `;
  return {
    data: {
      environment: environment(),
      level: occasion === 'resolved' ? 'info' : alert.severity,
      timestamp: Math.round(at / 1_000),
      code_version: version,
      language: 'javascript',
      framework: 'node-js',
      server: { host },
      notifier: { name: 'service-bots', version },
      uuid,
      fingerprint,
      title: cut(`[${alert.check}] ${alert.title}`, mostOfTitle),
      context: `${alert.bot}#${alert.check}`,
      body: { message: { body: `[${alert.check}] ${prefix}${alert.title}: ${alert.message}` } },
      custom: { alert: { ...alert, occasion, decision: notice.decision, ending: notice.ending } },
    },
  };
}

/** Every item of the incident: it may have been told at several severities. */
async function markResolved(alert: Alert, api: RollbarApi, signal: AbortSignal): Promise<void> {
  for (const severity of severities) {
    try {
      const uuid = uuidOf(fingerprintOf(alert, severity));
      const item = (await api.get(`/item/?uuid=${uuid}`, signal)) as { id?: unknown } | undefined;
      await api.write('PATCH', `/item/${Number(item?.id)}`, { status: 'resolved' }, signal);
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      // Nothing was told at this severity.
      if (error.status === 404) continue;
      throw new DeliveryFailed(`the item was sent but not marked resolved: ${error.message}`, error);
    }
  }
}

function fingerprintOf({ dedupKey, since }: Alert, severity: string): string {
  return `${dedupKey}:${severity}:${since}`;
}

/** A version 8 UUID made from a name. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function isTaken(answer: string): boolean {
  try {
    return (JSON.parse(answer) as { err?: unknown } | null)?.err === 0;
  } catch {
    return false;
  }
}
