import Rollbar from 'rollbar';
import type { Channel, Notice, Severity } from './alert.ts';

export interface RollbarOptions {
  accessToken: { reveal(): string };
  /** Whole URL with path; absent means Rollbar's own service. */
  endpoint?: string | undefined;
  /** `<bot>-<network>`: what Rollbar's filters start from. */
  environment(): string;
  version: string;
  /** Takes known secrets out of a text. */
  redact(text: string): string;
  /** JSON-safe copy: bigints as strings, cycles cut. */
  serialise(value: unknown): unknown;
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
      const clean = redacted(JSON.parse(JSON.stringify(data)), options.redact) as object;
      for (const key of Object.keys(data)) delete data[key];
      Object.assign(data, clean, { environment: options.environment() });
    },
  });

  return {
    name: 'rollbar',
    deliver: notice =>
      new Promise((resolve, reject) => {
        const level = notice.occasion === 'resolved' ? 'info' : levels[notice.alert.severity];
        rollbar[level](
          titleOf(notice),
          customOf(notice, options.serialise),
          (error: unknown, response: unknown) => {
            // The library calls a refusal without an error text a success; only an item's id is one.
            if (error) reject(error instanceof Error ? error : new Error(String(error)));
            else if (!response) reject(new Error('Rollbar did not take the item'));
            else resolve();
          },
        );
      }),
  };
}

/** Each text by itself: in JSON a quotation mark in a secret would be spelt differently. */
function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    // A key as a list of bytes.
    const text = JSON.stringify(value);
    const isSecret = value.every(item => typeof item === 'number') && redact(text) !== text;
    return isSecret ? redact(text) : value.map(item => redacted(item, redact));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redact(key), redacted(item, redact)]),
  );
}

function titleOf({ occasion, alert }: Notice): string {
  const prefix = occasion === 'opened' ? '' : `${occasion}: `;
  return `[${alert.check}] ${prefix}${alert.title}: ${alert.message}`;
}

function customOf(
  { occasion, alert }: Notice,
  serialise: (value: unknown) => unknown,
): Record<string, unknown> {
  return {
    fingerprint: `${alert.dedupKey}:${occasion === 'resolved' ? 'resolved' : alert.severity}:${alert.since}`,
    title: `[${alert.check}] ${alert.title}`,
    context: `${alert.bot}#${alert.check}`,
    alert: serialise({ ...alert, occasion }),
  };
}
