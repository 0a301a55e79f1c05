import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Transporter } from 'nodemailer';
import {
  eachEntry,
  entriesOf,
  mailServerUrl,
  parsed,
  password,
  Refusal,
  type Secret,
  text,
  type Variable,
  variable,
} from '../../config/index.ts';
import { failingClosed } from '../../logger/index.ts';
import { type Channel, DeliveryFailed } from '../delivery/Channel.ts';
import { type Notice, reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere } from './channelKind.ts';
import { type Context, digestOf, messageText, plainStyle, wordingOf } from './messageText.ts';

/** The server that mail is submitted to. */
export interface MailServer {
  /** `smtps://host:port` for TLS from the first byte, `smtp://host:port` for STARTTLS. */
  url: string;
  /** Both or neither. They are sent over TLS only. */
  user?: string | undefined;
  password?: { reveal(): string } | undefined;
}

export interface EmailOptions extends ChannelOptions {
  server: MailServer;
  from: string;
  /** Each address gets a message of its own and does not see the other addresses. */
  to: readonly string[];
}

/**
 * The limit of each SMTP step. An attempt ends sooner, when its signal aborts; this limit ends the connection
 * that is left behind.
 */
const stepMs = 10_000;

const mostCharacters = 60_000;

// The library is loaded only by bots that send mail, and stays outside of their bundle.
const nodemailer = () => createRequire(import.meta.url)('nodemailer') as typeof import('nodemailer');

