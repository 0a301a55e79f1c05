import { httpUrl, secretText, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { type Notice, reaches, type Severity } from '../model/alert.ts';
import { channelKind, leastSevere, withoutSlash } from './channelKind.ts';
import { type Item, loadNotifier, type Notifier, tracesOf } from './loadNotifier.ts';
import { cut } from './messageText.ts';
import { post, type Service } from './post.ts';
import { RollbarApi } from './RollbarApi.ts';
import { fingerprintOf, RollbarItems } from './RollbarItems.ts';

export interface RollbarOptions {
  accessToken: { reveal(): string };
  /** The whole URL, with path, that items are posted to. */
  endpoint: string;
  /** The API that marks items as resolved. Without it, items stay active until a person closes them. */
  api?: RollbarApi | undefined;
  minSeverity: Severity;
  /**
   * Returns `<bot>-<network>`, which Rollbar's filters start from.
   * @param name the deployment's name when the notice was written; the present name by default
   */
  environment(name?: string): string;
  version: string;
  /** The name of this machine. */
  host: string;
  /** Removes secrets from a text. */
  redact(text: string): string;
  /** Builds the items. @default rollbar.js */
  notifier?: Notifier;
}

/** https://docs.rollbar.com/reference/create-item */
const rollbar: Service = {
  name: 'Rollbar',
  accepts: ({ json }) => json?.err === 0,
  words: ({ json }) =>
    json?.err !== undefined && typeof json.message === 'string' ? json.message : undefined,
  isAboutMessage: words => !/token|project|account|plan\b/i.test(words),
};

/** Rollbar cuts titles at 255 characters. */
const mostOfTitle = 255;

/**
 * Returns a channel that posts items to Rollbar. They can be filtered by environment, context (`bot#check`),
 * title and `custom.alert.*`. rollbar.js builds them and this channel's queue delivers them. An item keeps
 * the level of its first occurrence and notifies people once, so an alert that has to page people anew is an
 * item of its own.
 *
 * With a token that may write, the end of an alert marks the incident's items as resolved and posts no
 * occurrence: an occurrence that Rollbar processes later would make its item active again. Without such a
 * token the end is an occurrence of the last item, which stays active until a person closes it.
 */
export function rollbarChannel(options: RollbarOptions): Channel {
  const { accessToken, endpoint, api, minSeverity, redact, notifier = loadNotifier() } = options;
  const headers = { 'x-rollbar-access-token': accessToken.reveal() };
  const items = new RollbarItems(api);
  return {
    name: 'rollbar',
    needsBeginning: true,
    // An item has no field for an acknowledgement.
    wants: notice =>
      notice.occasion !== 'news' && notice.occasion !== 'acknowledged' && reaches(notice, minSeverity),
    async deliver(notices, signal) {
      for (const notice of notices) {
        if (api && notice.occasion === 'resolved') {
          await items.resolve(notice, signal);
          continue;
        }
        const fingerprint = fingerprintOf(notice.alert, notice.alert.severity, notice.episode);
        const uuid = await items.uuidFor(notice, fingerprint, signal);
        const item = await itemOf(notice, options, notifier);
        const envelope = { data: { uuid, fingerprint } };
        await post(endpoint, item, { redact, signal, headers, envelope, service: rollbar });
        items.posted(notice, fingerprint);
      }
    },
  };
}

function itemOf(
  notice: Notice,
  { environment, version, host }: RollbarOptions,
  notifier: Notifier,
): Promise<Item> {
  const { alert, occasion, at } = notice;
  const prefix = occasion === 'opened' ? '' : `${occasion}: `;
  return notifier.build({
    text: `[${alert.check}] ${prefix}${alert.title}: ${alert.message}`,
    traces: tracesOf(alert.data.error),
    fields: {
      environment: environment(notice.environment),
      level: occasion === 'resolved' ? 'info' : alert.severity,
      timestamp: Math.round(at / 1_000),
      code_version: version,
      server: { host },
      title: cut(`[${alert.check}] ${alert.title}`, mostOfTitle),
      context: `${alert.bot}#${alert.check}`,
      custom: { alert: { ...alert, occasion, decision: notice.decision, ending: notice.ending } },
    },
  });
}

export const rollbarKind = channelKind({
  name: 'rollbar',
  turnedOnBy: 'ROLLBAR_API_KEY',
  variables: {
    ROLLBAR_API_KEY: variable(secretText().optional(), {
      description:
        'Access token (post_server_item) of the Rollbar project; without it nothing goes to Rollbar',
      example: 'your-rollbar-access-token',
      secret: true,
    }),
    ROLLBAR_WRITE_TOKEN: variable(secretText().optional(), {
      description: 'Access token (read and write) with which items are marked resolved when an alert ends',
      example: 'your-rollbar-write-token',
      secret: true,
      needs: 'ROLLBAR_API_KEY',
    }),
    ROLLBAR_ENDPOINT: variable(httpUrl().prefault('https://api.rollbar.com/api/1/item/'), {
      description: 'Whole URL, path included, that items are posted to',
      example: 'http://127.0.0.1:9300/api/1/item/',
      mayHoldKey: true,
      onlyWith: 'ROLLBAR_API_KEY',
    }),
    ROLLBAR_API_URL: variable(httpUrl().prefault('https://api.rollbar.com/api/1'), {
      description: 'Base URL of the rest of the Rollbar API',
      example: 'http://127.0.0.1:9300/api/1',
      mayHoldKey: true,
      onlyWith: 'ROLLBAR_WRITE_TOKEN',
    }),
    ROLLBAR_MIN_SEVERITY: leastSevere('Rollbar', 'info'),
  },
  open: ({ ROLLBAR_API_KEY: accessToken, ROLLBAR_WRITE_TOKEN: token, ...config }, speaker) => {
    const { bot, version, host, environment, chain, redact } = speaker;
    if (!accessToken) return undefined;
    return rollbarChannel({
      accessToken,
      endpoint: config.ROLLBAR_ENDPOINT,
      api: token && new RollbarApi({ url: withoutSlash(config.ROLLBAR_API_URL), token }),
      minSeverity: config.ROLLBAR_MIN_SEVERITY,
      environment: (name = environment) => `${bot}-${name || chain()}`,
      version,
      host,
      redact,
    });
  },
  host: ({ ROLLBAR_API_KEY: key, ROLLBAR_ENDPOINT: url }) => key && url,
});
