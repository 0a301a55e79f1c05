import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type BlockHead,
  type DevnetPool,
  type DevnetPrizePool,
  deployHyperdrive,
  deployPrizePools,
  devAccounts,
  type HeartbeatSink,
  interfaces,
  prizePoolInterfaces,
  type Sink,
  startAnvil,
  startHeartbeat,
  startTelegram,
  startWebhook,
  type TelegramSink,
  type WebhookSink,
} from '@service-bots/devnet';
import { parseEther, parseUnits } from 'ethers';
import { check, readEvidence, type Verdict } from '../../src/checker/index.ts';
import { type HistoryRecord, openHistory, type Unstamped } from '../../src/history/index.ts';

const script = fileURLToPath(new URL('scriptedBot.mjs', import.meta.url));
const wallet = devAccounts[7];
const weekSeconds = 604_800;
/** The time of one step, and the period of the bot. */
const stepSeconds = 5;
const lowBalanceWei = parseEther('0.1');

export type Role = 'checkpoint' | 'keeper';

/** A chain with a Hyperdrive pool and a prize pool, and sinks; scenes are played on it one after the other. */
export interface Stage {
  readonly anvil: Anvil;
  readonly pool: DevnetPool;
  readonly prize: DevnetPrizePool;
  /** The time of the prize pool's commit, unix seconds. A position matures a minute after it. */
  readonly anchor: number;
  readonly webhook: WebhookSink;
  readonly telegram: TelegramSink;
  readonly heartbeat: HeartbeatSink;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  // The checker reads the state of every block, of all scenes.
  const extraArgs = ['--max-persisted-states', '100000'];
  const anvil = await startAnvil({ noMining: true, timestamp: 1_900_000_000, chainId: 1, extraArgs });
  const pools = [{ name: 'Minutes', positionDuration: 120, checkpointDuration: 60 }];
  const devnet = await deployHyperdrive(anvil, { pools, paused: [] });
  const { timestamp } = await anvil.time.latest();
  const anchor = Math.ceil((timestamp + 2_000) / 60) * 60;
  // A commit is possible five minutes before its anchor, and sales end ten minutes before that.
  const round = { roundDurationSec: weekSeconds - 900, yieldPeriodSec: 600, opensAt: anchor - weekSeconds };
  const { pools: prizes } = await deployPrizePools(anvil, [round]);
  const [pool] = devnet.pools;
  const [prize] = prizes;
  if (!pool || !prize) throw new Error('the stage has no pools');
  await prize.buyTickets();
  const [webhook, telegram, heartbeat] = await Promise.all([
    startWebhook(),
    startTelegram(),
    startHeartbeat(),
  ]);
  return {
    anvil,
    pool,
    prize,
    anchor,
    webhook,
    telegram,
    heartbeat,
    async close() {
      await Promise.all([webhook.close(), telegram.close(), heartbeat.close()]);
      await anvil.stop();
    },
  };
}

export interface Play {
  readonly role: Role;
  /** The sentence that the bot breaks; absent: none. */
  readonly breaks?: string;
  /** Kills the bot for half a minute, as a fault, at this many seconds. */
  readonly killAt?: number;
  /** Whether twenty more blocks are mined in each step, so that a draw's window passes. */
  readonly fast?: boolean;
}

