import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type PagerDutySink,
  type RollbarSink,
  type SlackSink,
  startPagerDuty,
  startRollbar,
  startSlack,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { openScene, type Scene, statusOf, waitUntilChecked } from './scene.ts';

const onOne = Array.from({ length: 5 }, (_, i) => `Shared ${i + 1}`);
let scene: Scene;
let pagerDuty: PagerDutySink;
let rollbar: RollbarSink;
let slack: SlackSink;
let snapshot: unknown;

beforeAll(async () => {
  const pools = onOne.map((name, i) => weeklyPool(name, i > 0 ? { onVaultOf: 'Shared 1' } : {}));
  scene = await openScene([...pools, weeklyPool('Alone')]);
  await scene.anvil.time.increase(3_600);
});
beforeEach(async () => {
  snapshot = await scene.anvil.send('evm_snapshot');
  [pagerDuty, rollbar, slack] = await Promise.all([startPagerDuty(), startRollbar(), startSlack()]);
});
afterEach(async () => {
  await scene.killBots();
  await Promise.all([pagerDuty.close(), rollbar.close(), slack.close()]);
  await scene.anvil.send('evm_revert', [snapshot]);
});
afterAll(() => scene.close());

/** The channels of the bot, beside its log. */
const channels = () => ({
  PAGERDUTY_ROUTING_KEY: 'routingkeyroutingkeyroutingkey12',
  PAGERDUTY_API_URL: pagerDuty.url,
  ROLLBAR_API_KEY: 'rollbar-post-server-item-token',
  ROLLBAR_ENDPOINT: rollbar.endpoint,
  SLACK_WEBHOOK_URL: slack.webhookUrl,
});

const about = (check: string) => ({
  pages: pagerDuty.items.filter(({ payload, action }) => action === 'trigger' && payload?.class === check),
  items: rollbar.items.filter(({ title }) => title?.startsWith(`[${check}]`)),
});

describe('pools on one vault', () => {
  it('a vault that loses 2 % under five pools pages once, with all five inside, and a pool elsewhere by itself', async () => {
    const bot = scene.startBot(channels());
    await waitUntilChecked(bot, (await scene.anvil.time.latest()).number);
    await scene.devnet.pool('Shared 3').loseVaultAssets(2);
    const { number } = await scene.anvil.time.mine();
    await waitUntilChecked(bot, number);
    await until('PagerDuty has it', () => about('negative-interest').pages.length > 0);
    // Leaves time for further alerts, if there were any.
    await waitUntilChecked(bot, (await scene.anvil.time.mine()).number);
    const { pages, items } = about('negative-interest');
    expect(new Set(pages.map(({ dedupKey }) => dedupKey)).size).toBe(1);
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ severity: 'critical', payload: { class: 'negative-interest' } });
    for (const name of onOne) expect(pages[0]?.rawBody).toContain(`${name}: the vault share price fell`);
    expect(pages[0]?.rawBody).not.toContain('Alone');
    expect(items).toHaveLength(1);
    const { openAlerts } = await statusOf(bot);
    const failing = openAlerts.filter(({ check }) => check === 'negative-interest');
    expect(failing.map(({ pool }) => pool).sort()).toEqual(
      onOne.map(name => scene.devnet.pool(name).address).sort(),
    );

    await scene.devnet.pool('Alone').loseVaultAssets(2);
    await scene.anvil.time.mine();
    await until('the other is told', () => about('negative-interest').pages.length > 1);
    expect(about('negative-interest').pages.map(({ summary }) => summary?.includes('Alone'))).toEqual([
      false,
      true,
    ]);
  });
});
