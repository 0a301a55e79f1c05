import type { Child } from 'hono/jsx';
import type { Level } from '../overview/schema.ts';
import { span } from './words.ts';

const marks: Record<Level, string> = { ok: '✓', info: '…', warning: '!', error: '✕', critical: '✕' };
const words: Record<Level, string> = {
  ok: 'ok',
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'critical',
};

/** Renders a level as colour, sign and word, so that a reader needs only one of the three. */
export function Badge({ level }: { level: Level }) {
  return (
    <span class={`badge ${level}`}>
      <span aria-hidden="true">{marks[level]}</span> {words[level]}
    </span>
  );
}

/** Renders the time since a moment. The script keeps it current. */
export function Ago({ at, nowMs, bare = false }: { at: string; nowMs: number; bare?: boolean }) {
  return (
    <time datetime={at} title={utc(at)} data-age={bare ? 'bare' : 'ago'}>
      {span(nowMs - Date.parse(at))}
      {bare ? '' : ' ago'}
    </time>
  );
}

/** Renders the time until an action is due: a countdown, or a block. */
export function Until({ at, nowMs }: { at: string; nowMs: number }) {
  const ms = Date.parse(at);
  if (!Number.isFinite(ms)) return <span>{at}</span>;
  return (
    <time datetime={at} title={utc(at)} data-until="">
      {dueIn(ms - nowMs)}
    </time>
  );
}

/**
 * Returns a countdown. A delay of up to a minute counts as "now", since a poll and a block take that long.
 */
function dueIn(leftMs: number): string {
  if (leftMs >= 0) return `in ${span(leftMs)}`;
  return leftMs > -60_000 ? 'now' : `${span(leftMs)} overdue`;
}

export function utc(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

/** Renders a copy button. It needs the script and is hidden without it. */
export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <button type="button" class="copy" data-copy={text} aria-label={`Copy ${label}`}>
      Copy
    </button>
  );
}

/** Renders a link to another site, or the text alone. */
export function Outward({ to, children }: { to: string | undefined; children?: Child }) {
  if (!to || !/^https?:\/\//.test(to)) return <>{children}</>;
  return (
    <a href={to} rel="noopener noreferrer" target="_blank">
      {children}
      <span class="quiet" aria-hidden="true">
        {' '}
        ↗
      </span>
    </a>
  );
}

/** Renders the trend of a figure. The last value stands beside it as text. */
export function Spark({
  values,
  label,
  unit = '%',
}: {
  values: readonly number[] | undefined;
  label: string;
  unit?: string;
}) {
  if (!values || values.length < 2) return null;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const height = 20;
  const step = 100 / (values.length - 1);
  const yOf = (value: number) =>
    most === least ? height / 2 : height - ((value - least) / (most - least)) * height;
  const points = values
    .map((value, i) => `${(i * step).toFixed(1)},${(yOf(value) + 1).toFixed(1)}`)
    .join(' ');
  const text = `${label} over 7 days: least ${least} ${unit}, most ${most} ${unit}`;
  return (
    <svg class="spark" viewBox="0 0 100 22" preserveAspectRatio="none" role="img" aria-label={text}>
      <polyline points={points} />
    </svg>
  );
}

/** Renders one figure with its name. */
export function Fact({ name, children }: { name: string; children?: Child }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
