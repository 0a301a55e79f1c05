import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type RpcProxy,
  startAnvil,
  startBotProcess,
  startProxy,
  until,
  wsFaults,
} from '@service-bots/devnet';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../src/clock/index.ts';
import { BlockSource, FailoverProvider, followHeads } from '../src/rpc/index.ts';
import { type RunningBot, startBot } from '../src/runtime/index.ts';
import { BlockHints } from '../src/runtime/rounds/BlockHints.ts';
import { fakeBot, type Script, script } from './support/fakeBot.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let stop = new AbortController();
let following: Promise<void> = Promise.resolve();
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(async () => {
  stop.abort();
  await following;
  await until('no connection is left', () => proxy.ws.connections === 0);
  await proxy.ws.clearFault();
});
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});

/** Returns the context of a bot that has had a round. */
function contextOf({ context }: Script) {
  if (!context) throw new Error('there was no round');
  return context;
}
/** A clock whose pauses are a hundredth as long. */
const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

function follow({ url = proxy.wsUrl, silenceMs = 60_000 } = {}) {
  stop = new AbortController();
  const heard = { heads: 0, changes: [] as boolean[] };
  const address = { label: 'node', url: { reveal: () => url } };
  const onHead = () => {
    heard.heads += 1;
  };
  const onChange = (hears: boolean) => heard.changes.push(hears);
  following = followHeads(address, onHead, {
    silenceMs,
    clock: hasty,
    onChange,
    stop: stop.signal,
  });
  return heard;
}
/** Mines blocks until another one has been noticed. */
const hearsAgain = async (heard: { heads: number }) => {
  const { heads } = heard;
  await until('a head is heard of', async () => {
    await anvil.time.mine();
    return heard.heads > heads;
  });
};

