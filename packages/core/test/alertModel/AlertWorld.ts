import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pagerDutyChannel } from '../../src/alerts/channels/pagerDuty.ts';
import type { Channel } from '../../src/alerts/delivery/Channel.ts';
import { readLedger } from '../../src/alerts/delivery/readLedger.ts';
import { severityFor } from '../../src/alerts/lifecycle/Acknowledgements.ts';
import { Alerter } from '../../src/alerts/lifecycle/Alerter.ts';
import { severityOf } from '../../src/alerts/lifecycle/group.ts';
import {
  type Acknowledgement,
  type Notice,
  type Observation,
  reaches,
} from '../../src/alerts/model/alert.ts';
import type { AcknowledgementRecords } from '../../src/alerts/model/schemas.ts';
import { type FakeClock, fakeClock } from '../support/fakeClock.ts';
import { type Line, recordingLogger } from '../support/recordingLogger.ts';
import { Pager, type Receipt, Service } from './Service.ts';

export const channelNames = ['chat', 'pagerduty', 'program'] as const;
export type ChannelName = (typeof channelNames)[number];

const stopMs = 1_500;

/** The settings that a process is started with. */
interface Start {
  environment: string;
  isChainKnown: boolean;
  missing: ChannelName | undefined;
}

/**
 * A bot's alerting with three services, in a world where processes die, services fail and files are damaged.
 */
export class AlertWorld {
  readonly clock: FakeClock = fakeClock(Date.UTC(2026, 0, 1));
  readonly chat = new Service(this.clock);
  readonly pager = new Pager(this.clock);
  readonly program = new Service(this.clock);
  readonly lines: Line[] = [];
  readonly start: Start = { environment: 'prod', isChainKnown: true, missing: undefined };
  #decisions: AcknowledgementRecords = {};
  readonly #folder = mkdtempSync(join(tmpdir(), 'alert-model-'));
  #process: { alerter: Alerter; life: { isOver: boolean } };

  constructor() {
    this.#process = this.#begin();
  }

  get alerter(): Alerter {
    return this.#process.alerter;
  }