/** Returns the transport that submits mail to a server. Each message has a connection of its own. */
function transporterTo({ url, user, password }: MailServer): Transporter {
  const { hostname, port, protocol } = new URL(url);
  return nodemailer().createTransport({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    secure: protocol === 'smtps:',
    ...(port === '' ? {} : { port: Number(port) }),
    ...(password && { auth: { user, pass: password.reveal() }, requireTLS: true }),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    dnsTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Connects, begins TLS and logs in; sends no mail. @throws DeliveryFailed */
export async function examineMailServer(server: MailServer, redact: (text: string) => string): Promise<void> {
  const transporter = transporterTo(server);
  await transporter.verify().catch(error => {
    throw failureOf(error, redact);
  });
}

/**
 * Returns a channel that sends one SMTP message to each address. A message counts as delivered once the
 * server has accepted it for every address. An address that is refused does not delay the others, and a retry
 * does not send to the others again.
 */
function emailChannel({ server, from, to, minSeverity, environment, ...options }: EmailOptions): Channel {
  const redact = failingClosed(text => options.redact(text));
  const context = { environment, redact };
  const transporter = transporterTo(server);
  const has = new Map(to.map(address => [address, new Set<string>()]));

  async function send(address: string, notices: readonly Notice[], signal: AbortSignal): Promise<void> {
    const mail = { ...messageOf(notices, context), from, to: address };
    const sending = transporter
      .sendMail({ ...mail, subject: redact(mail.subject), text: redact(mail.text) })
      .catch((error: unknown) => {
        throw failureOf(error, redact);
      });
    await Promise.race([sending, aborted(signal)]);
  }

  return {
    name: 'email',
    minIntervalMs: 1_000,
    digestUpTo: 20,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      const failures: unknown[] = [];
      for (const [address, ids] of has) {
        const due = notices.filter(({ id }) => !ids.has(id));
        if (due.length === 0) continue;
        try {
          await send(address, due, signal);
          for (const { id } of due) ids.add(id);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      for (const ids of has.values()) for (const { id } of notices) ids.delete(id);
    },
  };
}

/** Returns a message without its sender and its recipient. */
function messageOf(notices: readonly Notice[], context: Context) {
  const [notice, ...more] = notices;
  const text = messageText(notices, plainStyle(mostCharacters), context);
  const automatic = { 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' };
  if (!notice || more.length > 0)
    return { subject: digestOf(notices, context).headline, text, headers: automatic };
  const { alert, occasion } = notice;
  const isLoud = alert.severity === 'critical' && occasion !== 'resolved' && occasion !== 'acknowledged';
  return {
    subject: `[${alert.bot}] ${wordingOf(notice, context).headline}`,
    text,
    // The id is the same when the message is sent a second time, and all messages about one incident form one
    // thread.
    messageId: idOf(notice.id),
    references: idOf(`${alert.dedupKey} ${alert.since}`),
    ...(isLoud ? { priority: 'high' as const } : {}),
    // The headers are for the filters of mail programs.
    headers: {
      ...automatic,
      'x-bot': context.redact(alert.bot),
      'x-check': context.redact(alert.check),
      'x-severity': alert.severity,
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4; a hash holds no secret and no line break. */
function idOf(text: string): string {
  return `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@service-bots.invalid>`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = () => reject(new DeliveryFailed('no answer in time'));
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}

/** The properties of nodemailer's errors beside the message. */
interface MailError {
  code?: unknown;
  command?: unknown;
  response?: unknown;
  responseCode?: unknown;
  message?: unknown;
}

/**
 * https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1: a code that begins with 4 may pass by itself, a code
 * that begins with 5 does not. A notice is given up only for the size or the content of this very message: an
 * address, a login or a policy can be corrected.
 */
function failureOf(error: unknown, redact: (text: string) => string): DeliveryFailed {
  const { code, command, response, responseCode, message } = error as MailError;
  if (typeof response === 'string' && typeof responseCode === 'number') {
    const words = redact(response.replaceAll(/\s+/g, ' ').slice(0, 300));
    const hint = code === 'EAUTH' ? ' (are SMTP_USER and SMTP_PASSWORD right?)' : '';
    const isAboutMessage =
      command === 'DATA' && (responseCode === 552 || /^5\d\d[ -]5\.(6\.\d|3\.4)\b/.test(words));
    return new DeliveryFailed(`SMTP ${words}${hint}`, {
      permanent: isAboutMessage,
      isPassing: responseCode < 500,
      answer: words,
    });
  }
  const reason = redact(typeof message === 'string' ? message : String(error));
  const isTls = code === 'ETLS' || /certificate|\bTLS\b|STARTTLS/i.test(reason);
  return new DeliveryFailed(isTls ? `no TLS: ${reason}` : `no connection: ${reason}`, { isPassing: !isTls });
}

/** Checks an address, which must stand without a name beside it. */
function mailAddress(entry: string): void {
  if (!/^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(entry))
    throw new Refusal('is not an address like on-call@example.com');
}

function mailAddresses(): Variable<string[]> {
  return parsed(text => {
    eachEntry(text, mailAddress, entriesOf(text));
    return [...new Set(entriesOf(text))];
  });
}

/** Where mail is handed in; undefined where no mail is sent. */
function mailServerOf(config: {
  SMTP_URL?: string | undefined;
  SMTP_USER?: string | undefined;
  SMTP_PASSWORD?: Secret | undefined;
}): MailServer | undefined {
  const { SMTP_URL: url, SMTP_USER: user, SMTP_PASSWORD: password } = config;
  return url === undefined ? undefined : { url, user, password };
}

export const emailKind = channelKind({
  name: 'email',
  turnedOnBy: 'EMAIL_TO',
  variables: {
    EMAIL_TO: variable(mailAddresses().optional(), {
      description:
        'Addresses that alerts and news are mailed to, separated by commas; without it no mail is sent',
      example: 'on-call@example.com',
      needs: ['EMAIL_FROM', 'SMTP_URL'],
    }),
    EMAIL_FROM: variable(
      parsed(text => {
        mailAddress(text);
        return text;
      }).optional(),
      {
        description: 'Address that alerts are mailed from',
        example: 'service-bots@example.com',
        needs: 'EMAIL_TO',
      },
    ),
    SMTP_URL: variable(mailServerUrl().optional(), {
      description:
        'Mail server: smtps://host for TLS (port 465), smtp://host for STARTTLS (port 587), or with a port of its own',
      example: 'smtps://smtp.example.com',
      needs: 'EMAIL_TO',
    }),
    SMTP_USER: variable(text().optional(), {
      description: 'User at the mail server. With one, a connection without TLS is refused',
      example: 'service-bots@example.com',
      needs: ['SMTP_URL', 'SMTP_PASSWORD'],
    }),
    SMTP_PASSWORD: variable(password().optional(), {
      description: 'Password of that user',
      example: 'your-mail-password',
      secret: true,
      needs: 'SMTP_USER',
    }),
    EMAIL_MIN_SEVERITY: leastSevere('e-mail', 'info'),
  },
  open: (config, speaker) => {
    const { EMAIL_TO: to, EMAIL_FROM: from, EMAIL_MIN_SEVERITY: minSeverity } = config;
    const server = mailServerOf(config);
    return to && from && server ? emailChannel({ ...speaker, server, from, to, minSeverity }) : undefined;
  },
  async examine(config, redact) {
    const server = mailServerOf(config);
    if (server) await examineMailServer(server, redact);
  },
});
