import { appendFileSync } from 'node:fs';
import {
  type HeartbeatSink,
  type Sink,
  type SinkBehaviour,
  type SmtpSink,
  startDiscord,
  startHeartbeat,
  startPagerDuty,
  startRollbar,
  startSlack,
  startSmtp,
  startTelegram,
  startWebhook,
} from '@service-bots/devnet';
import type { ChannelKind, Delivery, HistoryWriter } from '../history/index.ts';
import { named } from './Endpoint.ts';

/** The ways in which a channel of the campaign fails. */
export type ChannelFailure = Exclude<SinkBehaviour, 'ok' | 'reject'>;

/** A channel that is played by a sink, or by a mail server. */
interface Played {
  readonly kind: ChannelKind;
  behave(behaviour: 'ok' | ChannelFailure): void;
  /** The deliveries since the last call. */
  take(): Delivery[];
  close(): Promise<void>;
}

/** Everything that the bots tell people through, and the dead man's switch. */
export interface Channels {
  /** The environment that every bot shares, and the secrets in it. */
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  readonly names: readonly ChannelKind[];
  readonly heartbeat: HeartbeatSink;
  behave(channel: ChannelKind, behaviour: 'ok' | ChannelFailure): void;
  /** Appends what arrived since the last call to the deliveries' file. */
  record(): void;
  close(): Promise<void>;
}

/** @param deliveries the file of the evidence */
export async function openChannels(
  secretOf: (name: string) => string,
  deliveries: string,
): Promise<Channels> {
  const [rollbar, pagerduty, telegram, slack, discord, webhook, heartbeat, smtp] = await Promise.all([
    startRollbar(),
    startPagerDuty(),
    startTelegram(),
    startSlack(),
    startDiscord(),
    startWebhook(),
    startHeartbeat(),
    startSmtp({ isClear: true }),
  ]);
  const byName: Record<ChannelKind, Played> = {
    rollbar: played('rollbar', rollbar),
    pagerduty: played('pagerduty', pagerduty),
    telegram: played('telegram', telegram),
    slack: played('slack', slack),
    discord: played('discord', discord),
    webhook: played('webhook', webhook),
    email: playedByMail(smtp),
  };
  const beats = takenFrom('heartbeat', heartbeat);
  const token = (name: string, form: (secret: string) => string = secret => secret) => ({
    name,
    value: form(secretOf(name)),
  });
  const secrets = [
    token('rollbar-token'),
    token('pagerduty-key', secret => secret.slice(0, 32)),
    token('telegram-token', secret => `123456:AA${secret}`),
    token('webhook-path'),
  ];
  const of = (name: string) => secrets.find(secret => secret.name === name)?.value ?? '';
  return {
    env: {
      ROLLBAR_API_KEY: of('rollbar-token'),
      ROLLBAR_ENDPOINT: named(rollbar.endpoint, 'rollbar'),
      PAGERDUTY_ROUTING_KEY: of('pagerduty-key'),
      PAGERDUTY_API_URL: named(pagerduty.url, 'pagerduty'),
      PAGERDUTY_MIN_SEVERITY: 'critical',
      TELEGRAM_BOT_TOKEN: of('telegram-token'),
      TELEGRAM_CHAT_ID: '-100200',
      TELEGRAM_API_URL: named(telegram.url, 'telegram'),
      SLACK_WEBHOOK_URL: slack.webhookUrl,
      DISCORD_WEBHOOK_URL: discord.webhookUrl,
      WEBHOOK_URL: `${named(webhook.url, 'webhook')}/${of('webhook-path')}`,
      EMAIL_TO: 'ann@example.com',
      EMAIL_FROM: 'bots@example.com',
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
    },
    secrets,
    names: Object.keys(byName) as ChannelKind[],
    heartbeat,
    behave: (channel, behaviour) => byName[channel].behave(behaviour),
    record() {
      const arrived = [...Object.values(byName).flatMap(channel => channel.take()), ...beats()];
      if (arrived.length === 0) return;
      appendFileSync(deliveries, arrived.map(each => `${JSON.stringify(each)}\n`).join(''));
    },
    close: async () =>
      void (await Promise.all([...Object.values(byName), heartbeat].map(channel => channel.close()))),
  };
}

/** Writes a record of each channel. */
export function describeChannels(channels: Channels, history: HistoryWriter): void {
  for (const kind of channels.names)
    history.write({
      type: 'channel',
      channel: kind,
      kind,
      minSeverity: kind === 'pagerduty' ? 'critical' : 'info',
    });
}

function played(kind: ChannelKind, sink: Sink<unknown>): Played {
  return {
    kind,
    behave: behaviour => sink.behave(behaviour),
    take: takenFrom(kind, sink),
    close: () => sink.close(),
  };
}

function takenFrom(channel: string, { requests }: Sink<unknown>): () => Delivery[] {
  let taken = 0;
  return () => {
    const fresh = requests.slice(taken);
    taken = requests.length;
    return fresh.map(({ receivedAt, outcome, path, headers, body }) => ({
      channel,
      arrivedAtMs: receivedAt.getTime(),
      isAccepted: typeof outcome === 'number' && outcome < 300,
      outcome,
      path,
      headers: { ...headers },
      body,
    }));
  };
}

function playedByMail(smtp: SmtpSink): Played {
  let taken = 0;
  return {
    kind: 'email',
    behave(behaviour) {
      smtp.behave();
      if (behaviour === 'hang') smtp.hang();
      else if (behaviour !== 'ok') smtp.refuse('message', 451, '4.3.0 the mail system is out of order');
    },
    take() {
      const fresh = smtp.mails.slice(taken);
      taken = smtp.mails.length;
      return fresh.map(({ receivedAt, raw }) => ({
        channel: 'email',
        arrivedAtMs: receivedAt.getTime(),
        isAccepted: true,
        outcome: 250,
        path: '',
        headers: {},
        body: raw,
      }));
    },
    close: () => smtp.close(),
  };
}
