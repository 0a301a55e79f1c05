import { reaches, type Severity } from '../alert.ts';
import type { Channel } from '../channel.ts';
import { post } from './post.ts';

export interface WebhookOptions {
  url: { reveal(): string };
  minSeverity: Severity;
  /** Name of this deployment. */
  environment?: string | undefined;
  /** Takes secrets out of a text. */
  redact(text: string): string;
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
