import { createHash } from 'node:crypto';
import type { AlertView, Overview } from '../overview/schema.ts';
import { Ago, Badge, Copy, Outward } from './parts.tsx';

/**
 * Returns the key that identifies an alert's card when it is replaced. Alert keys come from outside, so the
 * page contains only a digest.
 */
export function cardKey({ source, key }: Pick<AlertView, 'source' | 'key'>): string {
  return createHash('sha256').update(`${source} ${key}`).digest('hex').slice(0, 12);
}

export function Alerts({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  const { alerts } = overview;
  if (alerts.length === 0) return <p class="empty">No alert is open.</p>;
  return (
    <ul class="cards">
      {alerts.map(alert => (
        <Alert alert={alert} nowMs={nowMs} />
      ))}
      {overview.alertsLeftOut ? (
        <li class="card info">
          {overview.alertsLeftOut} more are open, none of them worse than those of the same bot above: make
          alerts BOT=…
        </li>
      ) : (
        ''
      )}
    </ul>
  );
}

function Alert({ alert, nowMs }: { alert: AlertView; nowMs: number }) {
  const { severity, title, message, source, check, pool, subject, since, lastDelivered } = alert;
  const { owner, runbook, decision, command } = alert;
  return (
    <li class={`card ${decision ? 'info' : severity}`} data-key={cardKey(alert)}>
      <h3>
        <Badge level={severity} /> {title}
      </h3>
      <p class="quiet">
        {[source, subject === source ? undefined : subject, pool].filter(Boolean).join(' · ')} ·{' '}
        <Ago at={since} nowMs={nowMs} />
      </p>
      <p class="message">{message}</p>
      <p class="quiet">
        {owner ? `Owner ${owner}. ` : 'No owner. '}
        {lastDelivered ? (
          <>
            Last sent <Ago at={lastDelivered} nowMs={nowMs} />.
          </>
        ) : (
          'Not sent yet.'
        )}
      </p>
      {decision ? (
        <p class="decision">
          {decision.kind === 'ack' ? 'Acknowledged' : 'Muted'} by {decision.by}{' '}
          <Ago at={decision.at} nowMs={nowMs} />
          {decision.why ? `: ${decision.why}` : ''}
        </p>
      ) : (
        ''
      )}
      <p class="links">{runbook ? <Outward to={runbook}>Runbook {check}</Outward> : check}</p>
      {decision ? (
        ''
      ) : (
        <details>
          <summary>Acknowledge</summary>
          {source.includes('/') ? <p class="quiet">In the checkout of {source.split('/')[0]}:</p> : ''}
          <p class="command">
            <code>{command}</code> <Copy text={command} label={`the command that acknowledges ${check}`} />
          </p>
        </details>
      )}
    </li>
  );
}
