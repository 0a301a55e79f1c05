import { short } from '../format.ts';
import type { Column } from '../table.ts';
import type { Incident } from './chainRecord.ts';
import { rounded, type Told } from './told.ts';

export const incidentColumns: readonly Column[] = [
  { heading: 'pool' },
  { heading: 'check' },
  { heading: 'block', right: true },
  { heading: 'the chain says', right: true },
  { heading: 'told' },
  { heading: 'of block', right: true },
  { heading: 'Rollbar says', right: true },
  { heading: 'now' },
];

/** Returns a line for every incident of the chain, with its alert. */
export function incidentRows(
  incidents: readonly Incident[],
  told: readonly Told[],
  pools: readonly { readonly address: string; readonly name: string }[],
): string[][] {
  return incidents.map(incident => {
    const [alert, ending] = alertOf(incident, told);
    const unit = incident.check === 'total-shares' ? 'shares' : '%';
    return [
      pools.find(({ address }) => address === incident.pool)?.name ?? short(incident.pool),
      incident.check,
      String(incident.block),
      rounded(`${incident.by} ${unit}`),
      alert?.level ?? 'not told',
      alert ? String(alert.block) : '–',
      alert ? rounded(alert.by) : '–',
      ending ? 'resolved' : 'open',
    ];
  });
}

/** Returns the items that opened and resolved the alert of an incident. */
export function alertOf(
  { check, pool }: Incident,
  told: readonly Told[],
): [opened: Told | undefined, resolved: Told | undefined] {
  const its = told.filter(each => each.check === check && each.pool === pool);
  return [
    its.find(({ occasion }) => occasion === 'opened'),
    its.find(({ occasion }) => occasion === 'resolved'),
  ];
}
