// The lists of all bots that shell scripts, compose files, the workflow of images and README need. A list that is written by
// hand forgets the next bot: the guard of the fork would accept its real key, and a swarm would leave its state on one node.
import { declarations } from '../packages/core/dist/config/index.js';

const head = '# Written by `make docs` from the folders of bots/. Do not edit.\n';

/** @returns {string} shell functions and variables: the bots, the variable of each wallet's key, and those that turn a channel on */
export function renderShellLists(bots, channels) {
  const keys = bots.flatMap(({ name, schema }) =>
    declarations(schema).flatMap(({ name: key, walletKey }) =>
      walletKey ? [{ bot: name, key, walletKey }] : [],
    ),
  );
  const switches = channels.map(({ turnedOnBy }) => turnedOnBy);
  const isSecret = name =>
    declarations(bots[0].schema).some(({ name: declared, secret }) => declared === name && secret);
  const named = group => bots.filter(({ groups }) => groups.includes(group)).map(({ name }) => name);
  const always = keys.filter(({ walletKey }) => walletKey === 'always').map(({ bot }) => bot);
  return [
    '# shellcheck shell=bash disable=SC2034',
    head.trimEnd(),
    `all_bots='${bots.map(({ name }) => name).join(' ')}'`,
    "# The groups of ./setup-env.sh --service-bots and --all, from each bot's package.json.",
    `service_bots='${named('service-bots').join(' ')}'`,
    `most_bots='${named('all').join(' ')}'`,
    '# Prints a line of setup-env.sh --help for each bot.',
    'describe_bots() {',
    "  cat <<'TEXT'",
    ...bots.map(({ name, summary }) => `  ${`--${name}`.padEnd(16)} ${summary}`),
    'TEXT',
    '}',
    '# Variables that hold the private key of a wallet.',
    `all_keys='${keys.map(({ key }) => key).join(' ')}'`,
    "# The variable of a bot's key; nothing where the bot has no wallet.",
    'key_of() {',
    '  case $1 in',
    ...keys.map(({ bot, key }) => `    ${bot}) echo ${key} ;;`),
    '  esac',
    '}',
    '# The other bots work without a key, or need one for some settings only.',
    `needs_key() { case $1 in ${always.join(' | ')}) ;; *) return 1 ;; esac; }`,
    '# Each of these secrets, and each of these settings, turns an alert channel on.',
    `channels='${switches.filter(isSecret).join(' ')}'`,
    `channel_settings='${switches.filter(name => !isSecret(name)).join(' ')}'`,
    'is_key() { [[ " $all_keys " = *" $1 "* ]]; }',
    '',
  ].join('\n');
}

/** @returns {string} the volumes of a swarm whose state is on a file server */
export function renderSwarmState(bots) {
  const volumes = bots.map(({ name }) =>
    [
      `  ${name}-state:`,
      `    name: \${COMPOSE_PROJECT_NAME}_${name}-nfs`,
      `    driver_opts: { type: nfs, o: *options, device: ":\${STATE_NFS_FOLDER}/${name}" }`,
    ].join('\n'),
  );
  return `${head}# For deploy.sh: the state of each bot in a folder of its own on a file server (NFS 4, EFS). The mount is soft: when the server
# is gone for 15 s, the bot gets an error instead of hanging for ever. It then stops acting and raises an alert.
x-options: &options "addr=\${STATE_NFS_SERVER},\${STATE_NFS_OPTIONS:-nfsvers=4.1,soft,timeo=50,retrans=2,noresvport}"
volumes:
${volumes.join('\n')}
`;
}

/** @returns {string} an overlay for compose that sends the log of each bot to CloudWatch */
export function renderLogShipping(bots) {
  return `${head}# Logs to CloudWatch as well as to docker logs: COMPOSE_FILE=compose.yaml:deploy/aws/logs.yaml in .env.
x-logging: &logging
  driver: awslogs
  options: { awslogs-group: service-bots, mode: non-blocking, tag: "\${COMPOSE_PROJECT_NAME}/{{.Name}}" }
services:
${bots.map(({ name }) => `  ${name}: { logging: *logging }`).join('\n')}
`;
}

/** Returns the services of the bots in compose.yaml. A key of a bot's service.yaml takes the place of this one. */
export function renderServices(bots) {
  return bots.map(renderService).join('\n');
}

function renderService({ name, summary, groups, service }) {
  const own = new Set([...service.matchAll(/^(\w+):/gm)].map(([, key]) => key));
  const usual = {
    extends: `extends: { file: docker/variables.yaml, service: ${name} }`,
    profiles: `profiles: [${name}]`,
    image: `image: \${IMAGES:-service-bots}/${name}:\${TAG:-\${COMPOSE_PROJECT_NAME}}`,
    build: `build: { <<: *build, args: { <<: *args, BOT: ${name} } }`,
    volumes: `volumes: [*scratch, *config, "${name}-state:/state"]`,
  };
  const lines = [
    `# ${name}: ${summary}.${groups.length === 0 ? ` Only ./setup-env.sh --${name} starts it.` : ''}`,
    `${name}:`,
    '  <<: *bot',
    ...Object.entries(usual).flatMap(([key, line]) => (own.has(key) ? [] : [`  ${line}`])),
    ...service.split('\n').map(line => (line === '' ? '' : `  ${line}`)),
  ];
  return `${lines.map(line => (line === '' ? '' : `  ${line}`)).join('\n')}`;
}

/** Returns the volumes of compose.yaml: the state of each bot. */
export const renderVolumes = bots => bots.map(({ name }) => `  ${name}-state:\n`).join('');

/**
 * Returns the end of the fork's service in compose.yaml: the keys of the bots that work only with a wallet. The fork gives funds to
 * these wallets.
 */
export function renderForkKeys(bots) {
  const keys = bots.flatMap(({ schema }) =>
    declarations(schema).flatMap(({ name, walletKey }) => (walletKey === 'always' ? [name] : [])),
  );
  return [
    '      - --fund-keys',
    `      - ${keys.map(key => `/run/secrets/${key}`).join(',')}`,
    `    secrets: [${['FORK_URL', ...keys].join(', ')}]`,
    '',
  ].join('\n');
}

/** Returns the bots among the images that the workflow builds. */
export const renderImageNames = bots => bots.map(({ name }) => `          - ${name}\n`).join('');

/** Returns the table of the bots in README. */
export function renderBotTable(bots) {
  const flagOf = ({ name, groups }) => (groups.includes('service-bots') ? '--service-bots' : `--${name}`);
  const rows = bots.map(
    bot => `| [${bot.name}](docs/${bot.name}.md) | ${bot.summary} | \`${flagOf(bot)}\` |`,
  );
  return ['| Bot | What it does | Flag of `./setup-env.sh` |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

/** Returns the table of channels: the variable that turns each on, and the least severe alerts that it gets. */
export function renderChannelTable(channels, [{ schema }]) {
  const rows = channels.map(({ name, variables, turnedOnBy }) => {
    const least = Object.keys(variables).find(each => each.endsWith('_MIN_SEVERITY'));
    const { description } = declarations(schema).find(declared => declared.name === turnedOnBy);
    return `| ${name} | \`${turnedOnBy}\` | ${description} | \`${least}\` |`;
  });
  return [
    '| Channel | On when this is set | What it is | Least severity |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** Returns the table of the bots in docs/index.md. */
export function renderBotIndex(bots) {
  const rows = bots.map(
    ({ name, summary }) =>
      `| [${name}](${name}.md) | ${summary} | [variables and alerts](reference/${name}.md) |`,
  );
  return ['| bot | what it does | reference |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
