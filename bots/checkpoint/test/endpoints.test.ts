import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type Devnet,
  deployHyperdrive,
  type Fault,
  faults,
  openAlertsOf,
  type RpcProxy,
  roles,
  startProxy,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { day, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

/** A bot with two separate endpoints, the first of which will be bad, and separate pools. */
interface Case {
  /** The expected state of the first endpoint in `/status`. */
  state: string;
  fault: Fault;
  /** Whether it is bad already before the bot starts. */
  atStart?: boolean;
  said: string;
}

const cases: Record<string, Case> = {
  refuses: { state: 'down', fault: faults.refuse, said: 'does not answer properly' },
  hangs: { state: 'down', fault: faults.hang, said: 'does not answer properly' },
  'falls behind': { state: 'lagging', fault: faults.frozen, said: 'is behind the others' },
  'limits us': { state: 'rate-limited', fault: faults.rpc32005, said: 'limits our requests' },
  'is of another chain': {
    state: 'wrong-chain',
    fault: faults.wrongChain(1),
    atStart: true,
    said: 'serves another chain',
  },
};

interface Running extends Case {
  primary: RpcProxy;
  backup: RpcProxy;
  host: string;
  devnet: Devnet;
  bot: BotProcess;
  maturity: number;
}

interface EndpointStatus {
  host: string;
  state: string;
  breaker: string;
  lag: number;
  latencyMs: number;
  trafficShare: number;
  served: number;
}

let scene: Scene;
const running = new Map<string, Running>();
const proxies: RpcProxy[] = [];
const others: Devnet[] = [];

async function twoProxies(): Promise<[RpcProxy, RpcProxy]> {
  const both = await Promise.all([startProxy(scene.anvil), startProxy(scene.anvil)]);
  proxies.push(...both);
  return both;
}

const endpointsOf = async (bot: BotProcess) =>
  (await bot.status<{ endpoints: EndpointStatus[] }>()).endpoints;
const alertOf = async (bot: BotProcess, check: string) => (await openAlertsOf(bot, check))[0];
const roundCompleted = (bot: BotProcess) => bot.waitForLine(({ message }) => message === 'round completed');
/** Returns the levels of the lines that report an alert: opened, and resolved. */
const alertLines = (bot: BotProcess, check: string) =>
  bot.lines.filter(line => line.check === check).map(({ level }) => level);
/** Returns the lines that report the endpoint's state, without `RPC endpoint is `. */
const statesLogged = ({ bot, host }: Running) =>
  bot.lines
    .filter(({ message, endpoint }) => message.startsWith('RPC endpoint is ') && endpoint === host)
    .map(({ message }) => message.slice('RPC endpoint is '.length));

beforeAll(async () => {
  scene = await openScene([]);
  for (const [name, each] of Object.entries(cases)) {
    const devnet = await deployHyperdrive(scene.anvil, { pools: [weeklyPool(name)], paused: [] });
    others.push(devnet);
    const [primary, backup] = await twoProxies();
    if (each.atStart) await primary.setFault(each.fault);
    const bot = scene.startBot({
      RPC_URI: primary.rpcUrl,
      RPC_URL_FALLBACK: backup.rpcUrl,
      CHAIN_ID: '31337',
      REGISTRY_ADDRESS: devnet.registry,
      CHECKPOINT_BOT_KEY: '',
    });
    const maturity = await openPositions(devnet.pool(name));
    running.set(name, { ...each, primary, backup, host: `127.0.0.1:${primary.port}`, devnet, bot, maturity });
  }
  await Promise.all([...running.values()].map(({ bot }) => roundCompleted(bot)));
  for (const { primary, fault, atStart } of running.values()) if (!atStart) await primary.setFault(fault);
  await moveInto(scene.anvil, Math.max(...[...running.values()].map(({ maturity }) => maturity)), 0.6 * day);
});
afterAll(async () => {
  await Promise.all(others.map(devnet => devnet.close()));
  await scene.close();
  await Promise.all(proxies.map(proxy => proxy.close()));
});

describe.each(Object.keys(cases))('the first endpoint %s', name => {
  const ofIt = (what: string, test: (one: Running) => Promise<void>) =>
    it(what, () => test(running.get(name) as Running));

  ofIt('and the bot goes on minting', async ({ devnet, maturity }) => {
    const pool = devnet.pool(name);
    await until(`${maturity} is minted`, async () => (await mintsOf(pool, maturity)).length > 0);
    expect(await mintsOf(pool, maturity)).toHaveLength(1);
  });

  ofIt('and /status and /metrics tell of it', async ({ bot, host, state, backup }) => {
    const [bad, good] = await until('both are as they should', async () => {
      const [first, second] = await endpointsOf(bot);
      return first?.state === state && second?.state === 'ok' ? [first, second] : undefined;
    });
    expect(bad).toMatchObject({
      host,
      breaker: ['down', 'rate-limited'].includes(state) ? 'open' : 'closed',
    });
    expect(good).toMatchObject({ host: `127.0.0.1:${backup.port}`, breaker: 'closed', lag: 0 });
    expect(good?.trafficShare).toBeGreaterThan(0);
    expect((good?.trafficShare ?? 0) + (bad?.trafficShare ?? 0)).toBeCloseTo(1, 2);
    expect(good?.latencyMs).toBeGreaterThanOrEqual(0);
    if (state === 'lagging') expect(bad?.lag).toBeGreaterThan(0);
    // By now all traffic goes to the other endpoint.
    await until(
      'the other serves',
      async () => ((await endpointsOf(bot))[1]?.served ?? 0) > (good?.served ?? 0),
    );
    expect((await endpointsOf(bot))[0]?.served).toBe(bad?.served);

    const { body } = await bot.get('/metrics');
    const metric = (series: string, endpoint: string) => {
      const line = body
        .split('\n')
        .find(text => text.startsWith(`${series}{`) && text.includes(`endpoint="${endpoint}"`));
      return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
    };
    expect(metric('rpc_endpoint_usable', host)).toBe(0);
    expect(metric('rpc_endpoint_usable', good?.host ?? '')).toBe(1);
    expect(metric('rpc_endpoint_breaker_open', host)).toBe(bad?.breaker === 'open' ? 1 : 0);
    expect(metric('rpc_endpoint_breaker_open', good?.host ?? '')).toBe(0);
    expect(metric('rpc_requests_total', good?.host ?? '')).toBeGreaterThan(0);
    expect(metric('rpc_served_total', good?.host ?? '')).toBeGreaterThan(0);
    expect(metric('rpc_endpoint_latency_seconds', good?.host ?? '')).toBeGreaterThan(0);
    if (state === 'lagging') expect(metric('rpc_endpoint_lag_blocks', host)).toBeGreaterThan(0);
    if (state === 'down') expect(metric('rpc_faults_total', host)).toBeGreaterThan(0);
    if (state === 'rate-limited') expect(metric('rpc_rate_limits_total', host)).toBeGreaterThan(0);
  });

  ofIt('and it is raised as a warning, by its host', async ({ bot, host, said }) => {
    const alert = await until('it is raised', () => alertOf(bot, 'rpc-endpoint'), {
      timeoutMs: 80_000,
    });
    expect(alert).toMatchObject({ severity: 'warning', message: expect.stringContaining(said) });
    expect(alert.message).toContain(host);
    expect(alert.runbook).toContain('rpc-endpoint');
    expect(await alertOf(bot, 'rpc-unreachable')).toBeUndefined();
  });
});

describe('when they are well again', () => {
  beforeAll(() => Promise.all([...running.values()].map(({ primary }) => primary.clearFault())));

  it.each(Object.keys(cases))(
    'one that %s: used again, the alert resolved, each change logged once',
    async name => {
      const one = running.get(name) as Running;
      const { bot, state } = one;
      const isUsed = async () => (await endpointsOf(bot))[0]?.state === 'ok';
      await until('in use', isUsed, { timeoutMs: 80_000 });
      await until('resolved', async () => (await alertOf(bot, 'rpc-endpoint')) === undefined);
      // The second look at the chain comes with the trial, so that an intermediate state is possible. The log
      // follows /status by a tick of the provider's own.
      await until('logged', async () => statesLogged(one).at(-1) === 'ok');
      const logged = statesLogged(one);
      expect(logged).toContain(state);
      // On a busy machine a trial may time out, so that an endpoint that limits us is down for a moment: that is a
      // change too.
      expect(logged.filter((each, i) => each === logged[i - 1])).toEqual([]);
      expect(alertLines(bot, 'rpc-endpoint')).toEqual(['warning', 'info']);
    },
  );

  it('their bots stop in good order', async () => {
    const exits = await Promise.all([...running.values()].map(({ bot }) => bot.stop()));
    expect(exits).toEqual([...running.values()].map(() => ({ code: 0, signal: null })));
  });
});

describe('both endpoints', () => {
  it('down: critical, nobody answers; back: resolved, and the work goes on', async () => {
    const [primary, backup] = await twoProxies();
    const { devnet } = running.get('refuses') as Running;
    const pool = devnet.pool('refuses');
    const bot = scene.startBot({
      RPC_URI: `${primary.rpcUrl}/secret-of-one`,
      RPC_URL_FALLBACK: `${backup.rpcUrl}/secret-of-two`,
      REGISTRY_ADDRESS: devnet.registry,
      CHECKPOINT_BOT_KEY: '',
    });
    await roundCompleted(bot);
    const maturity = await openPositions(pool);
    await Promise.all([primary.setFault(faults.refuse), backup.setFault(faults.http500)]);
    expect(await until('raised', () => alertOf(bot, 'rpc-unreachable'))).toMatchObject({
      severity: 'critical',
    });
    await moveInto(scene.anvil, maturity, 0.6 * day);
    await Promise.all([primary.clearFault(), backup.clearFault()]);
    await until('resolved', async () => (await alertOf(bot, 'rpc-unreachable')) === undefined);
    await until('minted', async () => (await mintsOf(pool, maturity)).length > 0);
    expect(alertLines(bot, 'rpc-unreachable')).toEqual(['critical', 'info']);
    expect(bot.output).not.toContain('secret-of');
  });
});

describe('endpoints that cannot be used are said in one clear message, and the process ends with 78', () => {
  /** Part of every URL; it must never be printed. */
  const secret = 'k3y-0f-th3-n0de';
  const refusal = async (env: Record<string, string>) => {
    const bot = scene.startBot({ CHECKPOINT_BOT_KEY: roles.bot.privateKey, ...env });
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    expect(bot.output).not.toContain(secret);
    return bot.output;
  };

  it.each([
    [
      'without a scheme',
      `localhost:8545/${secret}`,
      'RPC_URI',
      'is not a URL beginning with http:// or https://',
    ],
    [
      'with a scheme that does not fit',
      `ws://localhost/${secret}`,
      'RPC_URI',
      'has a scheme other than http:// or https://',
    ],
    ['that is malformed', `http://[::1/${secret}`, 'RPC_URI', 'is not a valid URL'],
    ['with a blank inside', `http://node /${secret}`, 'RPC_URI', 'is not a valid URL'],
    [
      'with credentials',
      `http://user:${secret}@node`,
      'RPC_URI',
      'has a user name or password before the host',
    ],
    ['given twice', `http://a/${secret},http://a/${secret}`, 'RPC_URI', 'entry 2 repeats an earlier one'],
  ])('a URL %s', async (_, RPC_URI, name, problem) => {
    const output = await refusal({ RPC_URI });
    expect(output).toContain(name);
    expect(output).toContain(problem);
  });

  it('a fallback that repeats an endpoint', async () => {
    const url = `${scene.anvil.rpcUrl}/${secret}`;
    const output = await refusal({ RPC_URI: url, RPC_URL_FALLBACK: url });
    expect(output).toContain('RPC_URL_FALLBACK');
    expect(output).toContain('repeats an endpoint of RPC_URI');
  });

  it('a websocket that is none', async () => {
    const output = await refusal({ WS_RPC_URL: `https://node/${secret}` });
    expect(output).toContain('WS_RPC_URL');
    expect(output).toContain('has a scheme other than ws:// or wss://');
  });

  it('endpoints of two chains, each by its host', async () => {
    const [one, two] = await twoProxies();
    await two.setFault(faults.wrongChain(1));
    const output = await refusal({
      RPC_URI: `${one.rpcUrl}/${secret}`,
      RPC_URL_FALLBACK: `${two.rpcUrl}/${secret}`,
    });
    expect(output).toContain(
      `127.0.0.1:${one.port} serves chain 31337, 127.0.0.1:${two.port} serves chain 1`,
    );
  });
});
