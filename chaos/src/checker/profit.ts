import { assetId, interfaces } from '@service-bots/devnet';
import { id, toQuantity, zeroPadValue } from 'ethers';
import type { RecordOf } from '../history/index.ts';
import type { ChainReader } from './ChainReader.ts';
import type { Finding } from './Finding.ts';
import { isSame } from './Timeline.ts';
import type { WalletRecord } from './transactions.ts';

type Statement = RecordOf<'statement'>;

/** The flows between a wallet and a pool until a block, by the chain alone. Base is in the token's smallest unit. */
export interface Books {
  readonly basePaid: bigint;
  readonly baseReceived: bigint;
  /** The payment for closing all positions at that block. */
  readonly closing: bigint;
  readonly gasWei: bigint;
}

/** The order in which positions are closed changes what they pay by less than this part of it. */
const closingPart = 1_000_000n;

/** The reported profit equals the wallet: to the wei without open positions, else to a millionth of their worth. */
export function judgeStatement(statement: Statement, books: Books): Finding[] {
  const profit = books.baseReceived - books.basePaid + books.closing;
  const difference = BigInt(statement.profit) - profit;
  const tolerance = books.closing / closingPart;
  const where = `${statement.bot} in ${statement.pool} at block ${statement.block}`;
  const evidence = {
    reported: statement.profit,
    profit: `${profit}`,
    reportedGasWei: statement.gasWei,
    ...Object.fromEntries(Object.entries(books).map(([name, value]) => [name, `${value}`])),
  };
  const findings: Finding[] = [];
  const found = (what: string): Finding => ({ rule: 'profit', what, where, atMs: statement.atMs, evidence });
  if (difference > tolerance || difference < -tolerance)
    findings.push(found(`the reported profit differs from the wallet's by ${difference}`));
  if (BigInt(statement.gasWei) !== books.gasWei)
    findings.push(
      found(`the reported gas differs from the chain's by ${BigInt(statement.gasWei) - books.gasWei} wei`),
    );
  return findings;
}

export async function readBooks(
  statement: Statement,
  wallet: WalletRecord,
  reader: ChainReader,
): Promise<Books> {
  const abi = interfaces.hyperdrive;
  const { pool, block } = statement;
  const [config] = await reader.calls([{ to: pool, data: abi.encodeFunctionData('getPoolConfig'), block }]);
  if (config === undefined)
    throw new Error(`the pool ${pool} does not answer getPoolConfig() at block ${block}`);
  const [{ baseToken }] = abi.decodeFunctionResult('getPoolConfig', config);
  const own = reader.transactions.filter(
    each =>
      isSame(each.from, wallet.address) &&
      each.block.number <= block &&
      // Approvals of this pool are part of its cost.
      (isSame(each.to, pool) ||
        (isSame(each.to, baseToken) && isSame(`0x${each.input.slice(34, 74)}`, pool))),
  );
  const ofPool = new Set(own.filter(({ to }) => isSame(to, pool)).map(({ hash }) => hash));
  const transfer = id('Transfer(address,address,uint256)');
  const holder = zeroPadValue(wallet.address, 32);
  const flow = async (topics: (string | null)[]) =>
    (await reader.logs(baseToken, topics))
      .filter(({ transactionHash }) => ofPool.has(transactionHash))
      .reduce((sum, { data }) => sum + BigInt(data), 0n);
  return {
    basePaid: await flow([transfer, holder]),
    baseReceived: await flow([transfer, null, holder]),
    closing: await closingOf(wallet.address, pool, block, reader),
    gasWei: own.reduce((sum, { feeWei }) => sum + feeWei, 0n),
  };
}

/** Simulates the closing of all positions, one after the other, on the state of the block. */
async function closingOf(wallet: string, pool: string, block: number, reader: ChainReader): Promise<bigint> {
  const abi = interfaces.hyperdrive;
  const maturities = new Set(
    (await reader.logs(pool)).flatMap(log => {
      const event = log.blockNumber <= block ? abi.parseLog(log) : null;
      return event?.name === 'OpenLong' || event?.name === 'OpenShort'
        ? [Number(event.args.getValue('maturityTime'))]
        : [];
    }),
  );
  const held = (ids: readonly bigint[]) =>
    reader.calls(
      ids.map(each => ({ to: pool, data: abi.encodeFunctionData('balanceOf', [each, wallet]), block })),
    );
  const options = { destination: wallet, asBase: true, extraData: '0x' };
  const times = [...maturities];
  const longs = await held(times.map(time => assetId('long', time)));
  const shorts = await held(times.map(time => assetId('short', time)));
  const [lp = '0x0', shares = '0x0'] = await held([assetId('lp', 0), assetId('withdrawalShare', 0)]);
  const closes = (name: string, amounts: readonly (string | undefined)[]) =>
    times.flatMap((time, index) =>
      BigInt(amounts[index] ?? 0) > 0n
        ? [{ name, args: [time, BigInt(amounts[index] ?? 0), 0n, options] }]
        : [],
    );
  const calls = [...closes('closeLong', longs), ...closes('closeShort', shorts)];
  if (BigInt(lp) > 0n) calls.push({ name: 'removeLiquidity', args: [BigInt(lp), 0n, options] });
  // The removal of liquidity may leave further withdrawal shares, which are redeemed as far as they are ready.
  if (BigInt(lp) > 0n || BigInt(shares) > 0n)
    calls.push({ name: 'redeemWithdrawalShares', args: [(1n << 128n) - 1n, 0n, options] });
  if (calls.length === 0) return 0n;
  const requests = calls.map(({ name, args }) => ({
    from: wallet,
    to: pool,
    data: abi.encodeFunctionData(name, args),
    gas: toQuantity(5_000_000),
  }));
  const [simulated] = (await reader.send('eth_simulateV1', [
    { blockStateCalls: [{ calls: requests }], validation: false },
    toQuantity(block),
  ])) as [{ calls: readonly { status: string; returnData: string }[] }];
  return simulated.calls.reduce((sum, { status, returnData }, index) => {
    if (status !== '0x1') return sum;
    const [proceeds] = abi.decodeFunctionResult((calls[index] as { name: string }).name, returnData);
    return sum + BigInt(proceeds);
  }, 0n);
}
