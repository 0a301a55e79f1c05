// Compose's settings for each bot: every variable of its schema, and its secrets as files. Written from the
// schemas, so that a new variable reaches its container by itself.
import { declarations } from '../packages/core/dist/config/index.js';

/** The image and compose.yaml define these. */
const settled = ['STATE_DIR', 'STATUS_HOST', 'STATUS_PORT', 'WATCHTOWER_HOST', 'WATCHTOWER_PORT'];
/** Variables that the operators' commands get with each call. */
const saidEachTime = ['DRY_RUN', 'REVISION', 'DEPLOYED_BY'];
/** Secrets whose name has another meaning for each bot. */
const eachBotsOwn = ['KEYSTORE_PASSWORD', 'HEARTBEAT_URL'];
const keystore = 'KEYSTORE_FILE';

const head = '# Written by `make docs` from the schemas of the bots. Do not edit.\n';

/**
 * @param bots name and schema of each
 * @param ops the same of the operators' commands, which have the bots' variables and none of their own
 */
export function renderServiceVariables(bots, ops) {
  const services = [...bots, { ...ops, isOps: true }].map(bot => {
    const lines = declarations(bot.schema).flatMap(each => variable(bot, each));
    const secrets = secretsOf(bot).map(({ name, file }) =>
      name === file ? `      - ${name}` : `      - { source: ${file}, target: ${name} }`,
    );
    return [`  ${bot.name}:`, '    environment:', ...lines, '    secrets:', ...secrets].join('\n');
  });
  return `${head}# A variable that begins with a bot's name is for that bot alone: CHECKPOINT_DRY_RUN=true.\nservices:\n${services.join('\n')}\n`;
}

/** The files in SECRETS_DIR, one for each secret of any bot. */
export function renderSecrets(bots) {
  const files = new Set([...bots.flatMap(bot => secretsOf(bot).map(({ file }) => file)), 'FORK_URL']);
  const lines = [...files].map(file =>
    [
      `  ${file}:`,
      `    file: \${SECRETS_DIR:?run ./setup-env.sh first}/${file}`,
      `    name: \${COMPOSE_PROJECT_NAME}_${file}\${SECRET_VERSION_${file}:-}`,
    ].join('\n'),
  );
  return `${head}# SECRET_VERSION_…: a swarm cannot change a secret, so a changed one has another name there.\nsecrets:\n${lines.join('\n')}\n`;
}

function variable({ name: bot, isOps = false }, { name, names, secret }) {
  if ((isOps ? saidEachTime : settled).includes(name)) return [];
  if (secret) return names.map(each => `      ${each}_FILE: /run/secrets/${each}`);
  const prefix = `${bot.toUpperCase()}_`;
  const own = isOps ? [] : names.map(each => (each.startsWith(prefix) ? each : `${prefix}${each}`));
  const all = [...new Set(name === keystore ? own : [...own, ...names])];
  return [`      ${name}: ${all.reduceRight((rest, each) => `\${${each}:-${rest}}`, '')}`];
}

function secretsOf({ name: bot, schema }) {
  const secrets = declarations(schema).filter(({ secret }) => secret);
  const files = secrets
    .flatMap(({ names }) => names)
    .map(name => ({ name, file: eachBotsOwn.includes(name) ? `${bot}_${name}` : name }));
  const hasKeystore = declarations(schema).some(({ name }) => name === keystore);
  return hasKeystore ? [...files, { name: 'KEYSTORE', file: `${bot}_KEYSTORE` }] : files;
}
