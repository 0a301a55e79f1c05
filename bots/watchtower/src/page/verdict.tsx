import type { Overview } from '../overview/schema.ts';
import { Ago, Badge, Outward } from './parts.tsx';

/** Renders the first sentence of the page. */
export function Verdict({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  const { level, text, where, since, runbook } = overview.verdict;
  return (
    <div class={`verdict ${level}`}>
      <p class="sentence">
        {text}
        {where ? <span class="where"> — {where}</span> : ''}
        {since ? (
          <>
            {', for '}
            <Ago at={since} nowMs={nowMs} bare />
          </>
        ) : (
          ''
        )}
      </p>
      <p class="after">
        <Badge level={level} />
        {runbook ? <Outward to={runbook}>What to do first</Outward> : ''}
      </p>
    </div>
  );
}
