import { createHash } from 'node:crypto';
import { httpUrl, parsed, Refusal, Secret, type Variable, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { type Alert, deploymentOf, type Notice, reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere, withoutSlash } from './channelKind.ts';
import { type Context, cut, wordingOf } from './messageText.ts';
import { post, type Service } from './post.ts';

export interface PagerDutyOptions extends ChannelOptions {
  routingKey: { reveal(): string };
  /** Without a slash at the end. */
  apiUrl: string;
}

/** https://developer.pagerduty.com/docs/send-alert-event */
const mostOfSummary = 1_000;
const mostOfDedupKey = 255;

/** A trigger has to fit into the time for one delivery; the end of the alert closes every incident. */
const mostClosedByTrigger = 20;

const pagerDuty: Service = {
  name: 'PagerDuty',
  accepts: ({ status, json }) => status === 202 && json?.status === 'success',
  words({ json: { errors, message } = {} }) {
    if (Array.isArray(errors) && errors.length > 0) return errors.join('; ');
    return typeof message === 'string' ? message : undefined;
  },
  // A routing key that is unknown today may be a service that is being set up.
  isAboutMessage: words => !/routing.?key|service.?key|integration|account/i.test(words),
};

/**
 * Returns a channel that opens incidents through PagerDuty's Events API v2. The same condition has the same
 * key, so that a reminder joins the incident, an acknowledgement ends its escalation, and the end of the
 * alert resolves it. A trigger that joins an incident which a person has acknowledged pages no person. An
 * alert that has to page people anew therefore has a counter in its key.
 * @param request sends one event
 */
export function pagerDutyChannel(options: PagerDutyOptions, request: typeof post = post): Channel {
  const { routingKey, apiUrl, minSeverity, environment, redact } = options;
  const keyOf = (notice: Notice, episode: number) =>
    dedupKeyOf(notice.alert, deploymentOf(notice, environment), episode);
  const send = (action: Action, event: { dedup_key: string }, signal: AbortSignal) => {
    const envelope = { routing_key: routingKey.reveal(), event_action: action };
    return request(`${apiUrl}/v2/enqueue`, event, { redact, signal, envelope, service: pagerDuty });
  };
  return {
    name: 'pagerduty',
    needsBeginning: true,
    wants: notice => notice.occasion !== 'news' && reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        const action = actionOf(notice);
        const details = action === 'trigger' ? detailsOf(notice, { environment, redact }) : {};
        const { episode = 0 } = notice;
        await send(action, { dedup_key: keyOf(notice, episode), ...details }, signal);
        // A person has acknowledged the earlier incidents, so they would stay open for good. An incident
        // between them may never have been sent: the channel was down, or not configured.
        const first = action === 'trigger' ? Math.max(0, episode - mostClosedByTrigger) : 0;
        if (action !== 'acknowledge')
          for (let earlier = episode - 1; earlier >= first; earlier -= 1)
            await send('resolve', { dedup_key: keyOf(notice, earlier) }, signal);
      }
    },
  };
}

type Action = 'trigger' | 'acknowledge' | 'resolve';

function actionOf({ occasion }: Notice): Action {
  if (occasion === 'resolved') return 'resolve';
  return occasion === 'acknowledged' ? 'acknowledge' : 'trigger';
}

function detailsOf(notice: Notice, context: Context) {
  const { redact } = context;
  const { alert } = notice;
  const environment = deploymentOf(notice, context.environment);
  const { facts } = wordingOf(notice, context);
  return {
    payload: {
      summary: cut(redact(`[${alert.check}] ${alert.title}: ${alert.message}`), mostOfSummary),
      // PagerDuty's severities have the same names as ours.
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

/**
 * Returns the key of an incident. It holds the deployment's name, since a fork has the chain and the pools of
 * its origin and so the same keys.
 */
function dedupKeyOf({ dedupKey }: Alert, environment: string | undefined, episode: number): string {
  const name = environment === undefined ? '' : `${environment}:`;
  const key = `${name}${dedupKey}${episode === 0 ? '' : `#${episode}`}`;
  if (key.length <= mostOfDedupKey) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, mostOfDedupKey - hash.length - 1)}:${hash}`;
}

/** Parses the integration key of an Events API v2 integration: 32 letters and digits. */
function routingKey(): Variable<Secret> {
  return parsed(text => {
    if (!/^[\w-]{32}$/.test(text)) throw new Refusal('is not an integration key, which has 32 characters');
    return new Secret(text);
  });
}

export const pagerDutyKind = channelKind({
  name: 'pagerduty',
  turnedOnBy: 'PAGERDUTY_ROUTING_KEY',
  variables: {
    PAGERDUTY_ROUTING_KEY: variable(routingKey().optional(), {
      description:
        'Integration key (Events API v2) of a PagerDuty service; without it PagerDuty pages no person',
      example: 'yourpagerdutyintegrationkey32cha',
      secret: true,
    }),
    PAGERDUTY_API_URL: variable(httpUrl().prefault('https://events.pagerduty.com'), {
      description: 'Base URL of the PagerDuty Events API',
      example: 'https://events.eu.pagerduty.com',
      mayHoldKey: true,
      onlyWith: 'PAGERDUTY_ROUTING_KEY',
    }),
    PAGERDUTY_MIN_SEVERITY: leastSevere('PagerDuty', 'critical'),
  },
  open: ({ PAGERDUTY_ROUTING_KEY: routingKey, ...config }, speaker) =>
    routingKey &&
    pagerDutyChannel({
      ...speaker,
      routingKey,
      apiUrl: withoutSlash(config.PAGERDUTY_API_URL),
      minSeverity: config.PAGERDUTY_MIN_SEVERITY,
    }),
  host: ({ PAGERDUTY_ROUTING_KEY: key, PAGERDUTY_API_URL: url }) => key && url,
});
