import { asObject, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** A posted JSON document. */
export interface WebhookCall {
  readonly receivedAt: Date;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** For the search for secrets. */
  readonly rawBody: string;
}

export type WebhookSink = Sink<WebhookCall>;

/** Plays a receiver of JSON webhooks at any path: 204 for a JSON object with its content type, otherwise 4xx. */
export function startWebhook(options: { readonly port?: number } = {}): Promise<WebhookSink> {
  return startSink(webhookService, options.port);
}

const webhookService: SinkService<WebhookCall> = {
  failure: { status: 500, body: { error: 'internal server error' } },
  rejection: { status: 400, body: { error: 'not understood' } },
  rateLimit: { status: 429, headers: { 'retry-after': '5' }, body: { error: 'too many requests' } },
  judge({ method, path, headers, body, receivedAt }) {
    if (method !== 'POST') return { answer: { status: 405, body: { error: 'POST only' } } };
    if (!headers['content-type']?.startsWith('application/json'))
      return { answer: { status: 415, body: { error: 'application/json only' } } };
    const document = asObject(parsed(body));
    if (!document) return { answer: { status: 400, body: { error: 'the body is not a JSON object' } } };
    return {
      answer: { status: 204, body: '' },
      item: { receivedAt, path, headers, body: document, rawBody: body },
    };
  },
};
