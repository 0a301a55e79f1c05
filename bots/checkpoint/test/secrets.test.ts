import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  assertNoSecret,
  type BotProcess,
  type ProxyBehaviour,
  type RollbarSink,
  type RpcProxy,
  roles,
  spellings,
  startProxy,
  startRollbar,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { encryptKeystoreJsonSync } from 'ethers';
import { day, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

const key = roles.bot.privateKey;
const token = 'rollbar-token-3f9c2b7a';
const pathKey = 'AlchemyLikeKey0123456789abcdef';
const password = 'correct horse battery staple 42';
const secrets = [key, token, pathKey, password];

let scene: Scene;
let rollbar: RollbarSink;
let proxy: RpcProxy;

beforeAll(async () => {
  scene = await openScene([weeklyPool('Pool')]);
  rollbar = await startRollbar();
  proxy = await startProxy(scene.anvil);
});
afterAll(async () => {
  await scene.close();
  await proxy.close();
  await rollbar.close();
});

const env = (node = proxy, sink = rollbar) => ({
  RPC_URI: `${node.rpcUrl.replace(/\/$/, '')}/v2/${pathKey}?auth=${pathKey}`,
  ROLLBAR_API_KEY: token,
  ROLLBAR_ENDPOINT: sink.endpoint,
});

/**
 * Inspects everything that leaves a bot: its output, its pages, its requests to services, its entry in the
 * process list.
 */
async function inspect(bot: BotProcess, statusToo = true, sink = rollbar): Promise<void> {
  assertNoSecret('the output', bot.output, secrets);
  for (const { body } of sink.requests) assertNoSecret('a request to Rollbar', body, secrets);
  if (!statusToo) return;
  for (const path of ['/status', '/metrics', '/healthz'] as const)
    assertNoSecret(path, (await bot.get(path)).body, secrets);
  assertNoSecret('the process list', readFileSync(`/proc/${bot.pid}/cmdline`, 'utf8'), secrets);
}

it('the judge finds every spelling', () => {
  for (const spelling of spellings(key))
    expect(() => assertNoSecret('x', `... ${spelling} ...`, [key])).toThrow('a secret stands in x');
});

describe('no secret leaves the bot in any spelling', () => {
  it('while it mints', async () => {
    const maturity = await openPositions(scene.devnet.pool('Pool'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const bot = scene.startBot(env());
    await bot.waitForLine(({ message }) => message.startsWith('minted checkpoint'));
    await inspect(bot);
    await bot.stop();
  });

  describe('while the node', () => {
    const behaviours = {
      'answers HTTP 503': 'fail',
      'cuts connections': 'refuse',
      'quotes the whole request with its key in an error': {
        status: 500,
        body: `cannot serve /v2/${pathKey}?auth=${pathKey} for ${key}`,
      },
    } as const;
    /**
     * Each takes ten seconds until it is reported: all wait at once, each with a separate node and Rollbar.
     */
    const told = new Map<string, Promise<void>>();

    const tellOf = async (behaviour: ProxyBehaviour): Promise<void> => {
      const [node, sink] = await Promise.all([startProxy(scene.anvil), startRollbar()]);
      try {
        const bot = scene.startBot(env(node, sink));
        await bot.waitForLine(({ message }) => message === 'round completed');
        node.behave(behaviour);
        await bot.waitForLine(({ message }) => message.startsWith('alert opened: no RPC endpoint answers'));
        await sink.waitForItem(
          item => (item.data as Record<string, unknown>).context === 'checkpoint#rpc-unreachable',
        );
        await inspect(bot, true, sink);
        node.behave('pass');
        await bot.stop();
      } finally {
        await Promise.all([node.close(), sink.close()]);
      }
    };
    beforeAll(() => {
      for (const [what, behaviour] of Object.entries(behaviours)) {
        const telling = tellOf(behaviour);
        telling.catch(() => undefined);
        told.set(what, telling);
      }
    });

    it.each(Object.keys(behaviours))('%s', what => told.get(what));
  });

  it('while the node gives back errors with the key in them', async () => {
    proxy.intercept(({ method }) =>
      method === 'eth_getBlockByNumber'
        ? { error: { code: -32000, message: `bad request ${key} ${pathKey} ${BigInt(key)}` } }
        : undefined,
    );
    const bot = scene.startBot(env());
    await bot.waitForLine(({ level }) => level === 'warning');
    await inspect(bot);
    proxy.intercept(undefined);
    await bot.stop();
  });

  it('when it refuses to start', async () => {
    const wrong = [
      { CHECKPOINT_BOT_KEY: `${key}ff` },
      { RPC_URI: `https://user:${token}@node/${pathKey}` },
      { RPC_URI: `ftp://node/${pathKey}` },
    ];
    for (const change of wrong) {
      const bot = scene.startBot({ ...env(), ...change });
      expect((await bot.exited).code).toBe(78);
      await inspect(bot, false);
    }
  });

  it('with the key in a keystore, and with a wrong password for it', async () => {
    const folder = scene.stateDir();
    const file = join(folder, 'keystore.json');
    const passwordFile = join(folder, 'password');
    const account = { address: roles.bot.address, privateKey: key };
    // Weak scrypt parameters: the test is not about their strength.
    writeFileSync(file, encryptKeystoreJsonSync(account, password, { scrypt: { N: 2, r: 8, p: 1 } }));
    writeFileSync(passwordFile, `${password}\n`);
    chmodSync(passwordFile, 0o600);
    const given = {
      ...env(),
      CHECKPOINT_BOT_KEY: '',
      KEYSTORE_FILE: file,
      KEYSTORE_PASSWORD_FILE: passwordFile,
    };
    const maturity = await openPositions(scene.devnet.pool('Pool'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const bot = scene.startBot(given);
    await until(
      'the checkpoint is minted',
      async () => (await mintsOf(scene.devnet.pool('Pool'), maturity)).length > 0,
    );
    await inspect(bot);
    await bot.stop();

    const locked = scene.startBot({
      ...given,
      KEYSTORE_PASSWORD_FILE: '',
      KEYSTORE_PASSWORD: 'not the password',
    });
    expect((await locked.exited).code).toBe(78);
    expect(locked.output).toContain('cannot be opened with KEYSTORE_PASSWORD');
    await inspect(locked, false);
  });
});
