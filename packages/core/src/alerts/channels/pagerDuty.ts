import { createHash } from 'node:crypto';
import { type Alert, type Notice, reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { cut } from './cut.ts';
import { answerOf, explained } from './explained.ts';
import { post } from './post.ts';
import { type Context, wordingOf } from './wording.ts';

export interface PagerDutyOptions extends ChannelOptions {
  routingKey: { reveal(): string };
  /** Without a slash at the end. */
  apiUrl: string;
}

/** https://developer.pagerduty.com/docs/send-alert-event */
const mostOfSummary = 1_000;
const mostOfDedupKey = 255;

/**
 * Incidents through PagerDuty's Events API v2. The same condition has the same key, so that a reminder joins the
 * incident, an acknowledgement ends its escalation, and its end resolves it.
 */
export function pagerDutyChannel(options: PagerDutyOptions): Channel {
  const { routingKey, apiUrl, minSeverity, environment, redact } = options;
  return {
    name: 'pagerduty',
    wants: notice => notice.occasion !== 'news' && reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        const action = actionOf(notice);
        const body = {
          dedup_key: dedupKeyOf(notice.alert, environment),
          ...(action === 'trigger' ? detailsOf(notice, { environment, redact }) : {}),
        };
        const envelope = { routing_key: routingKey.reveal(), event_action: action };
        try {
          await post(`${apiUrl}/v2/enqueue`, body, { redact, signal, envelope });
        } catch (error) {
          const { errors } = answerOf(error);
          throw explained(error, Array.isArray(errors) ? errors.join('; ') : undefined);
        }
      }
    },
  };
}

function actionOf({ occasion }: Notice): 'trigger' | 'acknowledge' | 'resolve' {
  if (occasion === 'resolved') return 'resolve';
  return occasion === 'acknowledged' ? 'acknowledge' : 'trigger';
}

function detailsOf(notice: Notice, context: Context) {
  const { environment, redact } = context;
  const { alert } = notice;
  const { facts } = wordingOf(notice, context);
  return {
    payload: {
      summary: cut(redact(`[${alert.check}] ${alert.title}: ${alert.message}`), mostOfSummary),
      // PagerDuty's severities are ours.
      severity: alert.severity,
      source: environment === undefined ? alert.bot : `${alert.bot}-${environment}`,
      component: alert.bot,
      group: alert.pool ?? alert.chain,
      class: alert.check,
      timestamp: new Date(alert.since).toISOString(),
      custom_details: { ...Object.fromEntries(facts), message: alert.message, data: alert.data },
    },
    links: [{ href: alert.runbook, text: 'Runbook' }],
  };
}

/** With the deployment in it: a fork has the chain, the pools and so the keys of what it is a fork of. */
function dedupKeyOf({ dedupKey }: Alert, environment: string | undefined): string {
  const key = environment === undefined ? dedupKey : `${environment}:${dedupKey}`;
  if (key.length <= mostOfDedupKey) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, mostOfDedupKey - hash.length - 1)}:${hash}`;
}
