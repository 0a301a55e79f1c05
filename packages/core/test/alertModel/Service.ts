import { DeliveryFailed } from '../../src/alerts/delivery/Channel.ts';
import type { Notice } from '../../src/alerts/model/alert.ts';
import type { Clock } from '../../src/clock/index.ts';

/** The ways in which a service, or the network before it, fails for a while. */
export const troubles = [
  'works',
  'unreachable',
  'overloaded',
  'unauthorized',
  /** The service accepts the request, and its answer is lost. */
  'answerLost',
  /** The service accepts the request, and answers three seconds later: a process may be killed meanwhile. */
  'slow',
  /** Every other request fails. */
  'flaky',
] as const;
export type Trouble = (typeof troubles)[number];

const slowMs = 3_000;

/** A notice as a service received it. */
export interface Receipt {
  notice: Notice;
  /** Whether the process received the confirmation, after which it must not send the notice again. */
  isConfirmed: boolean;
}

/** A service that accepts requests as its current trouble allows, and keeps each notice that it received. */
export class Service {
  trouble: Trouble = 'works';
  readonly receipts: Receipt[] = [];
  readonly #clock: Clock;
  #requests = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Handles a request as the trouble allows. @throws DeliveryFailed as a channel does */
  async request(take: () => void): Promise<void> {
    this.#requests += 1;
    const { trouble } = this;
    if (trouble === 'unreachable') throw new DeliveryFailed('connection refused');
    if (trouble === 'overloaded') throw new DeliveryFailed('HTTP 503', { status: 503 });
    if (trouble === 'unauthorized') throw new DeliveryFailed('HTTP 401', { status: 401 });
    if (trouble === 'flaky' && this.#requests % 2 === 1)
      throw new DeliveryFailed('HTTP 500', { status: 500 });
    take();
    if (trouble === 'slow') await this.#clock.sleep(slowMs);
    if (trouble === 'answerLost') throw new DeliveryFailed('no answer');
  }

  receive(notices: readonly Notice[]): Receipt[] {
    const received = notices.map(notice => ({ notice, isConfirmed: false }));
    this.receipts.push(...received);
    return received;
  }
}

export type IncidentState = 'triggered' | 'acknowledged';

/** PagerDuty's incidents, by the semantics of its Events API v2: a trigger that joins an open incident changes nothing. */
export class Pager extends Service {
  /** Open incidents by their dedup key. */
  readonly open = new Map<string, IncidentState>();

  apply(action: string, key: string): void {
    const state = this.open.get(key);
    if (action === 'trigger' && state === undefined) this.open.set(key, 'triggered');
    if (action === 'acknowledge' && state !== undefined) this.open.set(key, 'acknowledged');
    if (action === 'resolve') this.open.delete(key);
  }
}
