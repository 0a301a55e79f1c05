import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An accepted message. */
export interface Mail {
  readonly receivedAt: Date;
  /** From the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, as received. */
  readonly raw: string;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
  /** The user that was logged in. */
  readonly user: string | undefined;
}

/** The stage at which a server refuses: the login, an address, or the whole message. */
export type MailStage = 'login' | 'address' | 'message';

export interface SmtpOptions {
  /** TLS from the first byte. Otherwise the server offers STARTTLS, unless `isClear`. */
  readonly isSecure?: boolean;
  readonly isClear?: boolean;
  /** Absent: no login is needed. */
  readonly login?: { readonly user: string; readonly password: string };
  /** In PEM format. @default a certificate that no client trusts */
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** @param address limits the refusal to this address */
  refuse(stage: MailStage, code: number, words: string, address?: string): void;
  /** Accepts connections and sends nothing more from the next message on. */
  hang(): void;
  behave(): void;
  close(): Promise<void>;
}

/** Plays a mail server, on a real server library. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpSink> {
  // Loaded here, since most users of this package send no mail.
  const { SMTPServer } = await import('smtp-server');
  const mails: Mail[] = [];
  let refusal: { stage: MailStage; error: Error; address: string | undefined } | undefined;
  let isHanging = false;
  const refused = (stage: MailStage, address?: string) =>
    refusal?.stage === stage && (refusal.address ?? address) === address ? refusal.error : undefined;

  const server = new SMTPServer({
    logger: false,
    secure: options.isSecure ?? false,
    hideSTARTTLS: options.isClear ?? false,
    disableReverseLookup: true,
    authOptional: options.login === undefined,
    ...options.certificate,
    onAuth({ username, password }, _session, done) {
      const error = refused('login');
      const isRight = username === options.login?.user && password === options.login?.password;
      if (error) done(error);
      else if (isRight) done(null, { user: username });
      else done(refusalOf(535, '5.7.8 Authentication credentials invalid'));
    },
    onRcptTo({ address }, _session, done) {
      done(refused('address', address));
    },
    onData(stream, session, done) {
      void text(stream).then(raw => {
        const { envelope, secure, user } = session;
        const [address] = envelope.rcptTo;
        const error = refused('message', address?.address);
        if (isHanging) return;
        if (error) return done(error);
        mails.push({
          receivedAt: new Date(),
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(each => each.address),
          raw,
          isSecure: secure,
          user: typeof user === 'string' ? user : undefined,
        });
        done(null, 'queued');
      });
    },
  });
  // A client that disconnects, or does not trust the certificate.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');

  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    refuse(stage, code, words, address) {
      refusal = { stage, error: refusalOf(code, words), address };
    },
    hang() {
      isHanging = true;
    },
    behave() {
      refusal = undefined;
      isHanging = false;
    },
    close: () =>
      new Promise(resolve => {
        for (const connection of server.connections) connection.close();
        server.close(() => resolve());
      }),
  };
}

function refusalOf(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}
