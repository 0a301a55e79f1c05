import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPool,
  faults,
  type RpcProxy,
  roles,
  startProxy,
} from '@service-bots/devnet';
import { hexlify, parseUnits, toBeHex, toUtf8Bytes } from 'ethers';
import {
  alert,
  alertsOf,
  openScene,
  over,
  type Scene,
  statusOf,
  until,
  waitUntilChecked,
  weekly,
} from './scene.ts';
import { editMarketState, marketStateEdit } from './storage.ts';

let scene: Scene;
let pool: DevnetPool;
let bots: BotProcess[] = [];
let proxies: RpcProxy[] = [];
let snapshot: unknown;

const dai = (amount: string) => parseUnits(amount, 18);
const head = async () => (await scene.anvil.time.latest()).number;
const start = (env: Record<string, string> = {}) => {
  const bot = scene.startBot(env);
  bots.push(bot);
  return bot;
};
const proxied = async () => {
  const proxy = await startProxy(scene.anvil);
  proxies.push(proxy);
  return proxy;
};
/** More is promised to longs than the pool has. */
async function insolvent() {
  const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
  return { longExposure: (shareReserves as bigint) * 2n };
}

beforeAll(async () => {
  scene = await openScene([weekly('Watched'), weekly('Other')]);
  pool = scene.devnet.pool('Watched');
  await pool.openLong(dai('1000'));
  await pool.openShort(dai('1000'));
});
beforeEach(async () => {
  snapshot = await scene.anvil.send('evm_snapshot');
});
afterEach(async () => {
  await Promise.all(bots.map(bot => bot.stop('SIGKILL')));
  await Promise.all(proxies.map(proxy => proxy.close()));
  [bots, proxies] = [[], []];
  await scene.anvil.send('evm_revert', [snapshot]);
});
afterAll(() => scene.close());

describe('the history on disk', () => {
  it('lets a new process see what fell while none ran', async () => {
    const STATE_DIR = scene.folder();
    const INVARIANCE_CHECK_TIME = '1';
    const first = start({ STATE_DIR, INVARIANCE_CHECK_TIME });
    await waitUntilChecked(first, await head());
    await first.stop();
    await pool.loseVaultAssets(5);
    await scene.anvil.time.mine(3);
    const second = start({ STATE_DIR, INVARIANCE_CHECK_TIME });
    expect(await alert(second, 'negative-interest')).toMatchObject({ severity: 'critical' });
  });

  it.each([
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['something else', () => '{"version":1,"pools":{"0x12":{"moments":[[1,2,"three","4"]]}}}'],
  ])('%s: is set aside, told of, and begun anew', async (_, damage) => {
    const STATE_DIR = scene.folder();
    const file = join(STATE_DIR, 'invariant-31337-history.json');
    const first = start({ STATE_DIR });
    await waitUntilChecked(first, await head());
    await first.stop();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, damage(text));
    const second = start({ STATE_DIR });
    expect(await alert(second, 'state-unreadable')).toMatchObject({ severity: 'warning' });
    await waitUntilChecked(second, await head());
    await until('it is written anew', () => readFileSync(file, 'utf8').includes(pool.address));
    expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe(damage(text));
  });
});

