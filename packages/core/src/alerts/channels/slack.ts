import { secretUrl, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { type Notice, reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere } from './channelKind.ts';
import { type Context, digestOf, htmlEscaped, messageText, type Style, wordingOf } from './messageText.ts';
import { post, type Service } from './post.ts';

export interface SlackOptions extends ChannelOptions {
  webhookUrl: { reveal(): string };
}

/**
 * Slack's mrkdwn for one section. With `<` escaped, no text of an alert can mention people.
 * https://docs.slack.dev/reference/block-kit/blocks/section-block
 */
export const slackMarkdown: Style = {
  most: 2_900,
  mostWritten: 2_900,
  // https://docs.slack.dev/messaging/formatting-message-text#escaping
  escaped: htmlEscaped,
  link: htmlEscaped,
  bold: text => `*${text}*`,
  code: text => `\`\`\`${text.replaceAll('```', "'''")}\`\`\``,
};

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const slack: Service = {
  name: 'Slack',
  accepts: ({ text }) => text.trim() === 'ok',
  // Slack answers with a word such as no_service; the page of a proxy is no answer of Slack's.
  words: ({ text }) => (/^\w{1,50}$/.test(text.trim()) ? text.trim() : undefined),
  isAboutMessage: word =>
    /^(?:invalid_|no_text$|msg_|too_many_attachments)/.test(word) && word !== 'invalid_token',
};

/** Returns a channel to a Slack incoming webhook, which allows one message a second. */
export function slackChannel({ webhookUrl, minSeverity, ...context }: SlackOptions): Channel {
  return {
    name: 'slack',
    minIntervalMs: 1_000,
    digestUpTo: 20,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      const text = messageText(notices, slackMarkdown, context);
      const body = {
        // The text of the notification.
        text: htmlEscaped(headlineOf(notices, context)),
        blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
      };
      await post(webhookUrl.reveal(), body, { redact: context.redact, signal, service: slack });
    },
  };
}

function headlineOf(notices: readonly Notice[], context: Context): string {
  const [notice, ...more] = notices;
  const { headline } = notice && more.length === 0 ? wordingOf(notice, context) : digestOf(notices, context);
  return headline;
}

export const slackKind = channelKind({
  name: 'slack',
  turnedOnBy: 'SLACK_WEBHOOK_URL',
  variables: {
    SLACK_WEBHOOK_URL: variable(secretUrl().optional(), {
      description: 'Incoming webhook of a Slack channel; without it nothing goes to Slack',
      example: 'https://hooks.slack.com/services/your/webhook/path',
      secret: true,
    }),
    SLACK_MIN_SEVERITY: leastSevere('Slack', 'info'),
  },
  open: ({ SLACK_WEBHOOK_URL: webhookUrl, SLACK_MIN_SEVERITY: minSeverity }, speaker) =>
    webhookUrl && slackChannel({ ...speaker, webhookUrl, minSeverity }),
  host: ({ SLACK_WEBHOOK_URL: url }) => url?.reveal(),
});
