import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { Channel } from '../../src/alerts/delivery/Channel.ts';
import { Alerter, type AlerterOptions } from '../../src/alerts/lifecycle/Alerter.ts';
import type { Notice } from '../../src/alerts/model/alert.ts';
import { type FakeClock, fakeClock } from './fakeClock.ts';
import { type Line, recordingLogger } from './recordingLogger.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const pool = `0x${'11'.repeat(20)}`;
export const key = 'keeper:broken:devnet:-';
export const failing = (message = 'it broke') => ({ check: 'broken', failing: true as const, message });
export const fine = { check: 'broken', failing: false as const };

/** A channel that records its notices; `act` may refuse one. */
export function channel(name: string, act: (notice: Notice) => unknown = () => undefined) {
  const told: string[] = [];
  const notices: Notice[] = [];
  const it: Channel = {
    name,
    async deliver(given) {
      for (const notice of given) {
        await act(notice);
        notices.push(notice);
        told.push(`${notice.occasion} ${notice.alert.dedupKey}`);
      }
    },
  };
  return { it, told, notices };
}

/**
 * A clock, a log and a folder, new for each test of a file, and alerters on them, which are closed after the
 * test.
 */
export class AlertDesk {
  clock: FakeClock = fakeClock();
  lines: Line[] = [];
  folder = '';
  #opened: Alerter[] = [];

  constructor() {
    beforeEach(() => {
      this.clock = fakeClock();
      this.lines = [];
      this.#opened = [];
      this.folder = mkdtempSync(join(tmpdir(), 'alerter-'));
    });
    afterEach(() => {
      for (const each of this.#opened) each.close();
      rmSync(this.folder, { recursive: true });
    });
  }

  /** The path of the files of an alerter that is to survive. */
  get files(): string {
    return join(this.folder, 'alerts');
  }

  alerter(channels: Channel[], more: Partial<AlerterOptions> = {}): Alerter {
    const alerts = new Alerter({
      bot: 'keeper',
      chain: () => 'devnet',
      version: '1.2.3',
      table: { broken: { title: 'something broke', severity: 'error', runbook: 'broken' } },
      runbookUrl: 'https://wiki.example.com/runbooks',
      channels,
      clock: this.clock,
      logger: recordingLogger(this.lines),
      redact: text => text.replaceAll('s3cret', '***'),
      attemptMs: 100,
      ...more,
    });
    this.#opened.push(alerts);
    return alerts;
  }
}

/** Copies the files of an alerter, as a killed process leaves them. */
export function copied(files: string): string {
  copyFileSync(`${files}.jsonl`, `${files}-copy.jsonl`);
  return `${files}-copy`;
}
