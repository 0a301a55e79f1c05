import type { HttpAnswer, ReceivedRequest } from '../http/loopbackServer.ts';
import { asObject, asObjects, asString, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** An event as PagerDuty accepted it. */
export interface PagerDutyEvent {
  readonly receivedAt: Date;
  readonly routingKey: string;
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedupKey: string | undefined;
  readonly summary: string | undefined;
  readonly severity: string | undefined;
  readonly payload: JsonObject | undefined;
  readonly links: readonly { href: string; text?: string }[];
  /** For the search for secrets. */
  readonly rawBody: string;
}

export interface PagerDutyOptions {
  /** Refuses every other routing key. Default: any key of 32 characters is accepted. */
  readonly routingKey?: string;
  readonly port?: number;
}

export type PagerDutySink = Sink<PagerDutyEvent>;

/** https://developer.pagerduty.com/docs/send-alert-event: limits and required fields. */
const mostBytes = 512 * 1024;
const mostOfDedupKey = 255;
const mostOfSummary = 1_024;
const actions = ['trigger', 'acknowledge', 'resolve'] as const;
const severities = ['critical', 'error', 'warning', 'info'];

/** Plays PagerDuty's Events API v2: `POST /v2/enqueue`, 202 for an accepted event, 400 with all mistakes. */
export function startPagerDuty(options: PagerDutyOptions = {}): Promise<PagerDutySink> {
  return startSink(pagerDutyService(options.routingKey), options.port);
}

function pagerDutyService(goodKey: string | undefined): SinkService<PagerDutyEvent> {
  return {
    failure: { status: 500, body: { status: 'error', message: 'internal server error' } },
    rejection: invalid(['the event is not valid']),
    rateLimit: {
      status: 429,
      headers: { 'retry-after': '5' },
      body: { status: 'throttle exceeded', message: 'too many events for this routing key' },
    },
    judge(request) {
      const refused = refuse(request);
      if (refused) return { answer: refused };
      const event = asObject(parsed(request.body));
      if (!event) return { answer: invalid(['the body is not a JSON object']) };
      const problems = problemsOf(event, goodKey);
      if (problems.length > 0) return { answer: invalid(problems) };
      const payload = asObject(event.payload);
      const dedupKey = asString(event.dedup_key);
      return {
        answer: {
          status: 202,
          body: { status: 'success', message: 'Event processed', dedup_key: dedupKey ?? 'generated' },
        },
        item: {
          receivedAt: request.receivedAt,
          routingKey: String(event.routing_key),
          action: event.event_action as PagerDutyEvent['action'],
          dedupKey,
          summary: asString(payload?.summary),
          severity: asString(payload?.severity),
          payload,
          links: (event.links ?? []) as PagerDutyEvent['links'],
          rawBody: request.body,
        },
      };
    },
  };
}

function refuse({ method, path, body }: ReceivedRequest): HttpAnswer | undefined {
  if (path !== '/v2/enqueue') return { status: 404, body: '' };
  if (method !== 'POST') return { status: 405, body: '' };
  if (Buffer.byteLength(body) > mostBytes) return { status: 413, body: '' };
  return undefined;
}

function problemsOf(event: JsonObject, goodKey: string | undefined): string[] {
  const problems: string[] = [];
  const { routing_key: key, event_action: action, dedup_key: dedupKey, links } = event;
  const isGood = typeof key === 'string' && (goodKey === undefined ? key.length === 32 : key === goodKey);
  if (!isGood) problems.push("'routing_key' is invalid");
  if (!actions.includes(action as (typeof actions)[number])) problems.push("'event_action' is invalid");
  if (dedupKey !== undefined && (typeof dedupKey !== 'string' || dedupKey.length > mostOfDedupKey))
    problems.push(`'dedup_key' is longer than ${mostOfDedupKey} characters`);
  if (action !== 'trigger' && dedupKey === undefined) problems.push("'dedup_key' is missing");
  if (links !== undefined && !asObjects(links)?.every(({ href }) => typeof href === 'string'))
    problems.push("'links' must be a list of objects with an 'href'");
  if (action === 'trigger') problems.push(...problemsOfPayload(asObject(event.payload)));
  return problems;
}

function problemsOfPayload(payload: JsonObject | undefined): string[] {
  if (!payload) return ["'payload' is missing"];
  const problems: string[] = [];
  for (const name of ['summary', 'source', 'severity'])
    if (typeof payload[name] !== 'string' || payload[name] === '')
      problems.push(`'payload.${name}' is missing or blank`);
  if (String(payload.summary).length > mostOfSummary)
    problems.push(`'payload.summary' is longer than ${mostOfSummary} characters`);
  if (!severities.includes(String(payload.severity)))
    problems.push(`'payload.severity' is none of ${severities.join(', ')}`);
  for (const name of ['component', 'group', 'class'])
    if (payload[name] !== undefined && typeof payload[name] !== 'string')
      problems.push(`'payload.${name}' is no text`);
  if (payload.custom_details !== undefined && !asObject(payload.custom_details))
    problems.push("'payload.custom_details' is no object");
  if (payload.timestamp !== undefined && Number.isNaN(Date.parse(String(payload.timestamp))))
    problems.push("'payload.timestamp' is no ISO 8601 time");
  return problems;
}

function invalid(errors: readonly string[]): HttpAnswer {
  return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } };
}
