import type { ServerResponse } from 'node:http';

export type Form = 'html' | 'json';
export type Messages = ReadonlyMap<string, { html: string; json: string }>;

/** Each is a connection and some kilobytes. */
const mostClients = 300;
/** A client that has not read for so long is disconnected. */
const patienceMs = 60_000;

interface Client {
  readonly form: Form;
  readonly response: ServerResponse;
  /** The newest message of each kind that could not be written yet. Older ones of the same kind say nothing more. */
  readonly pending: Map<string, string>;
  /** Since when it has not taken what was written; undefined while it reads. */
  blockedSinceMs: number | undefined;
}

/**
 * Everyone who follows the page. What has changed is made into bytes once, whoever follows. A client that does not read
 * costs no more than one page: newer sections take the place of those that it has not taken.
 */
export class Live {
  readonly #clients = new Set<Client>();
  readonly #monotonicMs: () => number;
  #isClosed = false;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  get isFull(): boolean {
    return this.#clients.size >= mostClients;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** @param beat the moment of the look, for everyone */
  publish(changed: Messages, beat: string): void {
    const now = this.#monotonicMs();
    const bytes: Partial<Record<Form, Buffer>> = {};
    for (const client of this.#clients) {
      const { form, pending, response, blockedSinceMs } = client;
      if (blockedSinceMs === undefined) {
        bytes[form] ??= framesOf([...messagesFor(changed, form), ['beat', beat]]);
        this.#write(client, bytes[form]);
      } else if (now - blockedSinceMs > patienceMs) {
        this.#clients.delete(client);
        response.destroy();
      } else {
        for (const [kind, data] of messagesFor(changed, form)) pending.set(kind, data);
        pending.set('beat', beat);
      }
    }
  }

  /**
   * Begins to send to one client, until it leaves, falls behind, or the server closes.
   * @param headers of the answer, beside those that server-sent events need
   */
  follow(
    response: ServerResponse,
    form: Form,
    first: ReadonlyMap<string, string>,
    headers: Readonly<Record<string, string>>,
  ): void {
    const client: Client = { form, response, pending: new Map(), blockedSinceMs: undefined };
    response.on('close', () => this.#clients.delete(client));
    // A connection that breaks is closed right after.
    response.on('error', () => undefined);
    response.on('drain', () => this.#drained(client));
    if (this.#isClosed) {
      response.destroy();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    this.#clients.add(client);
    this.#write(client, framesOf([...first]));
  }

  close(): void {
    this.#isClosed = true;
    for (const { response } of this.#clients) response.end();
  }

  #drained(client: Client): void {
    client.blockedSinceMs = undefined;
    const { pending } = client;
    if (pending.size === 0) return;
    const bytes = framesOf([...pending]);
    pending.clear();
    this.#write(client, bytes);
  }

  #write(client: Client, bytes: Buffer): void {
    if (!client.response.write(bytes)) client.blockedSinceMs = this.#monotonicMs();
  }
}

function messagesFor(changed: Messages, form: Form): [string, string][] {
  return [...changed].map(([section, forms]) => [section, forms[form]]);
}

/** Data is one line: JSON, or a moment. */
function framesOf(messages: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(messages.map(([kind, data]) => `event: ${eventOf(kind)}\ndata: ${data}\n\n`).join(''));
}

function eventOf(kind: string): string {
  return kind === 'beat' || kind === 'version' ? kind : 'section';
}
