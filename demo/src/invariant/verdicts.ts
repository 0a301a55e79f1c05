import { claim, counted, quietLog, type Verdict } from '../verdict.ts';
import type { Incident } from './chainRecord.ts';
import { alertOf } from './incidentTable.ts';
import type { Told } from './told.ts';

export interface Evidence {
  readonly incidents: readonly Incident[];
  readonly told: readonly Told[];
  /** From the first block that the bot had checked to the newest. */
  readonly blocks: { readonly from: number; readonly to: number };
  /** As the bot reports it. */
  readonly checked: { readonly upTo: number; readonly skipped: number };
  /** Lines of its log above info, except for the alerts. */
  readonly complaints: readonly string[];
}

/** The tolerance between the alert and the chain: the books are rounded to the pool's favour. */
const part = 0.001;

/** Blocks that arrive while the bot reads one are checked together; the alert names the newest. */
const promptBlocks = 10;

interface Found {
  readonly incident: Incident;
  readonly alert: ReturnType<typeof alertOf>;
}

/** Judges every claim of the act. A claim without an instance does not hold. */
export function judge({ incidents, told, blocks, checked, complaints }: Evidence): Verdict[] {
  const opened = told.filter(({ occasion }) => occasion === 'opened');
  const alerts: Found[] = incidents.map(incident => ({ incident, alert: alertOf(incident, told) }));
  const all = (holds: (each: Found) => boolean) => alerts.length > 0 && alerts.every(holds);
  const count = (holds: (each: Found) => boolean) => `${alerts.filter(holds).length} of ${alerts.length}`;
  const first = Math.min(...incidents.map(({ block }) => block));
  const early = opened.filter(({ block }) => block < first);
  const isPage = ({ alert: [page] }: Found) => page?.level === 'critical';
  const behind = ({ incident, alert: [page] }: Found) => (page?.block ?? Number.NaN) - incident.block;
  const isPrompt = (found: Found) => behind(found) >= 0 && behind(found) <= promptBlocks;
  const isRight = ({ incident, alert: [page] }: Found) =>
    page !== undefined && Math.abs(Number.parseFloat(page.by) - incident.by) <= Math.abs(incident.by) * part;
  const isOver = ({ alert: [, ending] }: Found) => ending !== undefined;

  return [
    claim('every block is checked', checked.upTo >= blocks.to && checked.skipped === 0, () =>
      checked.skipped === 0
        ? counted(checked.upTo - blocks.from + 1, 'block')
        : `${checked.skipped} were not`,
    ),
    claim('a day of ordinary trades is nothing to tell', first > blocks.from && early.length === 0, () =>
      early[0] === undefined ? 'nothing told' : early[0].message,
    ),
    claim('each incident pages', all(isPage), () => count(isPage)),
    claim('as soon as it is there', all(isPrompt), () =>
      all(isPrompt) ? `at most ${counted(Math.max(...alerts.map(behind)), 'block')} later` : count(isPrompt),
    ),
    claim('with the number that the chain has, to a thousandth', all(isRight), () => count(isRight)),
    claim(
      'and nothing else is told',
      opened.length === incidents.length,
      () => `${counted(opened.length, 'alert')}, ${counted(incidents.length, 'incident')}`,
    ),
    claim('each is over when its cause is gone', all(isOver), () => count(isOver)),
    quietLog(complaints, 'nothing else went wrong in its log'),
  ];
}
