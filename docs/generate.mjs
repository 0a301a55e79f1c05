// Writes each list of the bots that is outside of their folders, and the tables of the documentation, from the built code.
//   node docs/generate.mjs            writes
//   node docs/generate.mjs --check    writes nothing, exits 1 and names every file that is out of date
//   … --root <folder>                 the pages of another checkout
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { opsConfig } from '../ops/dist/config.js';
import { renderEnvExample, renderEnvTable } from '../packages/core/dist/config/index.js';
import { runtimeAlerts } from '../packages/core/dist/runtime/runtimeAlerts.js';
import { renderSecrets, renderServiceVariables } from './composeVariables.mjs';
import { renderLogShipping, renderShellLists, renderSwarmState } from './lists.mjs';

const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, root: { type: 'string' } },
});
const root = options.root ?? fileURLToPath(new URL('..', import.meta.url));

/** Each folder of bots/ is a bot; its name is also that of its page, its service and its image. */
const names = readdirSync(fileURLToPath(new URL('../bots', import.meta.url))).sort();
const described = await Promise.all(
  names.map(async name => {
    const built = file => import(`../bots/${name}/dist/${file}.js`);
    const [config, alerts] = await Promise.all([built('config'), built('alerts')]);
    const title = JSON.parse(
      readFileSync(new URL(`../bots/${name}/package.json`, import.meta.url), 'utf8'),
    ).description;
    return { name, title, schema: config[`${name}Config`], alerts: alerts[`${name}Alerts`] };
  }),
);

const stale = [
  ...described.filter(({ name, schema, alerts }) =>
    rewrite(`docs/${name}.md`, page =>
      between(
        between(page, 'variables', renderEnvTable(schema)),
        'alerts',
        alertTable('runbooks/', [[undefined, { ...alerts, ...runtimeAlerts }]]),
      ),
    ),
  ),
  rewrite('docs/runbooks/index.md', page => {
    const perBot = described.map(({ name, alerts }) => [name, alerts]);
    return between(page, 'alerts', alertTable('', [['every bot', runtimeAlerts], ...perBot]));
  }),
  rewrite('.env.example', () => renderEnvExample(described)),
  rewrite('docker/variables.yaml', () =>
    renderServiceVariables(described, { name: 'ops', schema: opsConfig }),
  ),
  rewrite('docker/secrets.yaml', () => renderSecrets(described)),
  rewrite('docker/bots.sh', () => renderShellLists(described)),
  rewrite('deploy/swarm/nfs.yaml', () => renderSwarmState(described)),
  rewrite('deploy/aws/logs.yaml', () => renderLogShipping(described)),
].some(Boolean);
if (stale) process.exitCode = 1;

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
