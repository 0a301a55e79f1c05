import type { Overview, PoolView } from '../overview/schema.ts';
import { botPath } from './bots.tsx';
import { Ago, Copy, Fact, Outward, Spark, Until } from './parts.tsx';
import { Earned, Trading } from './trading.tsx';
import { shortAddress } from './words.ts';

export function Pools({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  const { pools } = overview;
  if (pools.length === 0) return <p class="empty">No bot has told of a pool yet.</p>;
  return (
    <ul class="rows pools">
      {pools.map(pool => (
        <Row pool={pool} nowMs={nowMs} />
      ))}
    </ul>
  );
}

function Row({ pool, nowMs }: { pool: PoolView; nowMs: number }) {
  const { name, address, chainId, watchedBy, checks, trading } = pool;
  const failing = checks.filter(({ outcome }) => outcome === 'fails');
  // A check that holds with a headroom of 0 measures nothing that could run out.
  const narrowest = checks
    .filter(({ headroomPercent }) => headroomPercent !== undefined && headroomPercent > 0)
    .sort((a, b) => (a.headroomPercent ?? 0) - (b.headroomPercent ?? 0))[0];
  return (
    <li class={failing.length > 0 ? 'row critical' : 'row'}>
      <div class="main">
        <a href={poolPath(chainId, address)}>{name}</a>{' '}
        {name.startsWith('0x') ? '' : <code class="quiet">{shortAddress(address)}</code>}
      </div>
      {watchedBy.map(({ bot, next, errorsInARow }) => (
        <div>
          <span class="quiet">{bot}</span>{' '}
          {errorsInARow > 0 ? <strong>{errorsInARow} failed rounds in a row</strong> : ''}{' '}
          {next ? (
            <>
              {next.what} <Until at={next.at} nowMs={nowMs} />
            </>
          ) : (
            ''
          )}
        </div>
      ))}
      {trading ? <Earned trading={trading} /> : ''}
      {failing.length > 0 ? (
        <div>
          <strong>fails: {failing.map(check => check.name).join(', ')}</strong>
        </div>
      ) : narrowest ? (
        <div>
          <span class="quiet">{checks.length} checks, least headroom</span> {narrowest.name}{' '}
          {narrowest.headroomPercent} %
          <Spark values={narrowest.trend} label={`Headroom of ${narrowest.name}`} />
        </div>
      ) : (
        ''
      )}
    </li>
  );
}

function poolPath(chainId: number | undefined, address: string): string {
  return `/pools/${chainId ?? 0}/${address}`;
}

/** Renders the page of one pool. */
export function Pool({ pool, nowMs }: { pool: PoolView; nowMs: number }) {
  return (
    <>
      <p class="address">
        <Outward to={pool.link}>
          <code>{pool.address}</code>
        </Outward>{' '}
        <Copy text={pool.address} label="the address" />
      </p>
      <h2>Watched by</h2>
      <ul class="cards grid">
        {pool.watchedBy.map(({ bot, next, lastAction, errorsInARow, lastError }) => (
          <li class={`card ${errorsInARow > 0 ? 'warning' : 'ok'}`}>
            <h3>
              <a href={botPath(bot)}>{bot}</a>
            </h3>
            <dl>
              <Fact name="Next due">
                {next ? (
                  <>
                    {next.what} <Until at={next.at} nowMs={nowMs} />
                  </>
                ) : (
                  'nothing known'
                )}
              </Fact>
              <Fact name="Last action">
                {lastAction ? (
                  <>
                    <Outward to={lastAction.link}>{lastAction.what}</Outward>{' '}
                    <Ago at={lastAction.at} nowMs={nowMs} />
                  </>
                ) : (
                  'none since its start'
                )}
              </Fact>
              <Fact name="Failed rounds in a row">{errorsInARow}</Fact>
              {lastError ? <Fact name="Last error">{lastError}</Fact> : ''}
            </dl>
          </li>
        ))}
      </ul>
      {pool.trading ? <Trading trading={pool.trading} /> : ''}
      {pool.checks.length > 0 ? (
        <section aria-labelledby="checks">
          <h2 id="checks">Checks</h2>
          <ul class="rows">
            {pool.checks.map(({ name, outcome, headroom, headroomPercent, trend }) => (
              <li class={outcome === 'fails' ? 'row critical' : 'row'}>
                <div class="main">{name}</div>
                <div>{outcome}</div>
                <div>
                  {headroom ?? <span class="quiet">no headroom</span>}
                  {headroomPercent === undefined ? '' : ` (${headroomPercent} %)`}
                  <Spark values={trend} label={`Headroom of ${name}`} />
                </div>
              </li>
            ))}
          </ul>
        </section>
      ) : (
        ''
      )}
    </>
  );
}
