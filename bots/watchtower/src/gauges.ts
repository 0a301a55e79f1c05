import type { GaugeReading } from '@service-bots/core/runtime';
import { poolsOf } from './overview/pools.ts';
import type { SeenPeer } from './peers/PeerWatch.ts';
import type { Watched } from './polling/watched.ts';
import type { WalletFacts } from './wallets.ts';

/**
 * Returns the figures of all bots for Prometheus. Their label is `target`, since `bot` is the scraped
 * process.
 */
export function gaugesOf(watched: readonly Watched[], wallets: readonly WalletFacts[]): GaugeReading[] {
  return [...watched.flatMap(ofBot), ...wallets.flatMap(ofWallet), ...headrooms(watched)];
}

function ofBot({ target, answer, silence, startsMs, clock }: Watched) {
  const labels = { target: target.id };
  const readings: GaugeReading[] = [];
  const gauge = (name: string, help: string, value: number | undefined) => {
    if (value !== undefined && Number.isFinite(value)) readings.push({ name, help, labels, value });
  };
  const status = answer?.status;
  gauge('watchtower_bot_answers', 'Whether the bot gives a valid answer', answer && !silence ? 1 : 0);
  gauge('watchtower_bot_healthy', 'Whether it answers and is healthy', status?.healthy && !silence ? 1 : 0);
  gauge('watchtower_bot_starts', 'Starts of the bot in the last 24 hours', startsMs.length);
  if (!status || silence) return readings;
  gauge('watchtower_answer_seconds', 'How long its last answer took', answer.tookMs / 1000);
  gauge('watchtower_bot_standing_by', 'Whether another copy acts', status.standingBy ? 1 : 0);
  gauge(
    'watchtower_bot_clock_ahead_seconds',
    "By how much its clock is ahead of the watchtower's",
    clock && clock.aheadMs / 1000,
  );
  gauge('watchtower_bot_head_block', 'Block of its last round', status.head?.number);
  gauge(
    'watchtower_bot_last_round_timestamp_seconds',
    'When its last round completed',
    secondsOf(status.rounds.last?.at),
  );
  gauge('watchtower_bot_pools', 'Pools that it looks after', status.pools.length);
  gauge('watchtower_bot_open_alerts', 'Its open alerts', status.openAlerts.length);
  return readings;
}

/**
 * Returns the gauges of a wallet. Figures that the watchtower reads itself continue while the bot is silent.
 */
function ofWallet({ bot, balanceWei, actionsLeft, daysLeft, isRead, watched }: WalletFacts): GaugeReading[] {
  if (!isRead && watched.silence) return [];
  const labels = { target: bot };
  const gauge = (name: string, help: string, value: number | undefined) =>
    value === undefined ? [] : [{ name, help, labels, value }];
  return [
    ...gauge(
      'watchtower_wallet_balance',
      'Balance in whole units',
      balanceWei === undefined ? undefined : Number(balanceWei) / 1e18,
    ),
    ...gauge(
      'watchtower_wallet_actions_left',
      "Actions that the wallet pays for at today's fee",
      actionsLeft,
    ),
    ...gauge('watchtower_wallet_days_left', 'Days that the wallet lasts at its present rate', daysLeft),
  ];
}

function headrooms(watched: readonly Watched[]): GaugeReading[] {
  return poolsOf(watched.filter(({ silence }) => silence === undefined)).flatMap(
    ({ address: pool, checks }) =>
      checks.flatMap(({ name: check, headroomPercent }) =>
        headroomPercent === undefined
          ? []
          : [
              {
                name: 'watchtower_headroom_percent',
                help: 'How far a pool is from failing a check',
                labels: { pool, check },
                value: headroomPercent,
              },
            ],
      ),
  );
}

function secondsOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at) / 1000;
}

/** Returns for each peer whether it gives a valid answer. */
export function gaugesOfPeers(peers: readonly SeenPeer[]): GaugeReading[] {
  return peers.map(({ peer, answer, silence }) => ({
    name: 'watchtower_peer_answers',
    help: 'Whether the other watchtower gives a valid answer',
    labels: { peer: peer.name },
    value: answer && !silence ? 1 : 0,
  }));
}
