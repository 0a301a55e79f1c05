import type { HttpAnswer } from '../http/loopbackServer.ts';
import { asObject, asObjects, asString, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** A message as Discord accepted it. */
export interface DiscordMessage {
  readonly receivedAt: Date;
  readonly content: string;
  readonly embeds: readonly JsonObject[];
  /** Whether a text like `@everyone` in it would notify people. */
  readonly mayMention: boolean;
  /** All texts that a reader sees. */
  readonly shown: string;
  /** For the search for secrets. */
  readonly rawBody: string;
}

export interface DiscordSink extends Sink<DiscordMessage> {
  /** The webhook's whole URL: at Discord itself it is a secret. */
  readonly webhookUrl: string;
}

const path = '/api/webhooks/112233445566778899/XXXXXXXXXXXXXXXXXXXXXXXXXXXX';

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits */
const mostContent = 2_000;
const mostEmbeds = 10;
const mostOfEmbeds = 6_000;
const mostFields = 25;
const most = { title: 256, description: 4_096, name: 256, value: 1_024, footer: 2_048 };

/**
 * Plays a Discord webhook: for a message within the limits 204, or with `?wait=true` the message; 400 with
 * the mistake; 429 with `retry_after`.
 */
export async function startDiscord(options: { readonly port?: number } = {}): Promise<DiscordSink> {
  const sink = await startSink(discordService(), options.port);
  return { ...sink, webhookUrl: `${sink.url}${path}` };
}

function discordService(): SinkService<DiscordMessage> {
  let messages = 0;
  return {
    failure: { status: 500, body: { message: '500: Internal Server Error', code: 0 } },
    rejection: invalid({ content: 'the form is not valid' }),
    rateLimit: {
      status: 429,
      headers: { 'retry-after': '5' },
      body: { message: 'You are being rate limited.', retry_after: 4.57, global: false },
    },
    judge(request) {
      const refuse = (status: number, message: string, code: number): { answer: HttpAnswer } => ({
        answer: { status, body: { message, code } },
      });
      if (request.path.split('?')[0] !== path) return refuse(404, 'Unknown Webhook', 10015);
      if (request.method !== 'POST') return refuse(405, '405: Method Not Allowed', 0);
      const body = asObject(parsed(request.body));
      if (!body) return refuse(400, 'The request body contains invalid JSON.', 50109);
      const content = asString(body.content) ?? '';
      const embeds = asObjects(body.embeds ?? []) ?? [];
      if (content === '' && embeds.length === 0) return refuse(400, 'Cannot send an empty message', 50006);
      const problems = problemsOf(content, embeds);
      if (Object.keys(problems).length > 0) return { answer: invalid(problems) };
      const parse = asObject(body.allowed_mentions)?.parse;
      const isWaiting = new URLSearchParams(request.path.split('?')[1]).get('wait') === 'true';
      messages += 1;
      const message = {
        id: String(1_311_500_000_000_000_000n + BigInt(messages)),
        type: 0,
        channel_id: '112233445566778800',
        content,
        embeds,
      };
      return {
        answer: isWaiting ? { status: 200, body: message } : { status: 204, body: '' },
        item: {
          receivedAt: request.receivedAt,
          content,
          embeds,
          mayMention: !(Array.isArray(parse) && parse.length === 0),
          shown: [content, ...embeds.flatMap(textsOf)].join('\n'),
          rawBody: request.body,
        },
      };
    },
  };
}

function problemsOf(content: string, embeds: readonly JsonObject[]): Record<string, string> {
  const problems: Record<string, string> = {};
  const within = (name: string, text: unknown, limit: number) => {
    if (String(text ?? '').length > limit) problems[name] = `Must be ${limit} or fewer in length.`;
  };
  within('content', content, mostContent);
  if (embeds.length > mostEmbeds) problems.embeds = `Must be ${mostEmbeds} or fewer in length.`;
  for (const [index, embed] of embeds.entries()) {
    within(`embeds.${index}.title`, embed.title, most.title);
    within(`embeds.${index}.description`, embed.description, most.description);
    within(`embeds.${index}.footer`, asObject(embed.footer)?.text, most.footer);
    const fields = asObjects(embed.fields ?? []) ?? [];
    if (fields.length > mostFields) problems[`embeds.${index}.fields`] = `Must be ${mostFields} or fewer.`;
    for (const [at, { name, value }] of fields.entries()) {
      if (name === undefined || name === '' || value === undefined || value === '')
        problems[`embeds.${index}.fields.${at}`] = 'This field is required';
      within(`embeds.${index}.fields.${at}.name`, name, most.name);
      within(`embeds.${index}.fields.${at}.value`, value, most.value);
    }
  }
  if (embeds.flatMap(textsOf).join('').length > mostOfEmbeds)
    problems.embeds = `Embed size exceeds maximum size of ${mostOfEmbeds}`;
  return problems;
}

function textsOf(embed: JsonObject): string[] {
  const fields = asObjects(embed.fields ?? []) ?? [];
  const texts = [embed.title, embed.description, asObject(embed.footer)?.text];
  return [...texts, ...fields.flatMap(({ name, value }) => [name, value])].flatMap(
    text => asString(text) ?? [],
  );
}

function invalid(problems: Readonly<Record<string, string>>): HttpAnswer {
  const errors = Object.fromEntries(
    Object.entries(problems).map(([name, message]) => [
      name,
      { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message }] },
    ]),
  );
  return { status: 400, body: { message: 'Invalid Form Body', code: 50035, errors } };
}
