import { secretUrl, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { deploymentOf, reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere } from './channelKind.ts';
import { isPage, post, type Service } from './post.ts';

export interface WebhookOptions extends ChannelOptions {
  url: { reveal(): string };
}

/**
 * A program of the operator's own. Its confirmation is unknown, so any answer but a page for people counts.
 */
const receiver: Service = {
  name: 'a webhook receiver',
  accepts: answer => !isPage(answer),
  words({ json: { error, message } = {} }) {
    if (typeof error === 'string') return error;
    return typeof message === 'string' ? message : undefined;
  },
  isAboutMessage: () => true,
};

/**
 * Returns a channel that posts each notice as JSON, for programs. `id` stays the same when a notice is
 * delivered a second time.
 */
function webhookChannel({ url, minSeverity, environment, redact }: WebhookOptions): Channel {
  return {
    name: 'webhook',
    keepsEach: true,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        const body = { ...notice, environment: deploymentOf(notice, environment) };
        await post(url.reveal(), body, { redact, signal, service: receiver });
      }
    },
  };
}

export const webhookKind = channelKind({
  name: 'webhook',
  turnedOnBy: 'WEBHOOK_URL',
  variables: {
    WEBHOOK_URL: variable(secretUrl().optional(), {
      description: 'URL that every alert and all news are posted to as JSON',
      example: 'https://alerts.example.com/your-secret-path',
      secret: true,
    }),
    WEBHOOK_MIN_SEVERITY: leastSevere('the webhook', 'info'),
  },
  open: ({ WEBHOOK_URL: url, WEBHOOK_MIN_SEVERITY: minSeverity }, speaker) =>
    url && webhookChannel({ ...speaker, url, minSeverity }),
  host: ({ WEBHOOK_URL: url }) => url?.reveal(),
});
