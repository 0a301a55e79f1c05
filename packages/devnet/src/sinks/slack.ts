import type { HttpAnswer } from '../http/loopbackServer.ts';
import { asObject, asObjects, asString, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';

/** A message as Slack accepted it. */
export interface SlackMessage {
  readonly receivedAt: Date;
  /** The fallback, which notifications show. */
  readonly text: string;
  readonly blocks: readonly JsonObject[];
  /**
   * All texts of the blocks (of `text`, when there are none), with character references decoded: the text
   * that a reader sees.
   */
  readonly shown: string;
  /** For the search for secrets. */
  readonly rawBody: string;
}

export interface SlackSink extends Sink<SlackMessage> {
  /** The webhook's whole URL: at Slack itself it is a secret. */
  readonly webhookUrl: string;
}

const path = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

/** https://docs.slack.dev/reference/block-kit/blocks and .../messaging/sending-messages-using-incoming-webhooks */
const limits = {
  text: 40_000,
  blocks: 50,
  section: 3_000,
  header: 150,
  fields: 10,
  field: 2_000,
  elements: 10,
};

/** Plays a Slack incoming webhook: texts and blocks within their limits, errors as short words in plain text. */
export async function startSlack(options: { readonly port?: number } = {}): Promise<SlackSink> {
  const sink = await startSink(slackService(), options.port);
  return { ...sink, webhookUrl: `${sink.url}${path}` };
}

function slackService(): SinkService<SlackMessage> {
  return {
    failure: { status: 500, body: 'rollup_error' },
    rejection: { status: 400, body: 'invalid_payload' },
    rateLimit: { status: 429, headers: { 'retry-after': '5' }, body: 'rate_limited' },
    judge(request) {
      const refuse = (status: number, word: string): { answer: HttpAnswer } => ({
        answer: { status, body: word },
      });
      if (request.path !== path) return refuse(404, 'no_service');
      if (request.method !== 'POST') return refuse(405, 'method_not_allowed');
      const body = asObject(parsed(request.body));
      if (!body) return refuse(400, 'invalid_payload');
      const text = asString(body.text) ?? '';
      const blocks = body.blocks === undefined ? [] : asObjects(body.blocks);
      if (!blocks || blocks.length > limits.blocks || !blocks.every(isValid))
        return refuse(400, 'invalid_blocks');
      if (text === '' && blocks.length === 0) return refuse(400, 'no_text');
      // Slack would cut it; a text that is too long is still a mistake of the sender.
      if (text.length > limits.text) return refuse(400, 'msg_too_long');
      const texts = blocks.length > 0 ? blocks.flatMap(textsOf) : [text];
      return {
        answer: { status: 200, body: 'ok' },
        item: {
          receivedAt: request.receivedAt,
          text,
          blocks,
          shown: texts.join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
          rawBody: request.body,
        },
      };
    },
  };
}

function isValid(block: JsonObject): boolean {
  switch (block.type) {
    case 'header':
      return isText(block.text, limits.header, ['plain_text']);
    case 'section': {
      if (block.text === undefined && block.fields === undefined) return false;
      if (block.text !== undefined && !isText(block.text, limits.section)) return false;
      if (block.fields === undefined) return true;
      const fields = asObjects(block.fields);
      return (
        fields !== undefined &&
        fields.length > 0 &&
        fields.length <= limits.fields &&
        fields.every(field => isText(field, limits.field))
      );
    }
    case 'context': {
      const elements = asObjects(block.elements);
      return (
        elements !== undefined &&
        elements.length > 0 &&
        elements.length <= limits.elements &&
        elements.every(element => isText(element, limits.section))
      );
    }
    case 'divider':
      return true;
    default:
      return false;
  }
}

function isText(value: unknown, most: number, types = ['plain_text', 'mrkdwn']): boolean {
  const object = asObject(value);
  const text = asString(object?.text) ?? '';
  return types.includes(String(object?.type)) && text !== '' && text.length <= most;
}

function textsOf(block: JsonObject): string[] {
  const holders = [block.text, ...(asObjects(block.fields) ?? []), ...(asObjects(block.elements) ?? [])];
  return holders.flatMap(holder => asString(asObject(holder)?.text) ?? []);
}
