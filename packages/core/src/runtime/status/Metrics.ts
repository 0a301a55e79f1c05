import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type ChannelState, severities } from '../../alerts/index.ts';
import type { Endpoint } from '../../rpc/index.ts';
import type { GaugeReading } from '../bot.ts';
import type { Status } from './Status.ts';

/**
 * The Prometheus metrics of one bot. Gauges read the status when they are scraped, so that there is one
 * source of truth.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly roundSeconds: Histogram;
  readonly rounds: Counter<'result'>;
  readonly actions: Counter<'pool'>;
  /** The bot's own gauges, by name. */
  readonly #own = new Map<string, Gauge>();

  /** @param now milliseconds since 1970 */
  constructor(status: Status, now: () => number) {
    const registers = [this.registry];
    this.registry.setDefaultLabels({ bot: status.bot });
    collectDefaultMetrics({ register: this.registry });
    this.roundSeconds = new Histogram({
      name: 'bot_round_duration_seconds',
      help: 'Duration of completed rounds',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
      registers,
    });
    this.rounds = new Counter({
      name: 'bot_rounds_total',
      help: 'Rounds, by result',
      labelNames: ['result'],
      registers,
    });
    this.actions = new Counter({
      name: 'bot_actions_total',
      help: 'Actions done on the chain',
      labelNames: ['pool'],
      registers,
    });

    gauge('bot_healthy', 'Whether rounds complete on time', set => set(status.isHealthy(now()) ? 1 : 0));
    gauge('bot_standing_by', 'Whether another copy of the bot acts, and this one waits', set =>
      set(status.standby ? 1 : 0),
    );
    gauge('bot_last_round_timestamp_seconds', 'When the last round completed', set =>
      set((status.lastRound?.endedAt ?? 0) / 1000),
    );
    gauge('bot_head_block', 'Block of the last round', set => set(status.head?.number ?? 0));
    gauge('bot_head_timestamp_seconds', 'Time of that block', set => set(status.head?.timestamp ?? 0));
    gauge('bot_head_standstill_seconds', 'For how long the head has stood still; 0 while it moves', set => {
      const since = status.standsStillSince();
      set(since === undefined ? 0 : (now() - since) / 1000);
    });
    gauge('bot_wallet_balance', 'Balance of the wallet in whole units of the native currency', set => {
      if (status.wallet) set(Number(status.wallet.balanceWei) / 1e18);
    });
    gauge('bot_wallet_actions_left', "Actions the wallet pays for at today's fee", set => {
      if (status.wallet?.actionsLeft !== undefined) set(status.wallet.actionsLeft);
    });
    gauge('bot_transactions_in_flight', 'Transactions broadcast and not confirmed', set =>
      set(status.sender?.inFlight.length ?? 0),
    );
    labelled(
      'bot_wallet_gas_budget_used_ratio',
      'Part of its gas budget that the wallet used',
      'window',
      () => {
        const budget = status.sender?.gasBudget;
        if (!budget) return [];
        const { limits, usedHour, usedDay } = budget;
        return [
          ['hour', Number(usedHour) / Number(limits.perHour)],
          ['day', Number(usedDay) / Number(limits.perDay)],
        ];
      },
    );
    labelled('bot_pool_consecutive_errors', 'Failed rounds in a row', 'pool', () =>
      status.targets.map(target => [target.address, target.consecutiveErrors]),
    );
    labelled('bot_open_alerts', 'Open alerts, by severity', 'severity', () =>
      severities.map(severity => [
        severity,
        status.openAlerts().filter(alert => alert.severity === severity).length,
      ]),
    );
    labelled('alerts_waiting', 'Alerts that a channel has not taken yet', 'channel', () =>
      status.channels().map(({ name, waiting }) => [name, waiting]),
    );
    labelled('alerts_last_delivered_timestamp_seconds', 'When a channel last took an alert', 'channel', () =>
      status.channels().map(({ name, lastDeliveredAt }) => [name, (lastDeliveredAt ?? 0) / 1000]),
    );
    ofChannel('alerts_delivered_total', 'Alerts that a channel took', ({ delivered }) => delivered);
    ofChannel('alerts_delivery_failures_total', 'Deliveries that failed', ({ failures }) => failures);
    ofChannel('alerts_refused_total', 'Alerts that a channel refused for good', ({ refused }) => refused);
    ofChannel('alerts_dropped_total', 'Alerts dropped because too many waited', ({ dropped }) => dropped);
    ofEndpoint(
      'rpc_requests_total',
      'HTTP requests sent to an endpoint',
      ({ counters }) => counters.requests,
    );
    ofEndpoint('rpc_served_total', 'Requests whose answer was used', ({ counters }) => counters.served);
    ofEndpoint('rpc_faults_total', 'Requests without a usable answer', ({ counters }) => counters.faults);
    ofEndpoint(
      'rpc_rate_limits_total',
      'Requests refused for their rate',
      ({ counters }) => counters.rateLimits,
    );
    labelled('rpc_endpoint_usable', 'Whether an endpoint is in use', 'endpoint', () =>
      status.endpoints().map(({ endpoint, state }) => [endpoint.label, state === 'ok' ? 1 : 0]),
    );
    labelled(
      'rpc_endpoint_breaker_open',
      'Whether an endpoint is left alone but for trials',
      'endpoint',
      () => status.endpoints().map(({ endpoint }) => [endpoint.label, endpoint.breaker.isOpen ? 1 : 0]),
    );
    labelled('rpc_endpoint_lag_blocks', 'Blocks behind the best endpoint', 'endpoint', () =>
      status.endpoints().map(({ endpoint, lag }) => [endpoint.label, lag]),
    );
    labelled('rpc_endpoint_latency_seconds', 'Usual duration of a request', 'endpoint', () =>
      status.endpoints().map(({ endpoint }) => [endpoint.label, (endpoint.latencyMs ?? 0) / 1000]),
    );

    function gauge(name: string, help: string, read: (set: (value: number) => void) => void): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          read(value => this.set(value));
        },
      });
    }

    function ofEndpoint(name: string, help: string, count: (endpoint: Endpoint) => number): void {
      totals(name, help, 'endpoint', () =>
        status.endpoints().map(({ endpoint }) => [endpoint.label, count(endpoint)]),
      );
    }

    function ofChannel(name: string, help: string, count: (channel: ChannelState) => number): void {
      totals(name, help, 'channel', () => status.channels().map(channel => [channel.name, count(channel)]));
    }

    function totals(name: string, help: string, label: string, read: () => [string, number][]): void {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [key, value] of read()) this.inc({ [label]: key }, value);
        },
      });
    }

    function labelled(name: string, help: string, label: string, read: () => [string, number][]): void {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [key, value] of read()) this.set({ [label]: key }, value);
        },
      });
    }
  }

  /** Shows the bot's own figures in place of those of the previous round. */
  show(readings: readonly GaugeReading[]): void {
    for (const gauge of this.#own.values()) gauge.reset();
    for (const { name, help, labels, value } of readings) {
      const known = this.#own.get(name);
      const gauge =
        known ?? new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      if (!known) this.#own.set(name, gauge);
      gauge.set({ ...labels }, value);
    }
  }
}
