import { interfaces, prizePoolInterfaces } from '@service-bots/devnet';
import type { RecordOf } from '../history/index.ts';
import type { ChainReader, MinedTransaction } from './ChainReader.ts';
import type { Finding, Rule } from './Finding.ts';
import { groupBy, isSame, type Timeline } from './Timeline.ts';

export type WalletRecord = RecordOf<'wallet'>;

/** The functions that have an effect once for the same arguments: a second transaction of the suite is wasted. */
const effectsOnce = new Map([
  [selectorOf(interfaces.hyperdrive, 'checkpoint'), 'the checkpoint'],
  [selectorOf(prizePoolInterfaces.pool, 'commit'), 'the commit'],
  [selectorOf(prizePoolInterfaces.pool, 'settle'), 'the settle'],
]);
const approve = selectorOf(interfaces.token, 'approve');
const hourSeconds = 3_600;
const daySeconds = 86_400;
/** The most failed transactions for one call within its deadline (docs/keeper.md). */
const mostFailures = 10;

/** No transaction twice, none outside of the policy, no nonce gap, no wallet emptied by fees. */
export async function judgeWallet(
  wallet: WalletRecord,
  reader: ChainReader,
  timeline: Timeline,
): Promise<Finding[]> {
  const own = reader.transactions.filter(({ from }) => isSame(from, wallet.address));
  return [
    ...own.flatMap(transaction => judgePolicy(transaction, wallet)),
    ...judgeGas(own, wallet),
    ...judgeRepetition(own, wallet),
    ...judgeNonces(own, reader.waiting.get(wallet.address.toLowerCase()) ?? [], wallet),
    ...(await judgeFees(own, wallet, reader, timeline)),
  ];
}

/** Judges one transaction by what its wallet may sign. */
export function judgePolicy(transaction: MinedTransaction, wallet: WalletRecord): Finding[] {
  const { to, input, valueWei, gasLimit, maxFeeWei, maxPriorityFeeWei, type } = transaction;
  const call = wallet.calls.find(each => isSame(each.to, to) && input.startsWith(each.selector));
  const spender = input.startsWith(approve) ? `0x${input.slice(34, 74)}` : undefined;
  const broken: string[] = [];
  if (!call)
    broken.push(`calls ${input.slice(0, 10)} of ${to ?? 'a new contract'}, which the policy does not allow`);
  else if (call.spender !== undefined && !isSame(call.spender, spender))
    broken.push(`approves ${spender}, and may approve ${call.spender} only`);
  if (valueWei !== 0n) broken.push(`sends ${valueWei} wei along`);
  if (gasLimit > BigInt(wallet.maxGas)) broken.push(`asks for ${gasLimit} gas, of at most ${wallet.maxGas}`);
  if (maxFeeWei > BigInt(wallet.maxFeeWei))
    broken.push(`pays up to ${maxFeeWei} wei for a unit of gas, of at most ${wallet.maxFeeWei}`);
  if (maxPriorityFeeWei > BigInt(wallet.maxPriorityFeeWei))
    broken.push(`tips ${maxPriorityFeeWei} wei, of at most ${wallet.maxPriorityFeeWei}`);
  if (type !== 0 && type !== 2) broken.push(`is of type ${type}, which can do more than its call`);
  return broken.map(what => found('policy', `a transaction ${what}`, wallet, transaction));
}

/** Judges the gas that all transactions used within an hour and a day of chain time. */
export function judgeGas(own: readonly MinedTransaction[], wallet: WalletRecord): Finding[] {
  const limits = [
    ['an hour', hourSeconds, wallet.gasPerHour],
    ['a day', daySeconds, wallet.gasPerDay],
  ] as const;
  return limits.flatMap(([name, lengthSeconds, limit]) => {
    let used = 0n;
    let first = 0;
    for (const transaction of own) {
      used += transaction.gasUsed;
      while (
        (own[first] as MinedTransaction).block.timestamp <=
        transaction.block.timestamp - lengthSeconds
      ) {
        used -= (own[first] as MinedTransaction).gasUsed;
        first += 1;
      }
      if (used > BigInt(limit))
        return [
          found('policy', `${used} gas were used within ${name}, of at most ${limit}`, wallet, transaction),
        ];
    }
    return [];
  });
}

