import type { HttpAnswer, ReceivedRequest } from '../http/loopbackServer.ts';
import { asObject, asObjects, asString, type JsonObject, parsed } from './json.ts';
import type { RollbarSink } from './rollbar.ts';
import { type RollbarChannel, rollbarChannels, ruleProblem } from './rollbarRules.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** A notification rule, as Rollbar stores it. */
export interface RollbarRule extends JsonObject {
  readonly id: number;
  readonly channel: RollbarChannel;
}

/** A request that changed data. */
export interface RollbarWrite {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly rawBody: string;
}

export interface RollbarApiOptions {
  /** Refuses every other access token. Default: any token is accepted. */
  readonly token?: string;
  /** The sink that receives items: they can then be looked up and resolved here. */
  readonly items?: RollbarSink;
  /** The number of rules on one page. Default: all are on one, and `page` is ignored. */
  readonly rulesPerPage?: number;
  readonly port?: number;
}

export interface RollbarApiSink extends Sink<RollbarWrite> {
  /** `…/api/1`. */
  readonly apiUrl: string;
  readonly rules: readonly RollbarRule[];
  readonly deploys: readonly JsonObject[];
  /** Fingerprints of the items that were marked as resolved. */
  readonly resolved: readonly string[];
  /** Adds rules as a person creates them in Rollbar: of any form. */
  addRules(channel: RollbarChannel, ...rules: JsonObject[]): void;
  /** While true, posted items are not found yet, as during the seconds in which Rollbar processes them. */
  setProcessing(isProcessing: boolean): void;
}

interface State {
  isProcessing: boolean;
  rules: RollbarRule[];
  readonly deploys: JsonObject[];
  readonly resolved: string[];
  nextId: number;
}

type Judged = ReturnType<SinkService<RollbarWrite>['judge']>;

/**
 * Plays the part of Rollbar's API that manages a project: notification rules, deploys, and the status of
 * items. Its `items` are the writes: a request that only read adds none.
 */
export async function startRollbarApi(options: RollbarApiOptions = {}): Promise<RollbarApiSink> {
  const state: State = { rules: [], deploys: [], resolved: [], nextId: 1_000, isProcessing: false };
  const sink = await startSink(apiService(options, state), options.port);
  return {
    ...sink,
    apiUrl: `${sink.url}/api/1`,
    get rules() {
      return state.rules;
    },
    deploys: state.deploys,
    resolved: state.resolved,
    clear() {
      sink.clear();
      state.resolved.length = 0;
    },
    addRules(channel, ...rules) {
      for (const rule of rules) {
        state.nextId += 1;
        state.rules.push({ ...rule, id: state.nextId, channel });
      }
    },
    setProcessing(isProcessing) {
      state.isProcessing = isProcessing;
    },
  };
}