/** Plays a bot for three minutes of chain time, with a wallet that is drained for a while, and checks it. */
export async function play(
  stage: Stage,
  { role, breaks = '', killAt, fast = false }: Play,
): Promise<Verdict> {
  const { anvil, pool, anchor, webhook, telegram, heartbeat } = stage;
  const snapshot = await anvil.send('evm_snapshot');
  for (const sink of [webhook, telegram, heartbeat] as Sink<unknown>[]) sink.clear();
  const folder = mkdtempSync(join(tmpdir(), 'scene-'));
  const outputs = join(folder, 'outputs');
  mkdirSync(outputs);
  let nowMs = (anchor - 35) * 1_000;
  const history = openHistory(join(folder, 'history.jsonl'), () => nowMs);
  const start = (isSecond: boolean) => startBot({ role, breaks, stage, outputs, isSecond });
  const process = (event: 'started' | 'ended', pid: number, code: number | null) =>
    history.write({
      type: 'process',
      bot: role,
      copy: 'a',
      pid,
      event,
      ...(event === 'ended' ? { code } : {}),
    });
  const clock = ({ number: block, timestamp }: BlockHead) => {
    history.write({ type: 'clock', wallMs: Date.now(), chain: 'local', block, timestamp });
  };
  try {
    await anvil.setBalance(wallet.address, parseEther('1.5'));
    // The chain's clock runs on while a position is opened.
    await anvil.time.moveTo(anchor - 58);
    if (role === 'checkpoint') await pool.openShort(parseUnits('500', 18));
    describe(stage, role).forEach(record => void history.write(record));
    let bot = await start(false);
    process('started', bot.pid, null);
    for (let seconds = 0; seconds <= 185; seconds += stepSeconds) {
      const time = anchor - 30 + seconds;
      nowMs = time * 1_000;
      const head = await anvil.time.moveTo(time);
      if (seconds === 30) {
        await anvil.setBalance(wallet.address, lowBalanceWei / 2n);
        const target = { bot: role };
        history.write({
          type: 'fault-began',
          fault: 'drain',
          kind: 'wallet-drained',
          target,
          parameters: {},
          makesImpossible: [],
        });
      }
      if (seconds === 75) {
        await anvil.setBalance(wallet.address, parseEther('1.5'));
        history.write({ type: 'fault-ended', fault: 'drain' });
      }
      if (seconds === killAt) {
        const makesImpossible = [{ act: 'run' as const, bot: role }];
        history.write({
          type: 'fault-began',
          fault: 'kill',
          kind: 'kill',
          target: { bot: role },
          parameters: {},
          makesImpossible,
        });
        await bot.kill();
        process('ended', bot.pid, null);
      }
      if (killAt !== undefined && seconds === killAt + 30) {
        bot = await start(true);
        process('started', bot.pid, null);
        history.write({ type: 'fault-ended', fault: 'kill' });
      }
      clock(head);
      const ended = await bot.round();
      if (ended) process('ended', bot.pid, ended.code);
      nowMs += 1_000;
      const next = await anvil.time.moveTo(time + 1);
      clock(fast ? await anvil.time.mine(20) : next);
    }
    await bot.kill();
    nowMs += 3_000;
    history.write({ type: 'ended' });
    history.close();
    writeEvidence(folder, stage, outputs);
    return await check(await readEvidence(join(folder, 'evidence.json')));
  } finally {
    await anvil.send('anvil_dropAllTransactions');
    await anvil.send('evm_revert', [snapshot]);
    rmSync(folder, { recursive: true });
  }
}

interface ScriptedBot {
  readonly pid: number;
  /** Plays one round. Resolves to the exit once the bot has ended by itself. */
  round(): Promise<{ code: number | null } | undefined>;
  kill(): Promise<void>;
}

