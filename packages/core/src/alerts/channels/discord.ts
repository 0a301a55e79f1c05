import { secretUrl, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { type Notice, reaches, type Severity, worse } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere } from './channelKind.ts';
import { messageText, type Style } from './messageText.ts';
import { post, type Service } from './post.ts';

export interface DiscordOptions extends ChannelOptions {
  webhookUrl: { reveal(): string };
}

/** Discord's Markdown for the description of an embed, which may have 4,096 characters. */
export const discordMarkdown: Style = {
  most: 3_900,
  mostWritten: 3_900,
  escaped: text => text.replace(/[\\*_~`|<>[\]]/g, '\\$&'),
  // A backslash would become part of the URL.
  link: url => url,
  bold: text => `**${text}**`,
  // Backslashes are literal in code.
  code: text => `\`\`\`\n${text.replace(/\\(.)/g, '$1').replaceAll('```', "'''")}\n\`\`\``,
};

const colours: Record<Severity, number> = {
  critical: 0xd32f2f,
  error: 0xf57c00,
  warning: 0xfbc02d,
  info: 0x1976d2,
};

/** An empty message, an invalid JSON, an invalid form, and a body that is too large. */
const aboutMessage = new Set<unknown>([40005, 50006, 50035, 50109]);

/**
 * Discord answers with the message once it is in the channel, since `wait` asks for that. An answer without a
 * body proves less. It counts only if no other server can stand in between: over HTTPS with the host's
 * certificate, or on this machine. The operator's own relay may give such an answer.
 *
 * https://docs.discord.com/developers/resources/webhook#execute-webhook
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
 */
function discordAt(url: URL): Service {
  const isDirect = url.protocol === 'https:' || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  return {
    name: 'Discord',
    accepts: ({ status, json }) => isSnowflake(json?.id) || (status === 204 && isDirect),
    words: ({ json }) => (typeof json?.message === 'string' ? json.message : undefined),
    isAboutMessage: (_, { json }) => aboutMessage.has(json?.code),
    retryAfterMs: ({ json }) =>
      typeof json?.retry_after === 'number' ? json.retry_after * 1_000 : undefined,
  };
}

/** https://docs.discord.com/developers/reference#snowflakes */
function isSnowflake(id: unknown): boolean {
  return typeof id === 'string' && /^\d{1,20}$/.test(id);
}

/** Without `wait` Discord also answers 204 for a message that it then does not save. */
function waiting(webhookUrl: string): URL {
  const url = new URL(webhookUrl);
  url.searchParams.set('wait', 'true');
  return url;
}

/** Returns a channel to a Discord webhook, which allows some thirty messages a minute. */
export function discordChannel({ webhookUrl, minSeverity, ...context }: DiscordOptions): Channel {
  return {
    name: 'discord',
    minIntervalMs: 2_000,
    digestUpTo: 20,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      const description = messageText(notices, discordMarkdown, context);
      const body = { embeds: [{ description, color: colours[worstOf(notices)] }] };
      // No text of an alert may mention people.
      const envelope = { allowed_mentions: { parse: [] } };
      const url = waiting(webhookUrl.reveal());
      const service = discordAt(url);
      await post(url.href, body, { redact: context.redact, signal, envelope, service });
    },
  };
}

function worstOf(notices: readonly Notice[]): Severity {
  const bad = notices.filter(({ occasion }) => occasion !== 'resolved' && occasion !== 'acknowledged');
  return bad.map(({ alert }) => alert.severity).reduce(worse, 'info');
}

export const discordKind = channelKind({
  name: 'discord',
  turnedOnBy: 'DISCORD_WEBHOOK_URL',
  variables: {
    DISCORD_WEBHOOK_URL: variable(secretUrl().optional(), {
      description: 'Webhook of a Discord channel; without it nothing goes to Discord',
      example: 'https://discord.com/api/webhooks/your/webhook-path',
      secret: true,
    }),
    DISCORD_MIN_SEVERITY: leastSevere('Discord', 'info'),
  },
  open: ({ DISCORD_WEBHOOK_URL: webhookUrl, DISCORD_MIN_SEVERITY: minSeverity }, speaker) =>
    webhookUrl && discordChannel({ ...speaker, webhookUrl, minSeverity }),
  host: ({ DISCORD_WEBHOOK_URL: url }) => url?.reveal(),
});
