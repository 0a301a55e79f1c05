import { type Notice, reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import { type Severity, worse } from '../severity.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { answerOf, explained } from './explained.ts';
import { messageText, type Style } from './messageText.ts';
import { post } from './post.ts';

export interface DiscordOptions extends ChannelOptions {
  webhookUrl: { reveal(): string };
}

/** Discord's Markdown for the description of an embed, which may have 4,096 characters. */
export const discordMarkdown: Style = {
  most: 3_900,
  mostWritten: 3_900,
  escaped: text => text.replace(/[\\*_~`|<>[\]]/g, '\\$&'),
  // A backslash would become part of it.
  link: url => url,
  bold: text => `**${text}**`,
  // Backslashes stand for themselves in code.
  code: text => `\`\`\`\n${text.replace(/\\(.)/g, '$1').replaceAll('```', "'''")}\n\`\`\``,
};

const colours: Record<Severity, number> = {
  critical: 0xd32f2f,
  error: 0xf57c00,
  warning: 0xfbc02d,
  info: 0x1976d2,
};

/** Messages to a Discord webhook, of which some thirty a minute are allowed. */
export function discordChannel({ webhookUrl, minSeverity, ...context }: DiscordOptions): Channel {
  return {
    name: 'discord',
    minIntervalMs: 2_000,
    digestUpTo: 20,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      const description = messageText(notices, discordMarkdown, context);
      const body = { embeds: [{ description, color: colours[worstOf(notices)] }] };
      // Nothing in an alert may call people.
      const envelope = { allowed_mentions: { parse: [] } };
      try {
        await post(webhookUrl.reveal(), body, { redact: context.redact, signal, envelope });
      } catch (error) {
        const { message, retry_after: seconds } = answerOf(error);
        throw explained(
          error,
          typeof message === 'string' ? message : undefined,
          typeof seconds === 'number' ? seconds * 1_000 : undefined,
        );
      }
    },
  };
}

function worstOf(notices: readonly Notice[]): Severity {
  const bad = notices.filter(({ occasion }) => occasion !== 'resolved' && occasion !== 'acknowledged');
  return bad.map(({ alert }) => alert.severity).reduce(worse, 'info');
}
