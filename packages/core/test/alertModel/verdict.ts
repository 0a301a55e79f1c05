import { expect } from '@jest/globals';
import { isAtLeast, type Severity } from '../../src/alerts/model/alert.ts';
import { type AlertWorld, channelNames, entityOf } from './AlertWorld.ts';
import type { Player } from './history.ts';
import { entities, findings, type Oracle } from './Oracle.ts';
import type { Service } from './Service.ts';

type State = 'loud' | 'acknowledged' | 'closed';

/** Returns the state of each alert as a reader of a channel understands it. */
function statesOf(service: Service): Map<string, State> {
  const states = new Map<string, State>();
  for (const { notice } of service.receipts) {
    const { occasion, alert } = notice;
    const entity = entityOf(alert.dedupKey);
    if (occasion === 'resolved') states.set(entity, 'closed');
    else if (occasion === 'acknowledged') states.set(entity, 'acknowledged');
    else if (occasion !== 'changed') states.set(entity, 'loud');
  }
  return states;
}

const least: Record<string, Severity> = { chat: 'warning', pagerduty: 'error', program: 'info' };

/** Compares, after a calm time, every channel with the oracle. @returns the differences */
export function differences(world: AlertWorld, oracle: Oracle, player: Player): string[] {
  const wrong: string[] = [];
  for (const told of entities) {
    const { isOpen, isCared, severity } = oracle.expected(told);
    const isLate = findings.some(({ entity, told: by }) => by === told && player.late.has(entity));
    for (const name of channelNames) {
      const incidents = [...world.pager.open].filter(([key]) => entityOf(key) === told);
      const incidentState = incidents.some(([, each]) => each === 'triggered') ? 'loud' : 'acknowledged';
      const state =
        name === 'pagerduty'
          ? incidents.length === 0
            ? 'closed'
            : incidentState
          : (statesOf(world.service(name)).get(told) ?? 'closed');
      const is = `${name}: ${told} is ${state} (${incidents.map(([key, each]) => `${key} ${each}`).join(', ')})`;
      if (name === 'pagerduty' && incidents.length > 1) wrong.push(`${is}, more than one`);
      if (isOpen === 'no' && state !== 'closed') wrong.push(`${is}, and it is over`);
      if (isOpen !== 'yes') continue;
      if (isCared === 'no' && severity && isAtLeast(severity, least[name] as Severity)) {
        if (isLate && severity !== 'critical') continue;
        const isAcknowledgedThere = name === 'pagerduty' && player.atPager.has(told);
        if (state === 'closed' || (state === 'acknowledged' && !isAcknowledgedThere))
          wrong.push(`${is}, and nobody takes care of it (${severity})`);
      }
      if (isCared === 'yes' && state === 'loud' && !player.missed.has(name))
        wrong.push(`${is}, and it is acknowledged`);
    }
  }
  for (const [key] of world.pager.open) {
    if (key.includes(':state-un')) continue;
    if (!entities.includes(entityOf(key))) wrong.push(`pagerduty: ${key} is open`);
  }
  return wrong;
}

/**
 * Checks that no channel gets a notice again that the process knows to be delivered, and that each history
 * goes from a beginning to one end.
 */
export function expectOnce(world: AlertWorld, player: Player): void {
  for (const name of channelNames) {
    const confirmed = new Set<string>();
    for (const { notice, isConfirmed } of world.service(name).receipts) {
      if (confirmed.has(notice.id))
        throw new Error(`${name} got ${notice.occasion} of ${notice.alert.dedupKey} again`);
      if (isConfirmed) confirmed.add(notice.id);
    }
  }
  if (player.missed.size === 0) expectStory(world.program);
}

/** Checks the history of the program that keeps each notice. */
function expectStory(program: Service): void {
  const seen = new Set<string>();
  const open = new Map<string, number>();
  for (const { notice } of program.receipts) {
    const { id, occasion, alert } = notice;
    if (seen.has(id)) continue;
    seen.add(id);
    const { dedupKey: key, since } = alert;
    const isBeginning = occasion === 'opened' || occasion === 'flapping';
    const story = `${occasion} of ${key} since ${since}, open since ${open.get(key) ?? 'never'}`;
    expect([story, isBeginning]).toEqual([story, !open.has(key)]);
    if (occasion === 'resolved') open.delete(key);
    else open.set(key, since);
  }
}
