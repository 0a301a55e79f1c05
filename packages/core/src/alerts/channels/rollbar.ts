import Rollbar from 'rollbar';
import { reasonOf } from '../../errors/index.ts';
import type { Plain } from '../../logger/index.ts';
import type { Notice, Severity } from '../alert.ts';
import type { Channel } from '../channel.ts';
import { DeliveryFailed } from '../deliveryFailed.ts';
import { redactAll } from '../redactAll.ts';

export interface RollbarOptions {
  accessToken: { reveal(): string };
  /** Whole URL with path; absent means Rollbar's own service. */
  endpoint?: string | undefined;
  /** `<bot>-<network>`: what Rollbar's filters start from. */
  environment(): string;
  version: string;
  /** Takes known secrets out of a text. */
  redact(text: string): string;
}

/** Rollbar's own names for the severities. */
const levels: Record<Severity, 'info' | 'warning' | 'error' | 'critical'> = {
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'critical',
};

/**
 * Items that can be filtered by environment, context (`bot#check`), title and `custom.alert.*`.
 * An item keeps the level of its first occurrence and pages once, so severity and the incident's start are part of the
 * fingerprint. Everything of ours stands under one key of `custom`: some top-level names make the library drop it all.
 */
export function rollbarChannel(options: RollbarOptions): Channel {
  const rollbar = new Rollbar({
    accessToken: options.accessToken.reveal(),
    codeVersion: options.version,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    captureUncaught: false,
    captureUnhandledRejections: false,
    // The default drops what comes after the 60th in a minute and calls it a success.
    itemsPerMinute: 100_000,
    // The library's own lines go to the console, past our logger and its redaction; `disable` is not in its types.
    logLevel: 'disable' as 'critical',
    verbose: false,
    transform: data => {
      const clean = redactAll(JSON.parse(JSON.stringify(data)) as Plain, options.redact) as object;
      for (const key of Object.keys(data)) delete data[key];
      Object.assign(data, clean, { environment: options.environment() });
    },
  });

  const send = (notice: Notice) =>
    new Promise<void>((resolve, reject) => {
      const level = notice.occasion === 'resolved' ? 'info' : levels[notice.alert.severity];
      rollbar[level](titleOf(notice), customOf(notice), (error: unknown, response: unknown) => {
        // The library calls a refusal without an error text a success; only an item's id is one.
        if (error) reject(new DeliveryFailed(reasonOf(error)));
        else if (!response) reject(new DeliveryFailed('Rollbar did not take the item'));
        else resolve();
      });
    });

  return {
    name: 'rollbar',
    async deliver(notices) {
      for (const notice of notices) await send(notice);
    },
  };
}

function titleOf({ occasion, alert }: Notice): string {
  const prefix = occasion === 'opened' ? '' : `${occasion}: `;
  return `[${alert.check}] ${prefix}${alert.title}: ${alert.message}`;
}

function customOf({ occasion, alert }: Notice): Record<string, unknown> {
  return {
    fingerprint: `${alert.dedupKey}:${occasion === 'resolved' ? 'resolved' : alert.severity}:${alert.since}`,
    title: `[${alert.check}] ${alert.title}`,
    context: `${alert.bot}#${alert.check}`,
    alert: { ...alert, occasion },
  };
}
