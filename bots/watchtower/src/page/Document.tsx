import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Overview } from '../overview/schema.ts';
import { Ago, utc } from './parts.tsx';
import { script } from './script.ts';
import { style } from './style.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The policy allows this page's own style and script only, and nothing from other hosts. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page reloads after this time where no script runs. */
const reloadSeconds = 15;
/**
 * The number of polls without a message from the watchtower after which the page says that it is out of date.
 */
const patiencePolls = 4;
const leastPatienceMs = 20_000;

interface DocumentProps {
  title: string;
  overview: Overview;
  nowMs: number;
  /** Whether sections are replaced as they change. */
  isLive: boolean;
  children?: Child;
}

export function Document({ title, overview, nowMs, isLive, children }: DocumentProps) {
  const { deployment } = overview;
  const patienceMs = Math.max(patiencePolls * deployment.pollSeconds * 1000, leastPatienceMs);
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <noscript>
          <meta http-equiv="refresh" content={String(reloadSeconds)} />
        </noscript>
        <style>{raw(style)}</style>
      </head>
      <body
        data-now={new Date(nowMs).toISOString()}
        data-live={isLive ? 'yes' : undefined}
        data-patience={String(patienceMs)}
        data-version={deployment.startedAt}
      >
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <p class="lost" role="alert">
          This page is out of date: the watchtower gives no sign of life. Nothing below is certain.
        </p>
        <header>
          <a class="name" href="/">
            {deployment.name}
          </a>
          <span class="quiet">
            updated{' '}
            <time id="updated" datetime={overview.at} title={utc(overview.at)} data-age="ago">
              {utc(overview.at)}
            </time>
          </span>
          <nav aria-label="Pages">
            <a href="/">Overview</a>
            <a href="/timeline">Timeline</a>
          </nav>
        </header>
        <main id="content">{children}</main>
        <footer>
          Watchtower {deployment.watchtowerVersion}, up <Ago at={deployment.startedAt} nowMs={nowMs} bare /> ·
          each bot is asked every {deployment.pollSeconds} s · <a href="/api/status">status as JSON</a> ·{' '}
          <a href="/api/schema">its schema</a> · <a href="/metrics">metrics</a>
        </footer>
        <script>{raw(script)}</script>
      </body>
    </html>
  );
  return html`<!DOCTYPE html>${page}`;
}