describe('what cannot be read', () => {
  it('is indeterminate: told as such, neither healthy nor resolved', async () => {
    const bot = start();
    await editMarketState(scene.anvil, pool, await insolvent());
    await alert(bot, 'solvency');
    // A vault that answers nothing any more.
    const vault = await pool.vault.getAddress();
    const code = await scene.anvil.send('eth_getCode', [vault, 'latest']);
    await scene.anvil.send('anvil_setCode', [vault, '0x60006000fd']);
    await scene.anvil.time.mine(2);
    const told = await bot.waitForLine(
      ({ check, message }) => check === 'check-indeterminate' && message.includes('solvency'),
    );
    expect(told).toMatchObject({ severity: 'error', pool: pool.address });
    expect(await alert(bot, 'present-value')).toMatchObject({ severity: 'critical' });
    const { openAlerts } = await waitUntilChecked(bot, await head());
    expect(openAlerts.map(({ check }) => check)).toContain('solvency');
    expect(alertsOf(bot, 'solvency', 'resolved')).toEqual([]);
    expect((await bot.get('/metrics')).body).toMatch(
      new RegExp(
        `^invariant_check_state\\{pool="${pool.address}",check="solvency",bot="invariant"\\} -1$`,
        'm',
      ),
    );
    await scene.anvil.send('anvil_setCode', [vault, code]);
    await editMarketState(scene.anvil, pool, { longExposure: 0n });
    await over(scene, bot, 'solvency');
    await over(scene, bot, 'check-indeterminate');
  });

  it('a kind of pool that is not known: said so, all other checks run', async () => {
    const target = (await pool.contract.getFunction('target0').staticCall()) as string;
    const code = (await scene.anvil.send('eth_getCode', [target, 'latest'])) as string;
    const [known, other] = ['ERC4626Hyperdrive', 'ERC9999Hyperdrive'].map(kind =>
      hexlify(toUtf8Bytes(kind)).slice(2),
    ) as [string, string];
    expect(code).toContain(known);
    await scene.anvil.send('anvil_setCode', [target, code.replaceAll(known, other)]);
    await scene.anvil.time.mine();
    const bot = start();
    expect(await alert(bot, 'unknown-kind')).toMatchObject({ severity: 'warning', pool: pool.address });
    const { pools } = await waitUntilChecked(bot, await head());
    const { checks } = pools.find(({ address }) => address === pool.address)?.details ?? { checks: {} };
    expect(checks['total-shares']).toMatchObject({ outcome: 'skipped' });
    expect(checks.solvency).toMatchObject({ outcome: 'holds' });
  });
});

describe('a critical finding', () => {
  /** Shows the pool as insolvent, to whoever asks this endpoint. */
  const lie = async (proxy: RpcProxy) => {
    const { slot, word } = await marketStateEdit(scene.anvil, pool, await insolvent());
    const stateDiff = { [toBeHex(slot, 32)]: toBeHex(word, 32) };
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_call') return undefined;
      const result = await scene.anvil.send(method, [
        ...(params as unknown[]),
        { [pool.address]: { stateDiff } },
      ]);
      return { result };
    });
  };

  it('that another endpoint does not see pages nobody, and says what each of them says', async () => {
    const [liar, honest] = [await proxied(), await proxied()];
    const bot = start({ RPC_URI: `${liar.rpcUrl},${honest.rpcUrl}` });
    await waitUntilChecked(bot, await head());
    await lie(liar);
    await scene.anvil.time.mine();
    const told = await alert(bot, 'solvency');
    expect(told).toMatchObject({ severity: 'error' });
    expect(told.message).toMatch(/the endpoints do not agree$/);
    expect(told.secondOpinion).toContain(`127.0.0.1:${honest.port}: the check holds`);
    expect(told.secondOpinion).toContain(`127.0.0.1:${liar.port}: the pool cannot pay all its longs`);
  });

  it('that another endpoint confirms is critical, with both answers', async () => {
    const [one, two] = [await proxied(), await proxied()];
    const bot = start({ RPC_URI: `${one.rpcUrl},${two.rpcUrl}` });
    await waitUntilChecked(bot, await head());
    await editMarketState(scene.anvil, pool, await insolvent());
    const told = await alert(bot, 'solvency');
    expect(told).toMatchObject({ severity: 'critical' });
    for (const { port } of [one, two])
      expect(told.secondOpinion).toContain(`127.0.0.1:${port}: the pool cannot pay all its longs`);
  });
});

