// A small bot that works by the documents, or breaks one sentence of them: `BREAKS` names it. It plays a round for
// each message of its parent, so that a test has the time in its hands, and signs with anvil's unlocked accounts.
import process from 'node:process';

const settings = JSON.parse(process.env.SETTINGS);
const breaks = process.env.BREAKS ?? '';
const { role, rpcUrl, wallet, pool, selectors, webhookUrl, telegramUrl, heartbeatUrl, lowBalanceWei } =
  settings;
const open = new Map();
const sent = new Set();
let rounds = 0;
let notices = 0;
let nonce;

async function rpc(method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

const hex = value => `0x${BigInt(value).toString(16)}`;
const word = value => BigInt(value).toString(16).padStart(64, '0');
const read = async (name, ...args) =>
  rpc('eth_call', [{ to: pool, data: selectors[name] + args.map(word).join('') }, 'latest']);
const numberOf = (answer, at = 0) => BigInt(`0x${answer.slice(2 + at * 64, 66 + at * 64) || '0'}`);

async function send(
  data,
  { to = pool, value = 0, feeGwei = 20n, tipGwei = 1n, skip = 0, gas = 250_000 } = {},
) {
  nonce ??= Number(await rpc('eth_getTransactionCount', [wallet, 'latest']));
  const fees = { maxFeePerGas: hex(feeGwei * 10n ** 9n), maxPriorityFeePerGas: hex(tipGwei * 10n ** 9n) };
  const transaction = {
    from: wallet,
    to,
    data,
    value: hex(value),
    gas: hex(gas),
    nonce: hex(nonce + skip),
    ...fees,
  };
  await rpc('eth_sendTransaction', [transaction]);
  nonce += 1;
}

async function post(url, document) {
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
  });
}

/** Sends a notice through both channels, in the forms that the documents and the services give them. */
async function notify(occasion, check, title, severity, { message = title, of } = {}) {
  notices += 1;
  const key = `${role}:${check}:local:${of ?? '-'}`;
  const alert = {
    bot: role,
    check,
    chain: 'local',
    title,
    dedupKey: key,
    severity,
    message,
    since: 0,
    count: 1,
    data: {},
  };
  if (of !== undefined) alert.pool = of;
  const webhook = { id: `${process.pid}-${notices}`, occasion, alert };
  const word = occasion === 'resolved' ? '✅ resolved' : `🟡 ${severity}`;
  const lines = [`<b>${word}: ${title}</b>`, message, `bot: ${role}`, 'chain: local'];
  if (of !== undefined) lines.push(`pool: ${of}`);
  lines.push(`check: ${check}`);
  const telegram = { text: lines.join('\n'), chat_id: '-1', parse_mode: 'HTML' };
  if (breaks !== 'uses one channel only') await post(telegramUrl, telegram);
  const times = breaks === 'repeats a delivery' ? 2 : 1;
  for (let time = 0; time < times; time += 1) await post(webhookUrl, webhook);
}

/** Raises and resolves one alert, as its condition comes and goes. */
async function report(isFailing, check, title, severity, more) {
  const since = open.get(check);
  if (isFailing && since === undefined) {
    open.set(check, rounds);
    const isLate = breaks === 'pages late';
    if (breaks !== 'swallows an alert' && !isLate) await notify('opened', check, title, severity, more);
  }
  if (isFailing && breaks === 'pages late' && since === rounds - 8)
    await notify('opened', check, title, severity, more);
  if (isFailing && breaks === 'resolves while it lasts' && since === rounds - 6)
    await notify('resolved', check, title, severity, more);
  if (!isFailing && since !== undefined) {
    open.delete(check);
    if (breaks !== 'never resolves') await notify('resolved', check, title, severity, more);
  }
}

