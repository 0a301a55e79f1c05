import type { HostView, Overview } from '../overview/schema.ts';
import { Ago, Fact } from './parts.tsx';
import { gigabytes, span } from './words.ts';

export function Endpoints({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  const { endpoints, channels, chains } = overview;
  return (
    <>
      {endpoints.length === 0 ? <p class="empty">No bot has told of an endpoint.</p> : ''}
      <ul class="rows">
        {endpoints.map(({ bot, host, state, latencyMs, lagBlocks, breaker, trafficPercent, lastFault }) => (
          <li class={state === 'ok' ? 'row' : 'row warning'}>
            <div class="main">
              {host} <span class="quiet">{bot}</span>
            </div>
            <div>
              {state === 'ok' ? 'works' : state}
              {breaker === 'open' ? ', breaker open' : ''}
            </div>
            <div>
              {latencyMs === undefined ? '' : `${latencyMs} ms`}
              {lagBlocks ? `, ${lagBlocks} blocks behind` : ''}
              {trafficPercent === undefined ? '' : `, ${trafficPercent} % of requests`}
            </div>
            {state !== 'ok' && lastFault ? <div class="quiet">it {lastFault}</div> : ''}
          </li>
        ))}
      </ul>
      <p class="quiet">
        {chains.length === 0
          ? 'The watchtower reads no chain itself: what is overdue is noticed by the bots only (WATCHTOWER_RPC_URL).'
          : 'Read by the watchtower itself: '}
        {chains.map(({ name, block, readAt, pools }) => (
          <span>
            {name}, block {block}, {pools} pools, <Ago at={readAt} nowMs={nowMs} />{' '}
          </span>
        ))}
      </p>
      <h3 class="between">Alert channels</h3>
      {channels.length === 0 ? (
        <p class="empty">No bot has an alert channel: alerts are in the logs only.</p>
      ) : (
        <ul class="rows">
          {channels.map(({ bot, name, lastDelivered, waiting, failingSince, reason }) => (
            <li class={failingSince ? 'row warning' : 'row'}>
              <div class="main">
                {name} <span class="quiet">{bot}</span>
              </div>
              <div>
                {lastDelivered ? (
                  <>
                    last delivery <Ago at={lastDelivered} nowMs={nowMs} />
                  </>
                ) : (
                  'no delivery yet'
                )}
                {waiting > 0 ? `, ${waiting} waiting` : ''}
              </div>
              {failingSince ? (
                <div>
                  fails for <Ago at={failingSince} nowMs={nowMs} bare />: {reason}
                </div>
              ) : (
                ''
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Hosts({ overview }: { overview: Overview }) {
  return (
    <ul class="cards grid">
      {overview.hosts.map(host => (
        <Host host={host} />
      ))}
    </ul>
  );
}

function Host({ host }: { host: HostView }) {
  const { name, addresses, bots, uptimeSeconds, load, cores, memoryAvailableBytes, memoryTotalBytes } = host;
  const { diskAvailableBytes, diskTotalBytes, clockAheadMs } = host;
  return (
    <li class="card">
      <h3>{name}</h3>
      <p class="quiet">{bots.join(', ')}</p>
      <dl>
        <Fact name="Address">{addresses.join(', ') || 'unknown'}</Fact>
        <Fact name="Up">{uptimeSeconds === undefined ? 'unknown' : span(uptimeSeconds * 1000)}</Fact>
        <Fact name="Load">{load === undefined ? 'unknown' : `${load.toFixed(2)} on ${cores} cores`}</Fact>
        <Fact name="Memory free">{ofTotal(memoryAvailableBytes, memoryTotalBytes)}</Fact>
        <Fact name="Disk free">{ofTotal(diskAvailableBytes, diskTotalBytes)}</Fact>
        {clockAheadMs === undefined ? '' : <Fact name="Clock">{offset(clockAheadMs)}</Fact>}
      </dl>
    </li>
  );
}

function ofTotal(bytes: number | undefined, total: number | undefined): string {
  if (bytes === undefined || total === undefined) return 'unknown';
  return `${gigabytes(bytes)} of ${gigabytes(total)}`;
}

function offset(ms: number): string {
  if (Math.abs(ms) < 1000) return 'within a second of the watchtower';
  return `${span(ms)} ${ms > 0 ? 'ahead of' : 'behind'} the watchtower`;
}
