import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPrizePool,
  type Fault,
  faults,
  type RpcProxy,
  startProxy,
} from '@service-bots/devnet';
import type { Wallet } from 'ethers';
import { anchorAhead, dueAt, envOf, minute, openScene, type Scene, transactionsOf } from './scene.ts';
import { over, watching } from './watch.ts';

type Setting = Parameters<RpcProxy['setFault']>;
const refused = (method: string, code: number, message: string): Setting => [
  faults.rpcError({ code, message }),
  { only: [method] },
];

/** The first endpoint's answers; the second endpoint works. */
const besideAnother: Record<string, Setting> = {
  'refuses receipts in words of its own': refused(
    'eth_getTransactionReceipt',
    -32_000,
    'transaction indexing is in progress',
  ),
  'refuses estimates in words of its own': refused(
    'eth_estimateGas',
    -32_011,
    'no backend is currently healthy to serve traffic',
  ),
  'answers HTTP 403 with a JSON-RPC error': [
    faults.httpWithError(403, { code: -32_000, message: 'the plan has expired' }),
  ],
  'gives receipts of transactions that it calls pending': [
    faults.oddReceipts({ blockNumber: null, blockHash: null }),
  ],
  'gives blocks without a base fee, calls without a result and no tip': [
    faults.changedResult(
      'nothing of use',
      ['eth_maxPriorityFeePerGas', 'eth_call', 'eth_getBlockByNumber'],
      (result, { method }) =>
        method === 'eth_getBlockByNumber' ? { ...(result as object), baseFeePerGas: null } : null,
    ),
  ],
  'takes no transaction: null instead of the hash, or Monad’s words': [
    faults.randomOf(
      [
        { weight: 50, fault: faults.answersTransactions(null) },
        { weight: 50, fault: faults.refusesInWords('Transaction pool is not ready', -32_603) },
      ],
      1,
    ),
    { only: ['eth_sendRawTransaction'] },
  ],
};
const tenThousandGwei = 10_000n * 10n ** 9n;
const costly = 'gives receipts 20 blocks late, estimates at a number alone, and wants a tip of 10,000 gwei';
/** The only endpoint's answers. */
const alone: Record<string, Setting> = {
  [costly]: [
    faults.allOf(
      faults.lateReceipts(20),
      faults.noEstimateAtHash,
      faults.suggestsTip(`0x${tenThousandGwei.toString(16)}`),
    ),
  ],
  'gives receipts of a block that is not the canonical one': [faults.misplacedReceipts],
  'writes receipts with the contract "0x", and leaves out what no decision rests on': [
    faults.oddReceipts({
      contractAddress: '0x',
      effectiveGasPrice: undefined,
      logsBloom: undefined,
      cumulativeGasUsed: undefined,
      transactionIndex: null,
    }) as Fault,
  ],
};

interface Running {
  pool: DevnetPrizePool;
  keeper: BotProcess;
  wallet: Wallet;
  proxies: RpcProxy[];
}

let scene: Scene;
const running = new Map<string, Running>();

beforeAll(async () => {
  scene = await openScene([]);
  const anchor = await anchorAhead(scene);
  const settings = { ...besideAnother, ...alone };
  const names = Object.keys(settings);
  const pools = await scene.prizePools.addPools(names.map(() => dueAt(anchor - 5 * minute)));
  for (const [i, name] of names.entries()) {
    const pool = pools[i] as DevnetPrizePool;
    await pool.buyTickets();
    const wallet = await scene.wallet();
    const proxies = [await startProxy(scene.anvil)];
    if (name in besideAnother) proxies.push(await startProxy(scene.anvil));
    const [first, second] = proxies;
    const keeper = await scene.startKeeper({
      RPC_URL: first?.rpcUrl ?? '',
      ...(second ? { RPC_URL_FALLBACK: second.rpcUrl } : {}),
      ...envOf([{ pool, anchor }]),
      PRIVATE_KEY: wallet.privateKey,
    });
    running.set(name, { pool, keeper, wallet, proxies });
  }
  await Promise.all([...running.values()].map(({ keeper }) => watching(keeper)));
  for (const [name, setting] of Object.entries(settings))
    await running.get(name)?.proxies[0]?.setFault(...setting);
  await scene.moveTo(anchor - 4);
});
afterAll(async () => {
  await scene.close();
  await Promise.all([...running.values()].flatMap(({ proxies }) => proxies.map(proxy => proxy.close())));
});

describe.each([
  ['an endpoint beside another', Object.keys(besideAnother)],
  ['an only endpoint', Object.keys(alone)],
])('%s', (_, names) => {
  it.each(names)('that %s costs no round: one commit, one draw, no alert of the pool', async name => {
    const { pool, wallet, keeper } = running.get(name) as Running;
    expect(await over(pool, 1)).toBe('Settled');
    expect(await transactionsOf(scene.anvil, wallet.address)).toHaveLength(2);
    await keeper.waitForLine(({ message }) => /settled/.test(message));
    expect(keeper.lines.filter(({ level }) => level === 'error' || level === 'critical')).toEqual([]);
  });
});

it('a tip of 10,000 gwei is not paid, and the wallet’s own commit and settle are reported with their cost', async () => {
  const { keeper, wallet } = running.get(costly) as Running;
  const sent = await transactionsOf(scene.anvil, wallet.address);
  for (const { block, index } of sent) {
    const mined = await scene.anvil.provider.getBlock(block ?? 0, true);
    const { maxPriorityFeePerGas } = mined?.prefetchedTransactions[index] ?? {};
    expect(maxPriorityFeePerGas).toBeLessThanOrEqual(tenThousandGwei / 100n);
  }
  expect(keeper.output).not.toMatch(/another transaction used the nonce|another account did/);
  const costs = keeper.lines.filter(({ cost }) => typeof cost === 'string');
  expect(costs.length).toBeGreaterThanOrEqual(2);
});
