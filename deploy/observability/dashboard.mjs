// Writes Grafana's dashboard from the metrics of the watchtower.
//   node deploy/observability/dashboard.mjs            writes
//   node deploy/observability/dashboard.mjs --check    writes nothing, and exits 1 when the file is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the dashboard
const source = { type: 'prometheus', uid: '${source}' };
const query = (expression, legend) =>
  new DataqueryBuilder().expr(expression).legendFormat(legend).refId('A').datasource(source);
const placed = (panel, title, description, expression, legend, unit) => {
  const made = panel
    .title(title)
    .description(description)
    .datasource(source)
    .withTarget(query(expression, legend));
  return unit ? made.unit(unit) : made;
};
/** A figure of now, red below or from `red` on. */
const stat = (title, description, expression, legend, steps, unit) =>
  placed(new StatBuilder(), title, description, expression, legend, unit)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
    .height(5)
    .span(6);
/** A figure over time. */
const course = (title, description, expression, legend, unit) =>
  placed(new TimeseriesBuilder(), title, description, expression, legend, unit).height(8).span(12);
const badBelow = value => [
  { value: null, color: 'red' },
  { value, color: 'green' },
];
const badFrom = value => [
  { value: null, color: 'green' },
  { value, color: 'red' },
];

const dashboard = new DashboardBuilder('Service bots')
  .uid('service-bots')
  .tags(['service-bots'])
  .refresh('30s')
  .time({ from: 'now-24h', to: 'now' })
  .timezone('utc')
  .readonly()
  .tooltip(DashboardCursorSync.Crosshair)
  .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
  .withRow(new RowBuilder('Now'))
  .withPanel(
    stat(
      'Watchtowers',
      'Whether the watchtower is scraped',
      'up{job="watchtower"}',
      '{{instance}}',
      badBelow(1),
    ),
  )
  .withPanel(
    stat(
      'Bots',
      'Whether each bot gives a valid answer',
      'watchtower_bot_answers',
      '{{target}}',
      badBelow(1),
    ),
  )
  .withPanel(
    stat('Open alerts', 'Open alerts of each bot', 'watchtower_bot_open_alerts', '{{target}}', badFrom(1)),
  )
  .withPanel(
    stat(
      'Wallets',
      'Days that each wallet lasts at its present rate',
      'watchtower_wallet_days_left',
      '{{target}}',
      badBelow(3),
      'd',
    ),
  )
  .withRow(new RowBuilder('Bots'))
  .withPanel(
    course(
      'Since the last round',
      'Time since the last completed round of each bot',
      'time() - watchtower_bot_last_round_timestamp_seconds',
      '{{target}}',
      's',
    ),
  )
  .withPanel(
    course(
      'Starts in 24 h',
      'Starts of each bot in the last 24 hours',
      'watchtower_bot_starts',
      '{{target}}',
    ),
  )
  .withPanel(
    course(
      'Answer',
      'How long the last answer of each bot took',
      'watchtower_answer_seconds',
      '{{target}}',
      's',
    ),
  )
  .withPanel(
    course(
      'Clock',
      "By how much each bot's clock is ahead of the watchtower's",
      'watchtower_bot_clock_ahead_seconds',
      '{{target}}',
      's',
    ),
  )
  .withPanel(course('Head', 'Block of the last round of each bot', 'watchtower_bot_head_block', '{{target}}'))
  .withPanel(course('Pools', 'Pools that each bot looks after', 'watchtower_bot_pools', '{{target}}'))
  .withRow(new RowBuilder('Wallets and pools'))
  .withPanel(
    course('Balance', 'Balance of each wallet in whole units', 'watchtower_wallet_balance', '{{target}}'),
  )
  .withPanel(
    course(
      'Actions left',
      "Actions that each wallet pays for at today's fee",
      'watchtower_wallet_actions_left',
      '{{target}}',
    ),
  )
  .withPanel(
    course(
      'Least headroom',
      'How far the ten nearest pools are from failing a check',
      'bottomk(10, watchtower_headroom_percent)',
      '{{pool}} {{check}}',
      'percent',
    ),
  )
  .withPanel(
    course(
      'Peers',
      'Whether each other watchtower gives a valid answer',
      'watchtower_peer_answers',
      '{{peer}}',
    ),
  );

const path = fileURLToPath(new URL('grafana/dashboards/service-bots.json', import.meta.url));
const wanted = `${JSON.stringify(dashboard.build(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(path, wanted);
} else if (read() !== wanted) {
  process.stderr.write(
    'deploy/observability/grafana/dashboards/service-bots.json is out of date: run `make docs`\n',
  );
  process.exitCode = 1;
}

function read() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
