import { setTimeout as delay } from 'node:timers/promises';
import { type Anvil, type DevnetPrizePool, prizePoolInterfaces } from '@service-bots/devnet';
import { Contract, JsonRpcProvider, Network, Wallet } from 'ethers';

interface PollLoopOptions {
  /** The anchor for which commits wait, unix seconds. */
  anchor: number;
  /** The offset of the chain's clock to this machine's. */
  aheadMs: number;
  pollMs: number;
  /** The time of its first look after its start. */
  firstLookMs: number;
}

const receiptMs = 200;

/**
 * Starts the keeper that the operators described, reduced to its timing: a look every `pollMs`, one action at
 * each.
 */
export async function startPollLoop(
  anvil: Anvil,
  pool: DevnetPrizePool,
  { anchor, aheadMs, pollMs, firstLookMs }: PollLoopOptions,
): Promise<{ stop(): Promise<void> }> {
  const network = Network.from(anvil.chainId);
  const provider = new JsonRpcProvider(anvil.rpcUrl, network, { staticNetwork: network });
  const wallet = Wallet.createRandom().connect(provider);
  await anvil.setBalance(wallet.address, 100n * 10n ** 18n);
  const contract = new Contract(pool.address, prizePoolInterfaces.pool, wallet);

  async function look(): Promise<void> {
    const [rid, action] = await contract.getFunction('nextExecutable').staticCall();
    const isHeld = action === 1n && Date.now() + aheadMs < anchor * 1_000;
    if (action === 0n || isHeld) return;
    const method = contract.getFunction(action === 1n ? 'commit' : 'settle');
    await method.staticCall(rid);
    const { hash } = await method.send(rid);
    // Not `wait()`: ethers looks for blocks in the background, and a rejection there is not caught.
    while (!stopped && !(await provider.getTransactionReceipt(hash))) await delay(receiptMs);
  }

  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  let timer = setTimeout(function again() {
    timer = setTimeout(again, pollMs);
    // A failed call is repeated at the next poll.
    looking = looking.then(look).catch(() => undefined);
  }, firstLookMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      provider.destroy();
    },
  };
}