async function mint(now) {
  const duration = settings.checkpointDuration;
  const latest = now - (now % duration);
  for (let time = latest - duration; time <= latest; time += duration) {
    const isDue = time < latest || now >= time + duration / 2 + (breaks === 'mints late' ? 25 : 0);
    if (!isDue) continue;
    const longs = numberOf(await read('totalSupply', (1n << 248n) | BigInt(time)));
    const shorts = numberOf(await read('totalSupply', (2n << 248n) | BigInt(time)));
    // The third word of a checkpoint is its share price.
    const isMinted = numberOf(await read('getCheckpoint', time), 2) > 0n;
    const isAgain = breaks === 'sends twice' && sent.has(time) && isMinted && !sent.has('again');
    if (isAgain) sent.add('again');
    if (longs + shorts === 0n || (!isAgain && (isMinted || sent.has(time)))) continue;
    sent.add(time);
    if (breaks === 'leaves out a mint') continue;
    await send(selectors.checkpoint + word(time) + word(4), {
      feeGwei: breaks === 'pays too much' ? 5_500n : 20n,
    });
    if (breaks === 'leaves a nonce gap') await send(selectors.checkpoint + word(time) + word(5), { skip: 2 });
    if (breaks === 'sends value to a stranger') await send('0x', { to: settings.stranger, value: 1 });
  }
}

/** Sends what it has sent before, for as high a fee as it may pay, until nothing is left. */
async function waste() {
  const [time] = sent;
  const balance = BigInt(await rpc('eth_getBalance', [wallet, 'latest']));
  if (time === undefined || balance < 90n * 10n ** 15n) return;
  const data = selectors.checkpoint + word(time) + word(rounds);
  const gas = Number(await rpc('eth_estimateGas', [{ from: wallet, to: pool, data }]));
  const most = (balance - 20n * 10n ** 15n) / BigInt(gas) / 10n ** 9n;
  const feeGwei = most < 5_000n ? most : 5_000n;
  await send(data, { feeGwei, tipGwei: feeGwei, gas });
}

async function draw(now) {
  const round = Number(numberOf(await read('currentRoundId')));
  const info = async id => {
    const answer = await read('getRoundInfo', id);
    return { state: Number(numberOf(answer)), target: Number(numberOf(answer, 2)) };
  };
  const eligible = Number(numberOf(await read('getCommitAfterTime', round)));
  const due = eligible > settings.anchor ? Infinity : settings.anchor;
  const at = breaks === 'commits before the anchor' ? eligible : breaks === 'commits late' ? due + 40 : due;
  if (now >= Math.max(eligible, at) && !sent.has(`commit ${round}`)) {
    sent.add(`commit ${round}`);
    await send(selectors.commit + word(round));
  }
  if (round === 1) return;
  const { state, target } = await info(round - 1);
  const head = Number(await rpc('eth_blockNumber', []));
  const first = target + (breaks === 'settles one block too late' ? 255 : 0);
  if (state !== 1 || head < first || sent.has(`settle ${round - 1}`)) return;
  sent.add(`settle ${round - 1}`);
  await send(selectors.settle + word(round - 1));
}

async function play() {
  rounds += 1;
  const { timestamp } = await rpc('eth_getBlockByNumber', ['latest', false]);
  const now = Number(timestamp);
  if (breaks === 'ends by itself' && rounds === 14) process.exit(1);
  const isDead = breaks === 'does nothing after a restart' && settings.isSecond;
  if (!isDead) {
    if (breaks === 'empties its wallet') await waste();
    if (role === 'checkpoint') await mint(now);
    else await draw(now);
    const balance = BigInt(await rpc('eth_getBalance', [wallet, 'latest']));
    await report(balance < BigInt(lowBalanceWei), 'low-balance', 'the wallet runs low', 'warning', {});
    await fetch(heartbeatUrl, { method: 'POST', body: `{"rounds":${rounds}}` });
  }
  if (breaks === 'alerts about nothing' && rounds === 5)
    await notify('opened', 'pool-failing', 'a pool could not be looked after', 'warning');
  if (breaks === 'alerts under an unknown name' && rounds === 5)
    await notify('opened', 'bad-mood', 'the bot is in a bad mood', 'info');
  if (breaks === 'logs its key' && rounds === 3) process.stdout.write(`signing with ${settings.key}\n`);
  if (breaks === 'alerts with its key' && rounds === 5) {
    const text = Buffer.from(settings.key.slice(2), 'hex').toString('base64');
    await notify('opened', 'policy-violation', 'the signer refused a transaction', 'critical', {
      message: text,
    });
  }
}

process.on('message', () => {
  play().then(
    () => process.send('done'),
    error => {
      process.stdout.write(`${error.stack}\n`);
      process.send('done');
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send('ready');