describe('hints of new heads', () => {
  it('default: reports each head once', async () => {
    const before = proxy.ws.headsSent;
    const heard = follow();
    await hearsAgain(heard);
    const { heads } = heard;
    for (let i = 0; i < 5; i += 1) await anvil.time.mine();
    await until('all have come', () => heard.heads >= heads + 5);
    await until('as many as were sent', () => heard.heads === proxy.ws.headsSent - before);
    expect(heard.changes).toEqual([true]);
  });

  it('behavior: accepts a URL with a fragment', async () => {
    await hearsAgain(follow({ url: `${proxy.wsUrl}/#main` }));
  });

  it('behavior: closes the connection that sends a message larger than any head, and connects again', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const closed: number[] = [];
    server.on('connection', client => {
      client.on('close', code => closed.push(code));
      client.send(`{"method":"eth_subscription","params":"${'x'.repeat(1_048_576)}"}`);
    });
    const heard = follow({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await until('two connections are closed', () => closed.length >= 2);
    expect(heard.heads).toBe(0);
    stop.abort();
    await following;
    server.close();
  });

  it.each([
    ['twice', wsFaults.duplicate(2)],
    ['only every other time', wsFaults.skip(2)],
    ['not at all', wsFaults.silent],
  ])('behavior: while heads come %s, the block source reports each block once', async (_, fault) => {
    await proxy.ws.setFault(fault);
    const address = { label: 'node', url: { reveal: () => anvil.rpcUrl } };
    const provider = new FailoverProvider([address], anvil.chainId);
    const source = new BlockSource(provider, { pollMs: 200, mostBlocks: 50, clock: systemClock });
    stop = new AbortController();
    const ws = { label: 'node', url: { reveal: () => proxy.wsUrl } };
    const options = { silenceMs: 60_000, clock: hasty };
    following = followHeads(ws, () => source.hint(), { ...options, stop: stop.signal });
    await until('subscribed', () => proxy.ws.calls.get('eth_subscribe'));
    const [first] = (await source.next(stop.signal))?.blocks ?? [];
    const numbers: number[] = [];
    const reading = (async () => {
      for (let news = await source.next(stop.signal); news; news = await source.next(stop.signal))
        numbers.push(...news.blocks.map(({ number }) => number));
    })();
    for (let i = 0; i < 10; i += 1) await anvil.time.mine();
    await until('ten blocks', () => numbers.length >= 10);
    stop.abort();
    await reading;
    expect(numbers).toEqual(Array.from({ length: 10 }, (_, i) => (first?.number ?? 0) + 1 + i));
    provider.destroy();
  });
});

describe('a connection that does not last is taken up again', () => {
  it('default: after it was dropped, without a close code and with one', async () => {
    const heard = follow();
    await hearsAgain(heard);
    proxy.ws.drop();
    await until('the loss is noticed', () => heard.changes.length === 2);
    await hearsAgain(heard);
    proxy.ws.drop(1001);
    await until('the end is noticed', () => heard.changes.length === 4);
    await hearsAgain(heard);
    expect(heard.changes).toEqual([true, false, true, false, true]);
  });

  it('behavior: dropped after every head', async () => {
    await proxy.ws.setFault(wsFaults.dropAfter(1));
    const before = proxy.ws.connectionsEver;
    const heard = follow();
    for (let i = 0; i < 3; i += 1) await hearsAgain(heard);
    expect(proxy.ws.connectionsEver - before).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['refused', wsFaults.refuse],
    ['never upgraded', wsFaults.noUpgrade],
    ['dead after it was made', wsFaults.hang],
    ['without any heads', wsFaults.silent],
  ])('behavior: %s, and told of once however often it is tried', async (_, fault) => {
    await proxy.ws.setFault(fault);
    const heard = follow({ silenceMs: 1_000 });
    await until('given up once', () => heard.changes.length > 0);
    expect(heard.heads).toBe(0);
    await proxy.ws.clearFault();
    await hearsAgain(heard);
    expect(heard.changes.slice(0, 2)).toEqual([false, true]);
  });
});

describe('the end', () => {
  it.each([
    ['connected', wsFaults.ok],
    ['waiting for the upgrade', wsFaults.noUpgrade],
    ['pausing before another try', wsFaults.refuse],
  ])('stop ends it while it is %s, and says nothing of it', async (_, fault) => {
    await proxy.ws.setFault(fault);
    const heard = follow();
    if (fault === wsFaults.ok) await hearsAgain(heard);
    const told = [...heard.changes];
    stop.abort();
    await following;
    await until('the connection is gone', () => proxy.ws.connections === 0);
    expect(heard.changes).toEqual(told);
  });

  it('keeps no process alive', async () => {
    const entry = fileURLToPath(new URL('fixtures/followHeads.mjs', import.meta.url));
    const child = startBotProcess(entry, { WS_URL: proxy.wsUrl });
    await until('it stopped', async () => {
      await anvil.time.mine();
      return child.lines.some(({ message }) => message === 'stopped');
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

describe('BlockHints', () => {
  const chain = { blockTimeMs: 400 };
  it('default: a hint ends the last of a sleep, and not what comes before', async () => {
    const slept: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        slept.push(ms);
        // The first part passes at once, the second never by itself.
        return slept.length === 1 ? Promise.resolve() : systemClock.sleep(60_000, signal);
      },
    };
    const hints = new BlockHints(clock, chain);
    const sleeping = hints.sleep({ ms: 5_000, withinMs: 400, signal: new AbortController().signal });
    await until('the second part', () => slept.length === 2);
    hints.hint();
    await sleeping;
    expect(slept).toEqual([4_600, 400]);
  });

  it('behavior: without a hint it runs its time; a stop ends it', async () => {
    const hints = new BlockHints(systemClock, chain);
    await hints.sleep({ ms: 20, withinMs: 10, signal: new AbortController().signal });
    const over = new AbortController();
    const sleeping = hints.sleep({ ms: 120_000, withinMs: 60_000, signal: over.signal });
    over.abort();
    await sleeping;
  });

  it('behavior: a block that was reported during the last look is not slept through', async () => {
    let now = 1_000;
    const slept: number[] = [];
    const clock: Clock = {
      ...systemClock,
      monotonicMs: () => now,
      sleep: async ms => void slept.push(ms),
    };
    const hints = new BlockHints(clock, chain);
    hints.hint({ number: 8, hash: '0x8' });
    now += 10;
    const sleep = (seen: { number: number; sinceMs: number }) =>
      hints.sleep({ ms: 12_000, seen, signal: new AbortController().signal });
    await sleep({ number: 7, sinceMs: 1_000 });
    expect(slept).toEqual([100]);
    // The look has found that block, or it was reported before the look began.
    await sleep({ number: 8, sinceMs: 1_000 });
    await sleep({ number: 7, sinceMs: 1_005 });
    expect(slept).toEqual([100, 12_000, 12_000]);
  });

  it('behavior: treats hints without a pause as one, and one more at the end of the poll interval', async () => {
    let now = 1_000;
    let heard = 0;
    let endPause = () => {};
    const pause = new Promise<void>(resolve => {
      endPause = resolve;
    });
    const hints = new BlockHints({ ...systemClock, monotonicMs: () => now, sleep: () => pause }, chain);
    const end = hints.onHint(() => {
      heard += 1;
    });
    for (let i = 0; i < 100; i += 1) hints.hint();
    expect(heard).toBe(1);
    now += 100;
    endPause();
    await pause;
    expect(heard).toBe(2);
    now += 100;
    for (let i = 0; i < 2; i += 1) hints.hint({ number: 9, hash: '0x9' });
    expect(heard).toBe(3);
    end();
    now += 100;
    hints.hint();
    expect(heard).toBe(3);
  });
});

describe('a bot with WS_RPC_URL', () => {
  let bot: RunningBot | undefined;
  let stateDir: string;
  let lines: { message: string; level: string }[] = [];
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'head-hints-'));
  });
  afterEach(async () => {
    await bot?.stop();
    await bot?.release();
    lines = [];
  });
  afterAll(() => rm(stateDir, { recursive: true }));

  /** Starts a bot whose next round is not due for a long time, in which the chain makes a block as well. */
  async function start(env: Record<string, string> = {}) {
    const play = script();
    const stream = new PassThrough();
    stream.on('data', data => {
      lines.push(...`${data}`.split('\n').flatMap(line => (line ? [JSON.parse(line)] : [])));
    });
    const slow = fakeBot(play);
    const ageMs = 3_600_000;
    slow.cadence = () => ({
      lookEveryMs: ageMs,
      discoverEveryMs: ageMs,
      errorsUntilCritical: 3,
      chainSpeed: 1,
      blockTimeMs: ageMs,
    });
    const vars = { RPC_URL: proxy.rpcUrl, WS_RPC_URL: proxy.wsUrl, STATE_DIR: stateDir, ...env };
    bot = await startBot(slow, vars, { stream });
    await until('the first round', () => play.rounds > 0 && bot?.status.rounds === 1);
    return play;
  }
  const logged = (text: string) => lines.filter(({ message }) => message.includes(text));

  it('default: a new block ends the last of the pause', async () => {
    const play = await start();
    await until('another round', async () => {
      await anvil.time.mine();
      return play.rounds > 1;
    });
    expect(logged('new blocks arrive by websocket')).toHaveLength(1);
  });

  it('behavior: polls ctx.blocks at once after a hint', async () => {
    const play = await start();
    const { blocks, stop: end } = contextOf(play);
    const first = (await blocks.next(end))?.blocks.at(-1)?.number ?? 0;
    await until('the websocket is heard', async () => {
      await anvil.time.mine();
      return logged('new blocks arrive by websocket').length > 0;
    });
    expect((await blocks.next(end))?.blocks[0]?.number).toBe(first + 1);
  });

  it('behavior: a websocket that is refused is said once, and the work goes on', async () => {
    await proxy.ws.setFault(wsFaults.refuse);
    const play = await start();
    await until('said', () => logged('polling only').length > 0);
    const { blocks, stop: end } = contextOf(play);
    const first = (await blocks.next(end))?.blocks.at(-1)?.number ?? 0;
    await anvil.time.mine(3);
    const news = await blocks.next(end);
    expect(news?.blocks.map(({ number }) => number)).toEqual([1, 2, 3].map(n => first + n));
    expect(logged('polling only')).toHaveLength(1);
  });
});
