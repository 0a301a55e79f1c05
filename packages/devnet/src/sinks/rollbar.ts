import type { HttpAnswer, ReceivedRequest } from '../http/loopbackServer.ts';
import { asObject, asString, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** An occurrence as Rollbar accepted it. */
export interface RollbarItem {
  readonly receivedAt: Date;
  readonly token: string;
  readonly level: string | undefined;
  readonly environment: string;
  readonly title: string | undefined;
  readonly fingerprint: string | undefined;
  readonly context: string | undefined;
  readonly uuid: string | undefined;
  /** The message, or that of the exception (the outermost, where there is a chain of causes). */
  readonly message: string | undefined;
  readonly custom: JsonObject | undefined;
  /** All fields under `data`. */
  readonly data: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  /** For the search for secrets. */
  readonly rawBody: string;
}

export interface RollbarOptions {
  /** Refuses every other access token. Default: any token is accepted. */
  readonly token?: string;
  /** Default 0: the operating system chooses. */
  readonly port?: number;
}

export interface RollbarSink extends Sink<RollbarItem> {
  /** The whole URL for rollbar.js' `endpoint`, with its path. */
  readonly endpoint: string;
}

const itemPath = '/api/1/item/';
/** https://docs.rollbar.com: a larger payload is refused with 413. */
const maxPayloadBytes = 512 * 1024;

/**
 * Plays Rollbar's `POST /api/1/item/`.
 *
 * Answers as the service does: 401 without a (valid) `X-Rollbar-Access-Token`, 400 for a body that is not
 * JSON, 413 for one over 512 KiB, 422 without `data.environment` or a usable `data.body`, otherwise 200 with
 * the occurrence's uuid.
 */
export async function startRollbar(options: RollbarOptions = {}): Promise<RollbarSink> {
  const sink = await startSink(rollbarService(options.token), options.port);
  return { ...sink, endpoint: `${sink.url}${itemPath}` };
}

function rollbarService(goodToken: string | undefined): SinkService<RollbarItem> {
  return {
    failure: refusal(500, 'internal server error'),
    rejection: refusal(400, 'the request is not valid'),
    rateLimit: {
      ...refusal(429, 'over the rate limit'),
      headers: {
        'x-rate-limit-limit': '5000',
        'x-rate-limit-remaining': '0',
        'x-rate-limit-remaining-seconds': '60',
      },
    },
    judge(request) {
      const refused = refuse(request, goodToken);
      if (refused !== undefined) return { answer: refused };
      const data = asObject(asObject(parsed(request.body))?.data);
      if (data === undefined) return { answer: refusal(422, '`data` is required and must be an object') };
      const { environment } = data;
      if (typeof environment !== 'string' || environment === '') {
        return { answer: refusal(422, '`data.environment` is required and must be a string') };
      }
      const body = asObject(data.body);
      if (body === undefined || !bodyKinds.some(kind => kind in body)) {
        return { answer: refusal(422, `\`data.body\` must have one of ${bodyKinds.join(', ')}`) };
      }
      const uuid = asString(data.uuid);
      return {
        answer: { status: 200, body: { err: 0, result: { id: null, uuid: uuid ?? null } } },
        item: {
          receivedAt: request.receivedAt,
          token: request.headers['x-rollbar-access-token'] ?? '',
          level: asString(data.level),
          environment,
          title: asString(data.title),
          fingerprint: asString(data.fingerprint),
          context: asString(data.context),
          uuid,
          message: messageOf(body),
          custom: asObject(data.custom),
          data,
          headers: request.headers,
          rawBody: request.body,
        },
      };
    },
  };
}

const bodyKinds = ['message', 'trace', 'trace_chain', 'crash_report'] as const;

function refuse(request: ReceivedRequest, goodToken: string | undefined): HttpAnswer | undefined {
  const path = request.path.split('?')[0];
  if (path !== itemPath && `${path}/` !== itemPath) return refusal(404, 'not found');
  if (request.method !== 'POST') return refusal(405, 'method not allowed');
  const token = request.headers['x-rollbar-access-token'];
  if (token === undefined || token === '') return refusal(401, 'an access token is required');
  if (goodToken !== undefined && token !== goodToken) return refusal(401, 'the access token is not valid');
  if (Buffer.byteLength(request.body) > maxPayloadBytes) return refusal(413, 'the payload is too large');
  if (parsed(request.body) === undefined) return refusal(400, 'the body is not valid JSON');
  return undefined;
}

function refusal(status: number, message: string): HttpAnswer {
  return { status, body: { err: 1, message } };
}

function messageOf(body: JsonObject): string | undefined {
  const message = asString(asObject(body.message)?.body);
  if (message !== undefined) return message;
  // The chain's first element is the thrown error; its causes follow.
  const trace = Array.isArray(body.trace_chain) ? body.trace_chain[0] : body.trace;
  return asString(asObject(asObject(trace)?.exception)?.message);
}