function apiService(options: RollbarApiOptions, state: State): SinkService<RollbarWrite> {
  return {
    failure: refusal(500, 'internal server error'),
    rejection: refusal(400, 'the request is not valid'),
    rateLimit: {
      ...refusal(429, 'over the rate limit'),
      headers: { 'x-rate-limit-remaining-seconds': '60' },
    },
    judge(request) {
      const token = request.headers['x-rollbar-access-token'] ?? '';
      if (token === '' || (options.token !== undefined && token !== options.token))
        return { answer: refusal(403, 'invalid access token') };
      const [path = '', query = ''] = request.path.split('?');
      const parts = path.replace(/^\/api\/1\//, '').split('/');
      const body = request.body === '' ? undefined : parsed(request.body);
      if (request.body !== '' && body === undefined)
        return { answer: refusal(400, 'the body is not valid JSON') };
      switch (parts[0]) {
        case 'notifications':
          return judgeRules(request, parts.slice(1), body, state, pageOf(query, options.rulesPerPage));
        case 'deploy':
          return judgeDeploy(request, body, state);
        case 'item':
          return judgeItem(
            request,
            parts[1] ?? '',
            new URLSearchParams(query).get('uuid'),
            body,
            options,
            state,
          );
        default:
          return { answer: refusal(404, 'not found') };
      }
    },
  };
}

function judgeRules(
  request: ReceivedRequest,
  [channelName = '', kind, id]: readonly string[],
  body: unknown,
  state: State,
  page: readonly [from: number, to: number],
): Judged {
  const channel = rollbarChannels.find(each => each === channelName);
  if (!channel) return { answer: refusal(404, 'no such channel') };
  const own = state.rules.filter(rule => rule.channel === channel);
  if (kind === 'rules' && request.method === 'GET') return success(own.slice(...page).map(shown));
  if (kind === 'rules' && request.method === 'POST') {
    const given = asObjects(body);
    if (!given) return { answer: refusal(422, 'the body must be a list of rules') };
    for (const rule of given) {
      const problem = ruleProblem(channel, rule);
      if (problem !== undefined) return { answer: refusal(422, problem) };
    }
    const created = given.map(rule => {
      state.nextId += 1;
      return { status: 'enabled', ...rule, id: state.nextId, channel };
    });
    state.rules.push(...created);
    return written(request, body, created.map(shown));
  }
  const rule = own.find(each => String(each.id) === id);
  if (kind !== 'rule' || !rule) return { answer: refusal(404, 'no such rule') };
  if (request.method === 'GET') return success(shown(rule));
  if (request.method === 'PUT') {
    const changed = asObject(body) ?? {};
    const problem = ruleProblem(channel, changed);
    if (problem !== undefined) return { answer: refusal(422, problem) };
    const next: RollbarRule = { status: 'enabled', ...changed, id: rule.id, channel };
    state.rules = state.rules.map(each => (each === rule ? next : each));
    return written(request, body, shown(next));
  }
  if (request.method !== 'DELETE') return { answer: refusal(405, 'method not allowed') };
  state.rules = state.rules.filter(each => each !== rule);
  return written(request, body, {});
}

function pageOf(query: string, size = Infinity): readonly [from: number, to: number] {
  if (size === Infinity) return [0, size];
  const page = Number(new URLSearchParams(query).get('page') ?? 1);
  return [(page - 1) * size, page * size];
}

function judgeDeploy(request: ReceivedRequest, body: unknown, state: State): Judged {
  if (request.method !== 'POST') return { answer: refusal(405, 'method not allowed') };
  const deploy = asObject(body);
  for (const name of ['environment', 'revision'])
    if (!asString(deploy?.[name])) return { answer: refusal(422, `\`${name}\` is required`) };
  state.deploys.push(deploy as JsonObject);
  return written(request, body, undefined, { data: { deploy_id: state.deploys.length } });
}

function judgeItem(
  request: ReceivedRequest,
  id: string,
  uuid: string | null,
  body: unknown,
  options: RollbarApiOptions,
  state: State,
): Judged {
  const posted = options.items?.items ?? [];
  const fingerprints = [...new Set(posted.map(item => item.fingerprint ?? ''))];
  if (request.method === 'GET' && id === '') {
    if (!/^[0-9a-f-]{32,36}$/.test(uuid ?? '')) return { answer: refusal(400, 'Invalid UUID format') };
    const item = state.isProcessing ? undefined : posted.find(each => each.uuid === uuid);
    if (!item) return { answer: refusal(404, 'UUID did not match any occurrence') };
    const found = fingerprints.indexOf(item.fingerprint ?? '');
    const status = state.resolved.includes(item.fingerprint ?? '') ? 'resolved' : 'active';
    return success({ id: found + 1, hash: item.fingerprint, status });
  }
  if (request.method !== 'PATCH') return { answer: refusal(405, 'method not allowed') };
  const fingerprint = fingerprints[Number(id) - 1];
  if (fingerprint === undefined) return { answer: refusal(404, 'item not found') };
  const status = asObject(body)?.status;
  if (!['active', 'resolved', 'muted'].includes(String(status)))
    return { answer: refusal(422, '`status` is not valid') };
  if (status === 'resolved') state.resolved.push(fingerprint);
  return written(request, body, {});
}

/**
 * Rollbar returns a rule without the channel, which is in the path, and with the action that belongs to it.
 */
function shown({ channel, ...rule }: RollbarRule): JsonObject {
  return { action: channel === 'pagerduty' ? 'trigger_incident' : 'send_message', ...rule };
}

function success(result: unknown): Judged {
  return { answer: { status: 200, body: { err: 0, result } } };
}

function written(
  { method, path, body: rawBody }: ReceivedRequest,
  body: unknown,
  result: unknown,
  whole: unknown = { err: 0, result },
): Judged {
  return { answer: { status: 200, body: whole }, item: { method, path, body, rawBody } };
}

function refusal(status: number, message: string): HttpAnswer {
  return { status, body: { err: 1, message } };
}
