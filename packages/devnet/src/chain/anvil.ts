import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { JsonRpcProvider, Network, toQuantity } from 'ethers';
import { temporaryFolder } from '../process/temporaryFolder.ts';
import { anvilBinary } from './anvilBinary.ts';
import { relayPatienceMs } from './forkRelay.ts';
import { lastWords } from './lastWords.ts';
import { mineEvery } from './mineEvery.ts';
import { killWhenParentDies } from './reaper.ts';
import { type ChainTime, chainTime } from './time.ts';

export interface AnvilOptions {
  /** Default 31337, or the forked chain's own. */
  readonly chainId?: number;
  /** Seconds between blocks, fractions allowed (0.4). Absent: every transaction is mined at once. */
  readonly blockTime?: number;
  /** Mines only on request (`time.mine`). Not together with `blockTime`. */
  readonly noMining?: boolean;
  /** Unix seconds of the genesis block. */
  readonly timestamp?: number;
  /** Base fee of the first block, in wei. */
  readonly baseFeeWei?: bigint;
  /** Fork this chain instead of starting an empty one. */
  readonly forkUrl?: string;
  /** Fork at this block; default the newest. */
  readonly forkBlock?: number;
  /** Address to listen on, beside the loopback interface's own in `rpcUrl`. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: the operating system chooses a free port, which avoids a race. */
  readonly port?: number;
  /** The number of slots in an epoch: `safe` is one epoch behind, `finalized` two. */
  readonly slotsInAnEpoch?: number;
  /**
   * The number of newest blocks that keep their state; reads at an older block are refused, as by a node that
   * is no archive. Absent: anvil keeps 1,500 of them at short block times, which suits a chain that lives for
   * minutes. A state is a copy of all that the chain has read and of the hashes of all its blocks: 0.8 MB
   * each after an hour.
   */
  readonly statesKept?: number;
  /** More command-line arguments for anvil, after ours. */
  readonly extraArgs?: readonly string[];
  /** The longest time until anvil listens. Default 30,000 ms. */
  readonly startTimeoutMs?: number;
}

/** A running anvil chain of this process, on the loopback interface. */
export interface Anvil {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly port: number;
  /** Of the native process, not of npm's wrapper. */
  readonly pid: number;
  readonly chainId: number;
  /** Caches nothing and batches nothing, so that every answer is the chain's present one. */
  readonly provider: JsonRpcProvider;
  readonly time: ChainTime;
  /** Resolves when the process is gone, with the way it ended: `exit code 1`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Returns why it has ended by itself, if its output has the reason. */
  lastWords(): string | undefined;
  /** Sends a JSON-RPC call. Rejects with ethers' error when anvil answers with one. */
  send(method: string, params?: readonly unknown[]): Promise<unknown>;
  /**
   * Sets the balance of an address from now on, in wei. Part of the newest block until another one is mined.
   */
  setBalance(address: string, wei: bigint): Promise<void>;
  /** Ends the process and resolves when it is gone and its port is free. May be called again. */
  stop(): Promise<void>;
}

/** The functions needed to use a chain, including one that another process runs. */
export type ChainHandle = Pick<Anvil, 'rpcUrl' | 'chainId' | 'provider' | 'time' | 'send' | 'setBalance'>;

type AnvilProcess = ChildProcessByStdio<null, Readable, Readable>;

/** More than the size of any Hyperdrive contract: the mocks are beyond Ethereum's 24,576 bytes. */
const codeSizeLimit = 9_999_999;
const killAfterMs = 1_000;
/** The kept output of a panic, whose message comes first and whose backtrace follows. */
const longestWords = 20_000;

