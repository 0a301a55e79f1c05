import type { Overview } from '../overview/schema.ts';
import { Alerts } from './alerts.tsx';
import { Bots } from './bots.tsx';
import { Endpoints, Hosts } from './machinery.tsx';
import { Peers } from './peers.tsx';
import { Pools } from './pools.tsx';
import { Timeline } from './timeline.tsx';
import { Verdict } from './verdict.tsx';
import { Wallets } from './wallets.tsx';

type Props = { overview: Overview; nowMs: number };

/** A part of the first page that is replaced as a whole when what it shows has changed. */
export interface Section {
  readonly id: string;
  /** Absent: the first sentence, which needs no heading. */
  readonly heading?: string;
  /** What it shows, without anything that only passes with time. */
  facts(overview: Overview): unknown;
  View(props: Props): unknown;
  /** Absent: always. */
  isShown?(overview: Overview): boolean;
}

/** In the order in which a tired person needs them. */
export const sections: readonly Section[] = [
  { id: 'verdict', facts: ({ verdict }) => verdict, View: props => <Verdict {...props} /> },
  {
    id: 'alerts',
    heading: 'Open alerts',
    facts: ({ alerts, alertsLeftOut }) => [alerts, alertsLeftOut],
    View: props => <Alerts {...props} />,
  },
  {
    id: 'peers',
    heading: 'Other deployments',
    facts: ({ peers }) =>
      peers?.map(({ lastAnswer, ...facts }) => (facts.level === 'error' ? { ...facts, lastAnswer } : facts)),
    View: props => <Peers {...props} />,
    isShown: ({ peers }) => peers !== undefined,
  },
  { id: 'bots', heading: 'Bots', facts: ({ bots }) => bots, View: props => <Bots {...props} /> },
  { id: 'pools', heading: 'Pools', facts: ({ pools }) => pools, View: props => <Pools {...props} /> },
  {
    id: 'wallets',
    heading: 'Wallets',
    facts: ({ wallets }) => wallets,
    View: props => <Wallets {...props} />,
  },
  {
    id: 'endpoints',
    heading: 'RPC endpoints and alert channels',
    facts: ({ endpoints, channels, chains }) => [endpoints, channels, chains],
    View: props => <Endpoints {...props} />,
  },
  { id: 'hosts', heading: 'Hosts', facts: ({ hosts }) => hosts, View: props => <Hosts {...props} /> },
  {
    id: 'timeline',
    heading: 'Latest events',
    facts: ({ timeline }) => timeline,
    View: ({ overview, nowMs }) => <Timeline events={overview.timeline} nowMs={nowMs} />,
  },
];

/** The sections that have something to show in this deployment. */
export function shownIn(overview: Overview): readonly Section[] {
  return sections.filter(({ isShown }) => isShown?.(overview) ?? true);
}

export function Sections({ overview, nowMs }: Props) {
  return (
    <>
      <h1 class="skip">Status of {overview.deployment.name}</h1>
      {shownIn(overview).map(({ id, heading, View }) =>
        heading === undefined ? (
          <div id={id} role="status">
            {View({ overview, nowMs })}
          </div>
        ) : (
          <section aria-labelledby={`${id}-heading`}>
            <h2 id={`${id}-heading`}>{heading}</h2>
            <div id={id}>{View({ overview, nowMs })}</div>
          </section>
        ),
      )}
    </>
  );
}
