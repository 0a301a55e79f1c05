import { type Anvil, startAnvil } from '@service-bots/devnet';
import { getAddress, hexlify, Interface, randomBytes, toBeHex, Wallet } from 'ethers';
import { type Chain, chainOf } from '../../src/chains/index.ts';
import { type Clock, systemClock } from '../../src/clock/index.ts';
import type { Fields, Logger } from '../../src/logger/index.ts';
import { loggerWith } from '../../src/logger/loggerWith.ts';
import { type FailoverOptions, FailoverProvider } from '../../src/rpc/index.ts';
import { memoryStore } from '../../src/store/index.ts';
import {
  type Call,
  type FeeCaps,
  type ForeignUse,
  type JournalStore,
  PolicySigner,
  type PolicyViolation,
  Sender,
  type Unclaimed,
} from '../../src/wallet/index.ts';

export const abi = new Interface(['function touch(uint256 id)', 'error Blocked()']);
/**
 * A contract that counts its calls in slot 1, and reverts with `Blocked()` while slot 0 is not zero:
 * SLOAD(0) ISZERO → jump over REVERT(selector); SSTORE(1, SLOAD(1) + 1); STOP.
 */
const code = `0x600054156030577f${abi.getError('Blocked')?.selector.slice(2)}${'00'.repeat(28)}60005260046000fd5b600154600101600155`;

export const ether = 10n ** 18n;
export const gwei = 10n ** 9n;

/** A log line. */
export interface Line extends Fields {
  level: string;
  message: string;
}

export interface SenderSetup {
  rpcUrls?: string[];
  wallet?: Wallet;
  journal?: JournalStore;
  caps?: FeeCaps;
  chain?: Partial<Chain>;
  confirmations?: number;
  replaceAfterBlocks?: number;
  dryRun?: boolean;
  waitMs?: number;
  contracts?: () => string[];
  failover?: FailoverOptions;
  pause?: (ms: number, stop: AbortSignal) => Promise<void>;
  fence?: (isIdempotent: boolean) => Promise<void>;
  headStart?: (stop: AbortSignal) => Promise<boolean>;
  clock?: Clock;
  gasLimits?: { perHour?: bigint; perDay?: bigint };
}

/** The harness of a test file: one anvil; every test uses a wallet and a contract of its own. */
export class Harness {
  readonly anvil: Anvil;
  readonly lines: Line[] = [];
  readonly violations: PolicyViolation[] = [];
  readonly unclaimed: Unclaimed[] = [];
  readonly foreign: ForeignUse[] = [];
  readonly #providers: FailoverProvider[] = [];
  readonly #senders: Sender[] = [];

  private constructor(anvil: Anvil) {
    this.anvil = anvil;
  }

  static async start(): Promise<Harness> {
    return new Harness(await startAnvil());
  }

  async stop(): Promise<void> {
    await this.reset();
    await this.anvil.stop();
  }

