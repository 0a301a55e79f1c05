import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { z } from 'zod';
import { fits } from '../history/History.ts';
import type { Event, Overview } from '../overview/schema.ts';
import { overviewSchema } from '../overview/schema.ts';
import { Bot } from '../page/bots.tsx';
import { contentSecurityPolicy, Document } from '../page/Document.tsx';
import { Pool } from '../page/pools.tsx';
import { Sections, sections } from '../page/sections.tsx';
import { type Filter, FilterForm, Timeline } from '../page/timeline.tsx';
import { access, type Bindings } from './access.ts';
import type { Live, Messages } from './Live.ts';

export interface AppOptions {
  token: string | undefined;
  /** Returns the overview with the peers' deployments. */
  overview(): Overview;
  /** Returns the overview of this deployment alone. */
  ownOverview(): Overview;
  /** Returns the events that match, the newest first. */
  events(filter: Filter): readonly Event[];
  metrics(): Promise<string>;
  live: Live;
  /** Returns the sections that have changed since a page was rendered. @param ms milliseconds since 1970 */
  changedSince(ms: number): Messages;
  now(): number;
  monotonicMs(): number;
}

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};

const schemaText = JSON.stringify(z.toJSONSchema(overviewSchema), null, 2);

/** Creates the page and its API. Every route is a GET, so a request changes nothing. */
export function createApp(options: AppOptions): Hono<Bindings> {
  const { overview, live, now } = options;
  // The history has no events of peers' bots, only their latest ones in the overview.
  const events = (filter: Filter) =>
    filter.bot?.includes('/')
      ? overview().timeline.filter(event => fits(event, filter))
      : options.events(filter);
  const app = new Hono<Bindings>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
  app.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    return c.text('only GET\n', 405, { allow: 'GET, HEAD' });
  });
  // Another site may only link to this page.
  app.use(async (c, next) => {
    if (c.req.header('sec-fetch-site') !== 'cross-site' || c.req.header('sec-fetch-mode') === 'navigate')
      return next();
    return c.text('not for pages of other sites\n', 403);
  });
  app.use(access(options.token, options.monotonicMs));
  app.use(compress());

  app.get('/', c => {
    const shown = overview();
    const nowMs = now();
    return c.html(
      <Document title={titleOf(shown)} overview={shown} nowMs={nowMs} isLive>
        <Sections overview={shown} nowMs={nowMs} />
      </Document>,
    );
  });

  app.get('/bots/:id{.+}', c => {
    const shown = overview();
    const bot = shown.bots.find(({ id }) => id === c.req.param('id'));
    if (!bot) return c.notFound();
    const nowMs = now();
    const pools = shown.pools.filter(({ watchedBy }) => watchedBy.some(each => each.bot === bot.id));
    return c.html(
      <Document title={`${bot.id}: ${bot.state}`} overview={shown} nowMs={nowMs} isLive={false}>
        <h1>{bot.id}</h1>
        <h2>State</h2>
        <ul class="cards">
          <Bot bot={bot} nowMs={nowMs} />
        </ul>
        <Parts overview={{ ...onlyOf(shown, bot.id), pools }} nowMs={nowMs} />
        <h2>Events</h2>
        <Timeline events={events({ bot: bot.id })} nowMs={nowMs} />
      </Document>,
    );
  });

  app.get('/pools/:chain/:address', c => {
    const shown = overview();
    const { chain, address } = c.req.param();
    const pool = shown.pools.find(
      each => String(each.chainId ?? 0) === chain && each.address.toLowerCase() === address.toLowerCase(),
    );
    if (!pool) return c.notFound();
    const nowMs = now();
    return c.html(
      <Document title={pool.name} overview={shown} nowMs={nowMs} isLive={false}>
        <h1>{pool.name}</h1>
        <Pool pool={pool} nowMs={nowMs} />
        <h2>Events</h2>
        <Timeline events={events({ pool: pool.address })} nowMs={nowMs} />
      </Document>,
    );
  });

  app.get('/timeline', c => {
    const shown = overview();
    const nowMs = now();
    const { bot, pool, check } = c.req.query();
    const filter = { bot: bot || undefined, pool: pool || undefined, check: check || undefined };
    return c.html(
      <Document title="Timeline" overview={shown} nowMs={nowMs} isLive={false}>
        <h1>Timeline</h1>
        <FilterForm filter={filter} bots={['watchtower', ...shown.bots.map(({ id }) => id)]} />
        <Timeline events={events(filter)} nowMs={nowMs} />
      </Document>,
    );
  });

  app.get('/api/status', c => c.json(c.req.query('peers') === 'no' ? options.ownOverview() : overview()));
  app.get('/api/schema', c => c.body(schemaText, 200, { 'content-type': 'application/schema+json' }));
  app.get('/api/events', c => {
    if (live.isFull)
      return c.text('too many clients follow the page already\n', 503, { 'retry-after': '30' });
    const form = c.req.query('as') === 'html' ? 'html' : 'json';
    const shown = overview();
    const first = new Map([
      ['version', shown.deployment.startedAt],
      ['beat', shown.at],
    ]);
    const renderedMs = Date.parse(c.req.query('since') ?? '');
    if (Number.isFinite(renderedMs))
      for (const [section, forms] of options.changedSince(renderedMs)) first.set(section, forms[form]);
    if (form === 'json') first.set('overview', JSON.stringify({ section: 'overview', data: shown }));
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
    // The response is written to the connection itself, since a stream for each client costs ten times as
    // much.
    live.follow(c.env.outgoing, { form, first, headers });
    return new Response(null, { headers: { 'x-hono-already-sent': 'true' } });
  });
  app.get('/metrics', async c =>
    c.body(await options.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  app.notFound(c => c.text('there is no such page; try /\n', 404));
  app.onError((_, c) => c.text('the page could not be put together\n', 500));
  return app;
}

/** Returns the title of the browser's tab, which also states the verdict. */
function titleOf({ verdict, deployment }: Overview): string {
  return verdict.level === 'ok'
    ? `${deployment.name}: all is well`
    : `✕ ${verdict.text} · ${deployment.name}`;
}

function onlyOf(overview: Overview, id: string): Overview {
  return {
    ...overview,
    alerts: overview.alerts.filter(({ source, subject }) => source === id || subject === id),
    wallets: overview.wallets.filter(({ bot }) => bot === id),
    endpoints: overview.endpoints.filter(({ bot }) => bot === id),
    channels: overview.channels.filter(({ bot }) => bot === id),
  };
}

const partsOfBot = ['alerts', 'pools', 'wallets', 'endpoints'];

function Parts({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  return (
    <>
      {sections
        .filter(({ id }) => partsOfBot.includes(id))
        .map(({ heading, View }) => (
          <>
            <h2>{heading}</h2>
            {View({ overview, nowMs })}
          </>
        ))}
    </>
  );
}
