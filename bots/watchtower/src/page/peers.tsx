import type { Overview } from '../overview/schema.ts';
import { Ago, Badge } from './parts.tsx';

/** Renders the deployments of the other watchtowers. */
export function Peers({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  return (
    <ul class="rows">
      {(overview.peers ?? []).map(({ name, host, level, state, since, lastAnswer, bots }) => (
        <li class={level === 'ok' || level === 'info' ? 'row' : `row ${level}`}>
          <div class="main">
            {name} <span class="quiet">{host}</span> <Badge level={level} />
          </div>
          <div>
            {state}
            {since ? (
              <>
                {', for '}
                <Ago at={since} nowMs={nowMs} bare />
              </>
            ) : (
              ''
            )}
          </div>
          <div class="quiet">
            {bots} bots
            {lastAnswer && level === 'error' ? (
              <>
                , last answer <Ago at={lastAnswer} nowMs={nowMs} />
              </>
            ) : (
              ''
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