  /** Ends all watching after each test, and returns to the usual mining of blocks. */
  async reset(): Promise<void> {
    await Promise.all(this.#senders.splice(0).map(sender => sender.stop(0)));
    for (const provider of this.#providers.splice(0)) provider.destroy();
    await this.anvil.send('anvil_dropAllTransactions');
    await this.anvil.time.setAutomine(true);
    this.lines.length = 0;
    this.violations.length = 0;
    this.unclaimed.length = 0;
    this.foreign.length = 0;
  }

  async wallet(balanceWei = 100n * ether): Promise<Wallet> {
    // No mnemonic is made, as `createRandom` would: it takes a hundred times the work.
    const wallet = new Wallet(hexlify(randomBytes(32)));
    await this.anvil.send('anvil_setBalance', [wallet.address, toBeHex(balanceWei)]);
    return wallet;
  }

  async contract(): Promise<string> {
    const address = getAddress(hexlify(randomBytes(20)));
    await this.anvil.send('anvil_setCode', [address, code]);
    return address;
  }

  /** Sets whether calls of the contract revert from now on. */
  async block(contract: string, isBlocked = true): Promise<void> {
    const value = toBeHex(isBlocked ? 1n : 0n, 32);
    await this.anvil.send('anvil_setStorageAt', [contract, toBeHex(0n, 32), value]);
  }

  /** Returns how many calls of the contract were mined and succeeded. */
  async touches(contract: string): Promise<number> {
    return Number(await this.anvil.provider.getStorage(contract, 1));
  }

  async sender(setup: SenderSetup = {}) {
    const wallet = setup.wallet ?? (await this.wallet());
    const urls = setup.rpcUrls ?? [this.anvil.rpcUrl];
    const endpoints = urls.map(url => ({ label: new URL(url).host, url: { reveal: () => url } }));
    const provider = new FailoverProvider(endpoints, this.anvil.chainId, {
      // The limit is that of a bot: a shorter one is missed on a machine that is busy with other tests.
      attemptMs: 4_000,
      callMs: 5_000,
      ...setup.failover,
    });
    this.#providers.push(provider);
    const chain: Chain = { ...chainOf(this.anvil.chainId), blockTimeMs: 100, ...setup.chain };
    const policy = {
      chainId: chain.id,
      functions: ['touch(uint256 id)'],
      contracts: setup.contracts ?? (() => this.#allowed),
      maxGas: 1_000_000n,
    };
    const journal = setup.journal ?? memoryStore({ from: wallet.address, entries: [] });
    const sender = new Sender({
      provider,
      fence: setup.fence,
      signer: new PolicySigner(wallet, policy),
      chain,
      journal,
      clock: setup.clock ?? systemClock,
      ...(setup.gasLimits ? { gasLimits: setup.gasLimits } : {}),
      ...(setup.pause ? { pause: setup.pause } : {}),
      ...(setup.headStart ? { headStart: setup.headStart } : {}),
      logger: this.logger(),
      caps: setup.caps ?? {},
      confirmations: setup.confirmations ?? 1,
      replaceAfterBlocks: setup.replaceAfterBlocks ?? 2,
      dryRun: setup.dryRun ?? false,
      waitMs: setup.waitMs ?? 20_000,
      onViolation: violation => this.violations.push(violation),
      onUnclaimed: mined => this.unclaimed.push(mined),
      onForeignUse: use => this.foreign.push(use),
    });
    this.#senders.push(sender);
    return { sender, wallet, provider, journal };
  }

  /** The contracts that the signers may call unless a test sets others. */
  readonly #allowed: string[] = [];

  call(contract: string, id = 0): Call {
    this.#allowed.push(contract);
    return { label: `touch ${id}`, to: contract, data: abi.encodeFunctionData('touch', [id]), abi };
  }

  logger(): Logger {
    return loggerWith((level, message, fields) => this.lines.push({ level, message, ...fields }));
  }

  /** Returns the wallet's transactions in the mempool. */
  async pool(address: string): Promise<{ hash: string; nonce: number; maxFee: bigint; tip: bigint }[]> {
    const content = (await this.anvil.send('txpool_content')) as Record<
      'pending' | 'queued',
      Record<string, Record<string, Record<string, string>>>
    >;
    return [content.pending, content.queued].flatMap(group =>
      Object.entries(group)
        .filter(([from]) => from.toLowerCase() === address.toLowerCase())
        .flatMap(([, byNonce]) => Object.values(byNonce))
        .map(tx => ({
          hash: tx.hash ?? '',
          nonce: Number(tx.nonce),
          maxFee: BigInt(tx.maxFeePerGas ?? 0),
          tip: BigInt(tx.maxPriorityFeePerGas ?? 0),
        })),
    );
  }

  nonce(address: string): Promise<number> {
    return this.anvil.provider.getTransactionCount(address);
  }
}