  get file(): string {
    return join(this.#folder, 'keeper-alerts.jsonl');
  }

  service(name: ChannelName): Service {
    if (name === 'chat') return this.chat;
    return name === 'program' ? this.program : this.pager;
  }

  async observe(observations: readonly Observation[]): Promise<void> {
    this.alerter.observe(observations);
    await this.clock.advance(200);
  }

  /** Stops the process as a supervisor does, and starts the next one. */
  async restart(): Promise<void> {
    // By the clock of this world the time is over when the process ends; in real time it never is.
    void this.alerter.flush(2_147_483_647);
    await this.clock.advance(stopMs);
    this.kill();
  }

  /** Kills the process between two instructions, with any work under way. */
  kill(): void {
    this.#process.life.isOver = true;
    this.alerter.close();
    this.#process = this.#begin();
  }

  /** Removes this part of the file's content, 0 to 1: 1 is `> file`. */
  cut(part: number): void {
    truncateSync(this.file, Math.floor(readFileSync(this.file).length * (1 - part)));
  }

  delete(): void {
    rmSync(this.file, { force: true });
  }

  /** Puts the same content, or older content, into a new file, as a restore does. */
  replace(content: Buffer): void {
    rmSync(this.file, { force: true });
    writeFileSync(this.file, content);
  }

  /** Stores a decision as the command line does, based on the file. @returns the keys that it covers */
  decide(entity: string, kind: Acknowledgement['kind'], forMs?: number): string[] {
    const { conditions } = readLedger(this.file);
    const [key] = [...conditions].flatMap(([each, { incident }]) =>
      incident && entityOf(each) === entity ? [each] : [],
    );
    const about = key === undefined ? undefined : conditions.get(key)?.incident;
    if (key === undefined || !about) return [];
    const members = [...conditions].flatMap(([each, { incident }]) =>
      incident?.alert.group === key ? [{ key: each, incident }] : [],
    );
    const since = [{ key, incident: about }, ...members].map(each => [each.key, each.incident.alert.since]);
    const at = this.clock.now();
    const decision: Acknowledgement = {
      kind,
      by: 'ann',
      why: 'working on it',
      at,
      severity: severityFor(about),
      until: forMs === undefined ? undefined : at + forMs,
      since: Object.fromEntries(since),
      ...(about.isGroup
        ? { members: Object.fromEntries(members.map(each => [each.key, severityOf(each)])) }
        : {}),
    };
    this.#decisions = { ...this.#decisions, [key]: decision };
    return about.isGroup ? members.map(each => each.key) : [key];
  }

  /** Takes back all decisions about an alert. */
  unmute(entity: string): void {
    const rest = Object.entries(this.#decisions).filter(([key]) => entityOf(key) !== entity);
    this.#decisions = Object.fromEntries(rest);
  }

  close(): void {
    this.alerter.close();
    rmSync(this.#folder, { recursive: true });
  }

  #begin(): { alerter: Alerter; life: { isOver: boolean } } {
    const life = { isOver: false };
    const { environment, missing } = this.start;
    const channels = this.#channels(life).filter(({ name }) => name !== missing);
    const alerter = new Alerter({
      bot: 'keeper',
      chain: () => (this.start.isChainKnown ? 'devnet' : 'unknown'),
      version: '1.2.3',
      environment,
      table: {
        alone: { title: 'something broke', severity: 'error', runbook: 'broken' },
        pooled: { title: 'a pool broke', severity: 'error', runbook: 'broken' },
      },
      runbookUrl: 'https://wiki.example.com/runbooks',
      channels,
      clock: this.clock,
      logger: recordingLogger(this.lines),
      redact: text => text,
      files: join(this.#folder, 'keeper-alerts'),
      acknowledgements: { read: async () => structuredClone(this.#decisions) },
      random: () => 0.5,
    });
    return { alerter, life };
  }

  #channels(life: { isOver: boolean }): Channel[] {
    const confirm = (receipts: readonly Receipt[]) => {
      if (!life.isOver) for (const receipt of receipts) receipt.isConfirmed = true;
    };
    const chat: Channel = {
      name: 'chat',
      minIntervalMs: 1_000,
      digestUpTo: 10,
      wants: notice => notice.occasion !== 'news' && reaches(notice, 'warning'),
      deliver: async notices => {
        let received: Receipt[] = [];
        await this.chat.request(() => {
          received = this.chat.receive(notices);
        });
        confirm(received);
      },
    };
    const program: Channel = {
      name: 'program',
      keepsEach: true,
      deliver: async notices => {
        let received: Receipt[] = [];
        await this.program.request(() => {
          received = this.program.receive(notices);
        });
        confirm(received);
      },
    };
    return [chat, this.#pagerDuty(confirm), program];
  }

  #pagerDuty(confirm: (receipts: readonly Receipt[]) => void): Channel {
    const channel = pagerDutyChannel(
      {
        routingKey: { reveal: () => 'key' },
        apiUrl: 'https://events.example.com',
        minSeverity: 'error',
        environment: this.start.environment,
        redact: text => text,
      },
      async (_url, body, { envelope }) => {
        const { event_action: action } = envelope as { event_action: string };
        const { dedup_key: key } = body as { dedup_key: string };
        await this.pager.request(() => this.pager.apply(action, key));
        return '';
      },
    );
    return {
      ...channel,
      deliver: async (notices: readonly Notice[], signal) => {
        const received = this.pager.receive(notices);
        await channel.deliver(notices, signal);
        confirm(received);
      },
    };
  }
}

/** Returns the object of an alert, without its chain, deployment and episode: `check:pool:subject`. */
export function entityOf(key: string): string {
  const [, check, , ...about] = key.slice(key.indexOf('keeper:')).split('#')[0]?.split(':') ?? [];
  return [check, ...about].join(':');
}