/**
 * Starts anvil and resolves once it listens. The process always dies with ours, and does not keep ours alive.
 *
 * @throws Error when the binary is missing, when anvil ends before it listens (its own words are in the
 * message: a port in use, a bad argument) or when it takes longer than `startTimeoutMs`.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  // Gigabytes of states, which an anvil that is killed leaves behind.
  const states = temporaryFolder('anvil-states-');
  const child: AnvilProcess = spawn(anvilBinary(), [...commandLine(options), '--cache-path', states], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<string>(resolve => {
    // Not at its exit: its last output may come after that.
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once('error', error => resolve(error.message));
  });
  const endReaper = child.pid === undefined ? () => {} : killWhenParentDies(child.pid);
  // After anvil has ended by itself, its pid may be given to another process, which must not be killed.
  void exited.then(endReaper);
  void exited.then(() => rm(states, { recursive: true, force: true }));
  let endMining = () => {};
  void exited.then(() => endMining());
  let stopping: Promise<void> | undefined;
  const end = () => {
    endMining();
    stopping ??= endProcess(child, exited, endReaper);
    return stopping;
  };

  try {
    const port = await listeningPort(child, options.startTimeoutMs ?? 30_000);
    const rpcUrl = `http://127.0.0.1:${port}`;
    // Anvil prints every call; without a reader, a full pipe would block it.
    child.stdout.resume();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-longestWords);
    });
    letGo(child);
    await rawCall(rpcUrl, 'anvil_setLoggingEnabled', [false]);
    const chain = await joinChain(rpcUrl);
    const { blockTime, statesKept } = options;
    if (blockTime !== undefined && statesKept !== undefined)
      endMining = mineEvery(blockTime, () => rawCall(rpcUrl, 'evm_mine', []));
    return {
      ...chain,
      wsUrl: `ws://127.0.0.1:${port}`,
      port,
      pid: child.pid as number,
      exited,
      lastWords: () => lastWords(said),
      async stop() {
        chain.provider.destroy();
        await end();
      },
    };
  } catch (error) {
    child.stdout.resume();
    child.stderr.resume();
    await end();
    throw error;
  }
}

/** Joins an anvil chain that runs already, here or elsewhere. */
export async function joinChain(rpcUrl: string): Promise<ChainHandle> {
  const chainId = Number(await rawCall(rpcUrl, 'eth_chainId', []));
  const network = Network.from(chainId);
  const provider = new JsonRpcProvider(rpcUrl, network, {
    staticNetwork: network,
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: 50,
  });
  const send = (method: string, params: readonly unknown[] = []): Promise<unknown> =>
    provider.send(method, [...params]);
  const setBalance = async (address: string, wei: bigint): Promise<void> => {
    await send('anvil_setBalance', [address, toQuantity(wei)]);
  };
  return { rpcUrl, chainId, provider, time: chainTime(send), send, setBalance };
}

function commandLine(options: AnvilOptions): string[] {
  const args = ['--host', options.host ?? '127.0.0.1', '--port', `${options.port ?? 0}`];
  args.push('--code-size-limit', `${codeSizeLimit}`);
  const add = (flag: string, value: number | bigint | string | undefined): void => {
    if (value !== undefined) args.push(flag, `${value}`);
  };
  add('--chain-id', options.chainId);
  const minesItself = options.statesKept === undefined;
  if (minesItself) add('--block-time', options.blockTime);
  if (options.noMining === true || (options.blockTime !== undefined && !minesItself))
    args.push('--no-mining');
  add('--timestamp', options.timestamp);
  add('--block-base-fee-per-gas', options.baseFeeWei);
  add('--fork-url', options.forkUrl);
  // Longer than the relay of a fork repeats a request.
  if (options.forkUrl !== undefined) add('--timeout', 2 * relayPatienceMs);
  add('--fork-block-number', options.forkBlock);
  add('--slots-in-an-epoch', options.slotsInAnEpoch);
  add('--prune-history', options.statesKept);
  args.push(...(options.extraArgs ?? []));
  return args;
}

/** Waits for anvil's own "Listening on <host>:<port>". */
function listeningPort(child: AnvilProcess, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.stdout.off('data', onData);
      child.stderr.off('data', onData);
      child.off('exit', onExit);
      child.off('error', onError);
      act();
    };
    const onData = (chunk: Buffer): void => {
      said += chunk.toString();
      const port = /Listening on [^\s]*:(\d+)/.exec(said)?.[1];
      if (port !== undefined) settle(() => resolve(Number(port)));
    };
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() =>
        reject(
          new Error(`anvil ended (${signal ?? `exit code ${code}`}) before it listened:\n${tail(said)}`),
        ),
      );
    const onError = (cause: Error): void =>
      settle(() => reject(new Error(`anvil could not be started: ${cause.message}`, { cause })));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`anvil did not listen within ${timeoutMs} ms:\n${tail(said)}`))),
      timeoutMs,
    );
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', onExit);
    child.once('error', onError);
  });
}

function tail(text: string): string {
  return text.trimEnd().slice(-1_000);
}

/** A chain that was not stopped must not keep a finished test or script running. */
function letGo(child: AnvilProcess): void {
  child.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as { unref?: () => void }).unref?.();
}

async function endProcess(
  child: AnvilProcess,
  exited: Promise<string>,
  endReaper: () => void,
): Promise<void> {
  endReaper();
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  // A stopped process does not receive SIGTERM until it continues.
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await exited;
  clearTimeout(timer);
}

/** Sends a JSON-RPC call without ethers, which copies a body byte by byte in JavaScript. */
export async function rawCall(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error !== undefined) throw new Error(`anvil refused ${method}: ${answer.error.message}`);
  return answer.result;
}
