import { createRequire } from 'node:module';
import type { OffChainBot, OffChainContext, OffChainWork } from '@service-bots/core/runtime';
import { watchtowerAlerts } from './alerts.ts';
import { type WatchtowerConfig, watchtowerConfig } from './config.ts';
import { examineTargets } from './examine.ts';
import { Live } from './server/Live.ts';
import { Publisher } from './server/Publisher.ts';
import { startPage } from './server/startPage.ts';
import { Watchtower } from './Watchtower.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Watches the other bots from outside, and shows them on one page. The watchtower has no key. */
export const watchtowerBot: OffChainBot<typeof watchtowerConfig> = {
  name: 'watchtower',
  version,
  config: watchtowerConfig,
  alerts: watchtowerAlerts,
  lookEveryMs: config => config.WATCHTOWER_POLL_SECONDS * 1000,
  open,
  examine: examineTargets,
};

async function open(ctx: OffChainContext<WatchtowerConfig>): Promise<OffChainWork> {
  const { config, clock, logger } = ctx;
  const watchtower = new Watchtower(ctx, version);
  await watchtower.recall();
  const live = new Live(() => clock.monotonicMs());
  const publisher = new Publisher();
  const { WATCHTOWER_HOST: host, WATCHTOWER_PORT: port, WATCHTOWER_TOKEN: token } = config;
  const page = await startPage(host, port, {
    token: token?.reveal(),
    overview: () => watchtower.overview,
    ownOverview: () => watchtower.ownOverview,
    events: filter => watchtower.history.events(filter),
    metrics: ctx.metrics,
    live,
    changedSince: ms => publisher.changedSince(ms),
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
  });
  logger.info('the page is served', { url: `http://${host}:${page.port}`, token: token !== undefined });
  logger.info('watching', { bots: config.WATCHTOWER_TARGETS.map(({ id }) => id) });

  return {
    round: () => watchtower.look(),
    reported() {
      const overview = watchtower.refresh();
      live.publish(publisher.changes(overview, clock.now()), overview.at);
    },
    async close() {
      await page.close();
      watchtower.close();
    },
  };
}
