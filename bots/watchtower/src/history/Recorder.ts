import type { Observation } from '@service-bots/core/alerts';
import type { ChainView } from '../chain/ChainView.ts';
import { walletsIn } from '../wallets.ts';
import { eventsBetween, type Look } from './events.ts';
import { History } from './History.ts';
import { type Runway, runwayOf } from './runway.ts';
import { balanceSeries, feeSeries, nonceSeries, sampleEveryMs, samplesOf } from './samples.ts';

const weekMs = 7 * 86_400_000;
const pruneEveryMs = 3_600_000;

/** Records the events and the figures of each look, and returns the figures of the last week. */
export class Recorder {
  readonly history: History;
  #look: Look | undefined;
  #runways: ReadonlyMap<string, Runway> = new Map();
  #trends = new Map<string, readonly { value: number }[]>();
  #sampledAtMs = -Infinity;
  #prunedAtMs = -Infinity;
  #hasReportedSetAside = false;

  /** @param path of the history's file */
  constructor(path: string) {
    this.history = new History(path);
  }

  /** How long each wallet lasts, as of the last sample. */
  get runways(): ReadonlyMap<string, Runway> {
    return this.#runways;
  }

  /** Stores the events since the last look, and a sample of the figures every quarter of an hour. */
  record(look: Look, chains: readonly ChainView[]): void {
    const { nowMs, watched } = look;
    if (this.#look) this.history.add(eventsBetween(this.#look, look));
    this.#look = look;
    if (Math.abs(nowMs - this.#sampledAtMs) >= sampleEveryMs) {
      this.#sampledAtMs = nowMs;
      this.history.sample(samplesOf(watched, chains), nowMs);
      this.#trends.clear();
      this.#runways = this.#runwaysOf(look, chains);
    }
    if (Math.abs(nowMs - this.#prunedAtMs) >= pruneEveryMs) {
      this.#prunedAtMs = nowMs;
      this.history.prune(nowMs);
    }
  }

  /** Returns the last week's values of a series. They are read once between two samples. */
  trendOf(series: string, nowMs: number): readonly { value: number }[] {
    const known = this.#trends.get(series);
    if (known) return known;
    const values = this.history.values(series, nowMs - weekMs);
    this.#trends.set(series, values);
    return values;
  }

  /** Returns whether the file can be used. */
  observations(): Observation[] {
    const check = 'history-unusable';
    const { problem, setAside } = this.history;
    // A file that was set aside at the start is reported once, since nothing more can be learnt about it.
    const reportSetAside = setAside !== undefined && !this.#hasReportedSetAside;
    this.#hasReportedSetAside = true;
    const aside: Observation[] = reportSetAside
      ? [{ check: 'state-unreadable', failing: true, message: setAside }]
      : [];
    if (problem === undefined) return [...aside, { check, failing: false }];
    const meaning = 'The bots are watched all the same; events and figures of this time are not kept.';
    const message = `${problem}. ${meaning} First look at the disk of STATE_DIR.`;
    return [...aside, { check, failing: true, message }];
  }

  #runwaysOf({ watched, nowMs }: Look, chains: readonly ChainView[]): ReadonlyMap<string, Runway> {
    const past = (series: string) => this.history.values(series, nowMs - weekMs);
    return new Map(
      walletsIn(watched, chains, this.#runways).map(({ key, chainId }) => [
        key,
        runwayOf({
          balance: past(balanceSeries(key)),
          nonce: past(nonceSeries(key)),
          fee: past(feeSeries(chainId)),
        }),
      ]),
    );
  }
}
