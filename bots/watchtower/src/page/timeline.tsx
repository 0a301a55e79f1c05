import type { Event } from '../overview/schema.ts';
import { Ago, Badge, Outward } from './parts.tsx';

export function Timeline({ events, nowMs }: { events: readonly Event[]; nowMs: number }) {
  if (events.length === 0) return <p class="empty">Nothing has happened since the watchtower began.</p>;
  return (
    <ol class="rows timeline">
      {events.map(({ at, kind, bot, text, link, severity }) => (
        <li class="row">
          <div class="when">
            <Ago at={at} nowMs={nowMs} />
          </div>
          <div class="main">
            {kind === 'alert' && severity ? <Badge level={severity} /> : ''} <span class="quiet">{bot}</span>{' '}
            <Outward to={link}>{text}</Outward>
          </div>
        </li>
      ))}
    </ol>
  );
}

export interface Filter {
  bot?: string | undefined;
  pool?: string | undefined;
  check?: string | undefined;
}

/** Renders the filters of the timeline as a plain form, which works without a script. */
export function FilterForm({ filter, bots }: { filter: Filter; bots: readonly string[] }) {
  return (
    <form method="get" action="/timeline" class="filter">
      <label>
        Bot{' '}
        <select name="bot">
          <option value="">all</option>
          {bots.map(bot => (
            <option value={bot} selected={bot === filter.bot}>
              {bot}
            </option>
          ))}
        </select>
      </label>
      <label>
        Pool <input name="pool" value={filter.pool ?? ''} placeholder="0x…" maxlength={42} />
      </label>
      <label>
        Check <input name="check" value={filter.check ?? ''} maxlength={60} />
      </label>
      <button type="submit">Show</button>
    </form>
  );
}
