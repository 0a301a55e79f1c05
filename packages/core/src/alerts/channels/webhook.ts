import { reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { post } from './post.ts';

export interface WebhookOptions extends ChannelOptions {
  url: { reveal(): string };
}

/** Each notice as it is, as JSON, for programs. `id` is the same when one is delivered a second time. */
export function webhookChannel({ url, minSeverity, environment, redact }: WebhookOptions): Channel {
  return {
    name: 'webhook',
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        await post(url.reveal(), { environment, ...notice }, { redact, signal });
      }
    },
  };
}
