import { deploymentOf, reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { post } from './post.ts';
import { isPage, type Service } from './serviceAnswer.ts';

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
export function webhookChannel({ url, minSeverity, environment, redact }: WebhookOptions): Channel {
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
