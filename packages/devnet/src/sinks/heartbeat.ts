import { type Sink, type SinkService, startSink } from './sink.ts';

/** A ping, as a dead man's switch receives it. */
export interface Ping {
  readonly receivedAt: Date;
  /** The check that pings, the `<uuid>` of `/ping/<uuid>`. */
  readonly check: string;
  readonly kind: 'success' | 'start' | 'fail' | 'log';
  readonly body: string;
}

export interface HeartbeatOptions {
  /** The checks that exist; a ping of any other check gets HTTP 404. @default every check exists */
  readonly checks?: readonly string[];
  readonly port?: number;
}

export interface HeartbeatSink extends Sink<Ping> {
  /** Returns a bot's variable: the whole URL of a check. At the real service it is a secret. */
  pingUrl(check: string): string;
}

/** https://healthchecks.io/docs/http_api/: the body is cut beyond this. */
const mostBytes = 100_000;

/** Plays the pinging API of healthchecks.io: `/ping/<check>` and its `/start`, `/fail`, `/log`, by any method. */
export async function startHeartbeat(options: HeartbeatOptions = {}): Promise<HeartbeatSink> {
  const sink = await startSink(heartbeatService(options.checks), options.port);
  return { ...sink, pingUrl: check => `${sink.url}/ping/${check}` };
}

function heartbeatService(checks: readonly string[] | undefined): SinkService<Ping> {
  return {
    failure: { status: 500, body: 'internal server error' },
    rejection: { status: 400, body: 'invalid url format' },
    rateLimit: { status: 429, headers: { 'retry-after': '5' }, body: 'rate limit exceeded' },
    judge({ method, path, body, receivedAt }) {
      if (!['GET', 'HEAD', 'POST'].includes(method)) return { answer: { status: 405, body: '' } };
      const [, check = '', kind = 'success'] =
        /^\/ping\/([\w-]+)(?:\/(start|fail|log))?$/.exec(path.split('?')[0] ?? '') ?? [];
      if (check === '') return { answer: { status: 400, body: 'invalid url format' } };
      if (checks && !checks.includes(check)) return { answer: { status: 404, body: 'not found' } };
      return {
        answer: { status: 200, body: 'OK' },
        item: { receivedAt, check, kind: kind as Ping['kind'], body: body.slice(0, mostBytes) },
      };
    },
  };
}
