import type { BotView, Overview } from '../overview/schema.ts';
import { Ago, Badge, Fact, Outward, Until } from './parts.tsx';

export function Bots({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  return (
    <ul class="cards grid">
      {overview.bots.map(bot => (
        <Bot bot={bot} nowMs={nowMs} />
      ))}
    </ul>
  );
}

/** Returns the path of a bot's page. A peer's bot has the peer's name before its own. */
export function botPath(id: string): string {
  return `/bots/${id.split('/').map(encodeURIComponent).join('/')}`;
}

export function Bot({ bot, nowMs }: { bot: BotView; nowMs: number }) {
  const { id, level, state, version, chain, head, upSince, lastRound, lastAnswer, dryRun } = bot;
  return (
    <li class={`card ${level}`} data-key={id}>
      <h3>
        <a href={botPath(id)}>{id}</a> <Badge level={level} />
      </h3>
      <p>
        {state}
        {dryRun ? ' (dry run: it sends nothing)' : ''}
      </p>
      <dl>
        <Fact name="Next due">
          {bot.next ? (
            <>
              {bot.next.what} · {bot.next.pool} · <Until at={bot.next.at} nowMs={nowMs} />
            </>
          ) : (
            'nothing known'
          )}
        </Fact>
        <Fact name="Last action">
          {bot.lastAction ? (
            <>
              <Outward to={bot.lastAction.link}>{bot.lastAction.what}</Outward> · {bot.lastAction.pool} ·{' '}
              <Ago at={bot.lastAction.at} nowMs={nowMs} />
            </>
          ) : (
            'none since its start'
          )}
        </Fact>
        <Fact name="Last round">{lastRound ? <Ago at={lastRound} nowMs={nowMs} /> : 'none'}</Fact>
        <Fact name="Up">
          {upSince ? (
            <Ago at={upSince} nowMs={nowMs} bare />
          ) : lastAnswer ? (
            <>
              last answer <Ago at={lastAnswer} nowMs={nowMs} />
            </>
          ) : (
            'no answer yet'
          )}
        </Fact>
        <Fact name="Starts in 24 h">{bot.startsLastDay}</Fact>
        <Fact name="Version">{version ?? 'unknown'}</Fact>
        <Fact name="Chain">
          {chain ? `${chain.name} (${chain.id})` : 'unknown'}
          {head === undefined ? '' : `, block ${head}`}
        </Fact>
        <Fact name="Pools">{bot.pools}</Fact>
      </dl>
    </li>
  );
}
