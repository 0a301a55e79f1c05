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

/** A section of the first page. It is replaced as a whole when its facts change. */
export interface Section {
  readonly id: string;
  /** The heading; absent for the first sentence, which needs none. */
  readonly heading?: string;
  /** Returns the shown facts, without figures that change by the passage of time alone. */
  facts(overview: Overview): unknown;
  View(props: Props): unknown;
  /** Returns whether the section is shown; absent: it is always shown. */
  isShown?(overview: Overview): boolean;
}

/** The sections, in the order in which a tired operator needs them. */
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

/** Returns the sections that have content in this deployment. */
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