async function startBot(given: {
  role: Role;
  breaks: string;
  stage: Stage;
  outputs: string;
  isSecond: boolean;
}): Promise<ScriptedBot> {
  const { role, breaks, stage, outputs, isSecond } = given;
  const { hyperdrive } = interfaces;
  const selector = (abi: typeof hyperdrive, name: string) => abi.getFunction(name)?.selector;
  const settings = {
    role,
    isSecond,
    rpcUrl: stage.anvil.rpcUrl,
    wallet: wallet.address,
    key: wallet.privateKey,
    stranger: devAccounts[8].address,
    pool: role === 'checkpoint' ? stage.pool.address : stage.prize.address,
    selectors: {
      checkpoint: selector(hyperdrive, 'checkpoint'),
      getCheckpoint: selector(hyperdrive, 'getCheckpoint'),
      totalSupply: selector(hyperdrive, 'totalSupply'),
      ...Object.fromEntries(
        ['commit', 'settle', 'currentRoundId', 'getRoundInfo', 'getCommitAfterTime'].map(name => [
          name,
          selector(prizePoolInterfaces.pool, name),
        ]),
      ),
    },
    checkpointDuration: 60,
    anchor: stage.anchor,
    lowBalanceWei: `${lowBalanceWei}`,
    webhookUrl: `${stage.webhook.url}/hook`,
    telegramUrl: `${stage.telegram.url}/bot1:token/sendMessage`,
    heartbeatUrl: stage.heartbeat.pingUrl(role),
  };
  const child: ChildProcess = fork(script, [], {
    env: { SETTINGS: JSON.stringify(settings), BREAKS: breaks },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', data => appendFileSync(join(outputs, `${role}.log`), data));
  let isOver = false;
  const exited = once(child, 'exit').then(([code]) => ({ code: code as number | null }));
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    async round() {
      if (isOver || !child.connected) return undefined;
      child.send('round');
      const end = await Promise.race([once(child, 'message').then(() => undefined), exited]);
      isOver = end !== undefined;
      return end;
    },
    async kill() {
      isOver = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Returns the records of the deployment. */
function describe(stage: Stage, role: Role): Unstamped[] {
  const at = new Date(stage.anchor * 1_000);
  const pool = role === 'checkpoint' ? stage.pool.address : stage.prize.address;
  const names = role === 'checkpoint' ? ['checkpoint'] : ['commit', 'settle'];
  const abi = role === 'checkpoint' ? interfaces.hyperdrive : prizePoolInterfaces.pool;
  const records: (Unstamped | HistoryRecord)[] = [
    { type: 'run', version: 1, seed: '1', hours: 1 },
    { type: 'chain', chain: 'local', chainId: 1, rpcUrl: stage.anvil.rpcUrl, blockTimeSeconds: 2 },
    role === 'checkpoint'
      ? {
          type: 'pool',
          kind: 'hyperdrive',
          chain: 'local',
          address: pool,
          name: 'Minutes',
          waitingPeriod: 0.5,
        }
      : {
          type: 'pool',
          kind: 'prize',
          chain: 'local',
          address: pool,
          name: 'weekly',
          anchor: { weekday: at.getUTCDay(), hour: at.getUTCHours(), minute: at.getUTCMinutes() },
          lateCommit: 'fire',
          leadSeconds: 300,
          holdLimitSeconds: 3_600,
        },
    { type: 'channel', channel: 'webhook', kind: 'webhook', minSeverity: 'info' },
    { type: 'channel', channel: 'telegram', kind: 'telegram', minSeverity: 'info' },
    {
      type: 'bot',
      bot: role,
      kind: role,
      chain: 'local',
      periodMs: stepSeconds * 1_000,
      resolveAfterMs: 0,
      startMs: 10_000,
      pools: [pool],
      endpoints: [],
      channels: ['webhook', 'telegram'],
      heartbeat: role,
    },
    {
      type: 'wallet',
      chain: 'local',
      bot: role,
      address: wallet.address,
      calls: names.map(name => ({ to: pool, selector: abi.getFunction(name)?.selector ?? '0x' })),
      maxGas: 3_000_000,
      maxFeeWei: `${parseUnits('5000', 'gwei')}`,
      maxPriorityFeeWei: `${parseUnits('5000', 'gwei')}`,
      gasPerHour: 60_000_000,
      gasPerDay: 300_000_000,
      lowBalanceWei: `${lowBalanceWei}`,
    },
  ];
  return records as Unstamped[];
}

function writeEvidence(folder: string, { webhook, telegram, heartbeat }: Stage, outputs: string): void {
  const lines = Object.entries({ webhook, telegram, heartbeat }).flatMap(([channel, sink]) =>
    sink.requests.map(({ receivedAt, outcome, path, headers, body }) =>
      JSON.stringify({
        channel,
        arrivedAtMs: receivedAt.getTime(),
        isAccepted: typeof outcome === 'number' && outcome < 300,
        outcome,
        path,
        headers,
        body,
      }),
    ),
  );
  writeFileSync(join(folder, 'deliveries.jsonl'), lines.join('\n'));
  const evidence = {
    history: 'history.jsonl',
    deliveries: 'deliveries.jsonl',
    searched: [{ label: 'output', path: outputs }],
    secrets: [{ name: `the key of ${wallet.address}`, value: wallet.privateKey }],
  };
  writeFileSync(join(folder, 'evidence.json'), JSON.stringify(evidence));
}