describe('pausing', () => {
  let pausing: Record<string, string>;
  let second: RpcProxy;
  beforeEach(async () => {
    second = await proxied();
    pausing = {
      INVARIANT_PAUSE_ON: 'solvency',
      PAUSER_KEY: roles.pauser.privateKey,
      RPC_URI: `${scene.anvil.rpcUrl},${second.rpcUrl}`,
    };
  });

  it('happens on a confirmed critical finding of the checks that were named', async () => {
    const bot = start(pausing);
    await waitUntilChecked(bot, await head());
    await pool.loseVaultAssets(5);
    await alert(bot, 'negative-interest');
    expect(await pool.isPaused()).toBe(false);
    await editMarketState(scene.anvil, pool, await insolvent());
    await until('the pool is paused', () => pool.isPaused());
    expect(await alert(bot, 'pool-paused')).toMatchObject({ severity: 'critical', pool: pool.address });
    expect(await scene.devnet.pool('Other').isPaused()).toBe(false);
    expect(bot.output).not.toContain(roles.pauser.privateKey.slice(2));
  });

  it('in a dry run it is only said', async () => {
    const bot = start({ ...pausing, DRY_RUN: 'true' });
    await editMarketState(scene.anvil, pool, await insolvent());
    await bot.waitForLine(({ message }) => message === 'dry run: would pause Watched because of solvency');
    expect(await pool.isPaused()).toBe(false);
  });

  it('with a key that may not pause, it pages', async () => {
    const bot = start({ ...pausing, PAUSER_KEY: roles.bot.privateKey });
    await editMarketState(scene.anvil, pool, await insolvent());
    const told = await alert(bot, 'pause-failed');
    expect(told).toMatchObject({ severity: 'critical' });
    expect(told.message).toContain('Unauthorized');
  });

  it('on the word of one endpoint alone it pages instead', async () => {
    const bot = start(pausing);
    await waitUntilChecked(bot, await head());
    await second.setFault(faults.http500);
    await editMarketState(scene.anvil, pool, await insolvent());
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
    expect((await alert(bot, 'pause-failed')).message).toContain('only one endpoint could confirm it');
    expect(await pool.isPaused()).toBe(false);
    await second.clearFault();
    await until('both endpoints are in use again, and the pool is paused', async () => {
      await scene.anvil.time.mine();
      return pool.isPaused();
    });
  });

  it('with a single endpoint it is a mistake in the set-up', async () => {
    const bot = start({ ...pausing, RPC_URI: scene.anvil.rpcUrl });
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toMatch(/INVARIANT_PAUSE_ON:? needs two nodes that confirm a finding/);
  });

  it('without a key there is no wallet at all', async () => {
    const bot = start();
    await waitUntilChecked(bot, await head());
    expect(JSON.parse((await bot.get('/status')).body).wallet).toBeUndefined();
  });
});

describe('overrides', () => {
  const withFile = (yaml: string) => {
    const path = join(scene.folder(), 'overrides.yaml');
    writeFileSync(path, yaml);
    return { INVARIANT_OVERRIDES_FILE: path };
  };

  it('change what is checked: muted checks, tolerances, warning levels', async () => {
    const bot = start(
      withFile(`
warnBelow: { solvency: 99.999 }
pools:
  ${pool.address}:
    name: Watched
    mute:
      - { check: eth-balance, until: 2099-12-31, reason: refund agreed on }
`),
    );
    await scene.anvil.send('anvil_setBalance', [pool.address, '0x1']);
    await scene.anvil.time.mine();
    expect(await alert(bot, 'low-headroom')).toMatchObject({ severity: 'warning' });
    const { pools } = await waitUntilChecked(bot, await head());
    expect(
      pools.find(({ address }) => address === pool.address)?.details.checks['eth-balance'],
    ).toMatchObject({
      outcome: 'fails',
      muted: 'until 2099-12-31T23:59:59.000Z: refund agreed on',
    });
    expect(alertsOf(bot, 'eth-balance')).toEqual([]);
  });

  it('about a pool that is not listed: a mistake in the set-up', async () => {
    const stranger = roles.otherTrader.address;
    const bot = start(withFile(`pools: { "${stranger}": { lookBackHours: 12 } }`));
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toContain(`is about ${stranger}, which the registry does not list`);
  });

  it('about a pool that leaves the registry: the bot goes on and says so', async () => {
    const other = scene.devnet.pool('Other');
    const bot = start(withFile(`pools: { "${other.address}": { baseIsYield: true } }`));
    await waitUntilChecked(bot, await head());
    await scene.devnet.unregisterPool(other.address);
    await alert(bot, 'overrides-stale');
    await waitUntilChecked(bot, await head());
    expect((await statusOf(bot)).pools).toHaveLength(1);
  });
});
