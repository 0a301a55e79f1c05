import type { ServerResponse } from 'node:http';

export type Form = 'html' | 'json';
export type Messages = ReadonlyMap<string, { html: string; json: string }>;

/** The most clients at once; each is a connection and some kilobytes. */
const mostClients = 300;
/** A client that has not read for this time is disconnected. */
const patienceMs = 60_000;

interface Following {
  form: Form;
  /** The first messages, by their kind. */
  first: ReadonlyMap<string, string>;
  /** The additional headers of the answer. */
  headers: Readonly<Record<string, string>>;
}

interface Client {
  readonly form: Form;
  readonly response: ServerResponse;
  /** The newest unwritten message of each kind. Older messages of the same kind are obsolete. */
  readonly pending: Map<string, string>;
  /** The time since which the client has not read; undefined while it reads. */
  blockedSinceMs: number | undefined;
}

/**
 * Sends changes to all clients of the page. A change is encoded once, for any number of clients. A client
 * that does not read costs no more than one page, since newer sections replace those that it has not read.
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

  /**
   * Sends changed sections to all clients.
   * @param beat the moment of the look, which is sent with every change
   */
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

  /** Begins to send to one client, until it leaves, falls behind, or the server closes. */
  follow(response: ServerResponse, { form, first, headers }: Following): void {
    const client: Client = { form, response, pending: new Map(), blockedSinceMs: undefined };
    response.on('close', () => this.#clients.delete(client));
    // A broken connection emits `close` right after.
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

/** Returns messages as server-sent events. The data is one line: JSON, or a moment. */
function framesOf(messages: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(messages.map(([kind, data]) => `event: ${eventOf(kind)}\ndata: ${data}\n\n`).join(''));
}

function eventOf(kind: string): string {
  return kind === 'beat' || kind === 'version' ? kind : 'section';
}
