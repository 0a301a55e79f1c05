// Writes each list of the bots that is outside of their folders, and the tables of the documentation, from the built code.
//   node docs/generate.mjs            writes
//   node docs/generate.mjs --check    writes nothing, exits 1 and names every file that is out of date
//   … --root <folder>                 the pages of another checkout
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { opsConfig } from '../ops/dist/config.js';
import { channelKinds } from '../packages/core/dist/alerts/index.js';
import { renderEnvExample, renderEnvTable } from '../packages/core/dist/config/index.js';
import { runtimeAlerts } from '../packages/core/dist/runtime/runtimeAlerts.js';
import { publicApi, renderApi } from './apiTable.mjs';
import { renderSecrets, renderServiceVariables } from './composeVariables.mjs';
import {
  renderBotIndex,
  renderBotTable,
  renderChannelTable,
  renderForkKeys,
  renderImageNames,
  renderLogShipping,
  renderServices,
  renderShellLists,
  renderSwarmState,
  renderVolumes,
} from './lists.mjs';

const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, root: { type: 'string' } },
});
const root = options.root ?? fileURLToPath(new URL('..', import.meta.url));

/**
 * Each folder of bots/ is a bot; its name is also that of its page, its service and its image. Its package.json has a title, a
 * summary and its groups in setup-env.sh; its service.yaml, where there is one, what its service of compose.yaml has of its own.
 */
const names = readdirSync(fileURLToPath(new URL('../bots', import.meta.url))).sort();
const core = fileURLToPath(new URL('../packages/core', import.meta.url));
const groupsOfSetup = ['service-bots', 'all'];
const described = await Promise.all(
  names.map(async name => {
    const built = file => import(`../bots/${name}/dist/${file}.js`);
    const [config, alerts] = await Promise.all([built('config'), built('alerts')]);
    const folder = fileURLToPath(new URL(`../bots/${name}`, import.meta.url));
    const { description: title, bot } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { summary, groups } = bot ?? {};
    if (!title || !summary || !groups?.every?.(group => groupsOfSetup.includes(group)))
      throw new Error(
        `bots/${name}/package.json needs "description" and "bot": { "summary": "…", "groups": [] }, with none, one or both of the groups ${groupsOfSetup.join(' and ')}`,
      );
    return {
      name,
      title,
      summary,
      groups,
      service: read(join(folder, 'service.yaml')),
      schema: config[`${name}Config`],
      alerts: alerts[`${name}Alerts`],
    };
  }),
);

const stale = [
  ...described.filter(bot => rewrite(`docs/reference/${bot.name}.md`, () => renderReference(bot))),
  rewrite('docs/runbooks/index.md', page => {
    const perBot = described.map(({ name, alerts }) => [name, alerts]);
    return between(page, 'alerts', alertTable('', [['every bot', runtimeAlerts], ...perBot]));
  }),
  rewrite('packages/core/package.json', renderExports),
  rewrite('packages/core/README.md', page => between(page, 'api', renderApi('@service-bots/core', core))),
  rewrite('docs/alert-channels.md', page =>
    between(page, 'channels', renderChannelTable(channelKinds, described)),
  ),
  rewrite('docs/index.md', page => between(page, 'bots', renderBotIndex(described))),
  rewrite('README.md', page => between(page, 'bots', renderBotTable(described))),
  rewrite('compose.yaml', file => {
    const services = within(file, 'bots', renderServices(described));
    return within(within(services, 'keys', renderForkKeys(described)), 'volumes', renderVolumes(described));
  }),
  rewrite('.github/workflows/images.yaml', file => within(file, 'bots', renderImageNames(described))),
  rewrite('.env.example', () => renderEnvExample(described)),
  rewrite('docker/variables.yaml', () =>
    renderServiceVariables(described, { name: 'ops', schema: opsConfig }),
  ),
  rewrite('docker/secrets.yaml', () => renderSecrets(described)),
  rewrite('docker/bots.sh', () => renderShellLists(described, channelKinds)),
  rewrite('deploy/swarm/nfs.yaml', () => renderSwarmState(described)),
  rewrite('deploy/aws/logs.yaml', () => renderLogShipping(described)),
].some(Boolean);
if (stale) process.exitCode = 1;

/** Returns the page with the alerts and the variables of a bot. */
function renderReference({ name, title, schema, alerts }) {
  return [
    `# ${title}: alerts and variables`,
    '',
    `Written by \`make docs\` from the code. The bot and its operation: [${name}](../${name}.md).`,
    '',
    '## Alerts',
    '',
    alertTable('../runbooks/', [[undefined, { ...alerts, ...runtimeAlerts }]]),
    '## Variables',
    '',
    'The bot lists all problems at once, each with an example, before anything starts. An empty variable counts as not set.',
    '',
    renderEnvTable(schema),
  ].join('\n');
}

/** Returns core's package.json with an entry of `exports` for each folder of `src` that has an index. */
function renderExports(file) {
  const rooms = publicApi(core).map(({ entry }) => [
    `./${entry}`,
    { types: `./dist/${entry}/index.d.ts`, default: `./dist/${entry}/index.js` },
  ]);
  return `${JSON.stringify({ ...JSON.parse(file), exports: Object.fromEntries(rooms) }, null, 2)}\n`;
}

/** @returns whether the file is out of date and was left unchanged */
function rewrite(name, change) {
  const path = join(root, name);
  const present = read(path);
  const wanted = change(present);
  if (present === wanted) return false;
  if (options.check) {
    process.stderr.write(`${relative(root, path)} is out of date: run \`make docs\`\n`);
    return true;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wanted);
  process.stdout.write(`wrote ${relative(root, path)}\n`);
  return false;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Returns the YAML file with `text` between its lines `# name begin` and `# name end`. */
function within(file, name, text) {
  const parts = file.split(new RegExp(`^( *# ${name} (?:begin|end)\\b.*\\n)`, 'm'));
  if (parts.length !== 5)
    throw new Error(`a file needs the lines "# ${name} begin" and "# ${name} end" once each`);
  const [before, begin, , end, after] = parts;
  return `${before}${begin}${text}${end}${after}`;
}

/** Returns the page with `text` between its two `<!-- name -->` markers. */
function between(page, name, text) {
  const marker = `<!-- ${name} -->`;
  const [before, , after, ...more] = page.split(marker);
  if (after === undefined || more.length > 0) throw new Error(`a page needs ${marker} exactly twice`);
  return `${before}${marker}\n${text}${marker}${after}`;
}

/**
 * @param groups the bots that raise them (undefined: not shown) and the alerts; the most severe come first
 */
function alertTable(folder, groups) {
  const order = ['critical', 'error', 'warning', 'info'];
  const isTold = groups.some(([who]) => who !== undefined);
  const rows = groups
    .flatMap(([who, table]) => Object.entries(table).map(([check, kind]) => ({ who, check, ...kind })))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
    .map(({ who, check, severity, worst, title, runbook }) => [
      `\`${check}\``,
      worst ? `${severity} to ${worst}` : severity,
      title,
      ...(isTold ? [who] : []),
      `[${runbook}](${folder}${runbook}.md)`,
    ]);
  const head = ['Check', 'Severity', 'Meaning', ...(isTold ? ['Raised by'] : []), 'Runbook'];
  const lines = [head, head.map(() => '---'), ...rows];
  return `${lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