/** Judges whether a call that took effect was sent again, or one that fails over and over. */
export function judgeRepetition(own: readonly MinedTransaction[], wallet: WalletRecord): Finding[] {
  const findings: Finding[] = [];
  const calls = groupBy(
    own.filter(({ input }) => !input.startsWith(approve)),
    keyOf,
  );
  for (const same of calls.values()) {
    const [first, second] = same.filter(({ hasSucceeded }) => hasSucceeded);
    if (first && second) {
      const name = effectsOnce.get(first.input.slice(0, 10)) ?? 'a trade';
      findings.push(
        found('transaction', `${name} was sent twice, and both were mined`, wallet, second, first.hash),
      );
    }
    const failed = same.filter(({ hasSucceeded }) => !hasSucceeded);
    const last = failed[mostFailures];
    if (last)
      findings.push(
        found('transaction', `a call failed ${failed.length} times and was sent again`, wallet, last),
      );
  }
  return findings;
}

/** The effect of `checkpoint(time, maxIterations)` depends on its first argument alone. */
function keyOf({ to, input }: MinedTransaction): string {
  return `${to} ${effectsOnce.has(input.slice(0, 10)) ? input.slice(0, 74) : input}`;
}

/** Judges whether a nonce is missing, among the mined transactions and those that wait in the node's pool. */
export function judgeNonces(
  own: readonly MinedTransaction[],
  waiting: readonly number[],
  wallet: WalletRecord,
): Finding[] {
  const nonces = [...new Set([...own.map(({ nonce }) => nonce), ...waiting])].sort(
    (one, other) => one - other,
  );
  const first = own[0]?.nonce ?? 0;
  const gap = nonces.findIndex((nonce, index) => nonce !== first + index);
  if (gap < 0) return [];
  const what = `the nonce ${first + gap} is missing before the transaction of nonce ${nonces[gap]}`;
  const evidence = { mined: own.map(({ nonce }) => nonce), waiting };
  return [{ rule: 'transaction', what, where: whereOf(wallet), evidence }];
}

async function judgeFees(
  own: readonly MinedTransaction[],
  wallet: WalletRecord,
  reader: ChainReader,
  timeline: Timeline,
): Promise<Finding[]> {
  const drains = timeline.faultsOf('wallet-drained').filter(({ target }) => target.bot === wallet.bot);
  const balances = await reader.balances(
    wallet.address,
    own.map(({ block }) => block.number),
  );
  const emptied = own.find((transaction, index) => {
    const seenMs = timeline.seen(reader.chain, transaction.block).visibleMs;
    const isDrained = drains.some(({ beganMs, endedMs }) => beganMs <= seenMs && seenMs <= endedMs);
    return !isDrained && (balances[index] as bigint) < BigInt(wallet.lowBalanceWei);
  });
  if (!emptied) return [];
  const feesWei = own
    .filter(({ nonce }) => nonce <= emptied.nonce)
    .reduce((sum, { feeWei }) => sum + feeWei, 0n);
  return [
    found('fees', `fees of ${feesWei} wei emptied the wallet below its warning level`, wallet, emptied),
  ];
}

function selectorOf(abi: typeof interfaces.hyperdrive, name: string): string {
  const selector = abi.getFunction(name)?.selector;
  if (selector === undefined) throw new Error(`the contract has no function ${name}`);
  return selector;
}

function whereOf({ chain, bot, address }: WalletRecord): string {
  return `${bot}'s wallet ${address} on ${chain}`;
}

function found(
  rule: Rule,
  what: string,
  wallet: WalletRecord,
  { hash, block, nonce, to, input }: MinedTransaction,
  before?: string,
): Finding {
  const evidence = { transaction: hash, before, block, nonce, to, input };
  return { rule, what, where: whereOf(wallet), atMs: block.timestamp * 1_000, evidence };
}
