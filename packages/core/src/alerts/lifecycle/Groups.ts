import type { Condition } from '../model/condition.ts';
import type { Rules } from '../model/rules.ts';
import type { Acknowledgements } from './Acknowledgements.ts';
import type { Member } from './group.ts';
import { type GroupStep, stepGroup } from './groupLifecycle.ts';
import type { Event } from './lifecycle.ts';
import type { ReminderHold } from './ReminderHold.ts';

interface Surroundings {
  /** The events that were observed together, with the data of the findings. */
  events?: ReadonlyMap<string, Event> | undefined;
  /** Milliseconds since 1970. */
  now: number;
  acknowledgements: Pick<Acknowledgements, 'about'>;
  reminderHold: ReminderHold;
  rules: Rules;
}

interface Taken {
  key: string;
  before: Condition | undefined;
  next: GroupStep;
}

/**
 * Keeps the groups of findings with one cause: which groups have changed, and when the passing of time alone
 * may cause a notice.
 */
export class Groups {
  /**
   * Keys of the groups with a changed finding, each with the reason why that finding ended, unless its check
   * found it gone.
   */
  readonly #changed = new Map<string, string | undefined>();
  readonly #dueAt = new Map<string, number>();

  /**
   * Records that a finding of the group, or the decision about it, has changed.
   * @param ending why a finding ended
   */
  note(key: string, ending?: string): void {
    this.#changed.set(key, ending);
  }

  /** When the passing of time alone may cause a notice about a group, in ms since 1970. */
  dueAt(key: string): number | undefined {
    return this.#dueAt.get(key);
  }

  /** Takes the next step of each group that has changed. */
  steps(
    conditions: ReadonlyMap<string, Condition>,
    { events, now, acknowledgements, reminderHold, rules }: Surroundings,
  ): Taken[] {
    if (this.#changed.size === 0) return [];
    const members = new Map<string, Member[]>();
    const seen = new Set<string>();
    const data = (key: string) => {
      const event = events?.get(key);
      return event?.kind === 'failing' ? event.data?.() : undefined;
    };
    for (const [key, { incident }] of conditions) {
      const group = incident?.alert.group;
      if (!incident || group === undefined || !this.#changed.has(group)) continue;
      const list = members.get(group) ?? [];
      list.push({ key, incident, decision: acknowledgements.about(key), data });
      members.set(group, list);
      if (!seen.has(group) && events?.has(key)) seen.add(group);
    }
    for (const group of seen) reminderHold.seen(group);
    const taken = [...this.#changed].map(([key, ending]) => {
      const before = conditions.get(key);
      const remindFrom = reminderHold.heldUntil(key, { now }) ?? reminderHold.settledAt;
      const about = { now, decision: acknowledgements.about(key), remindFrom, ending };
      const next = stepGroup({ key, before, members: members.get(key) ?? [] }, about, rules);
      if (next.condition) this.#dueAt.set(key, next.dueAt);
      else this.#dueAt.delete(key);
      return { key, before, next };
    });
    this.#changed.clear();
    return taken;
  }
}
