import { getCreateAddress, Interface, type InterfaceAbi, type JsonRpcProvider, toQuantity } from 'ethers';
import { until } from '../until.ts';
import { type Anvil, rawCall } from './anvil.ts';

/** The export of hyperdrive-artifacts for a contract. */
export interface Artifact {
  readonly name: string;
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

/** A contract that is deployed, or will be once the batch is mined. */
export interface Deployed {
  readonly address: string;
  readonly abi: Interface;
}

interface Step {
  readonly what: string;
  readonly from: string;
  readonly nonce: number;
  readonly to?: string;
  readonly data: string;
}

/** Each is built once: tests deploy the same contracts many times. */
const interfaces = new WeakMap<Artifact, Interface>();

/** Enough for the biggest contract (ERC4626Target4: 5.2 million). Gas costs nothing here. */
const gasLimit = toQuantity(15_000_000);
/** Enough for a whole deployment in one block. */
const roomyBlockGasLimit = toQuantity(5_000_000_000n);

/**
 * Sends many dependent transactions, mined in one block.
 *
 * A contract's address follows from its sender's nonce, so no transaction has to wait for another: all are
 * sent at once, and one block is mined. This makes a deployment fast, and works the same way whether the
 * chain mines at once, at an interval, or only on request.
 */
export class DeploymentBatch {
  readonly #anvil: Anvil;
  readonly #steps: Step[] = [];
  readonly #nonces: Map<string, number>;

  private constructor(anvil: Anvil, nonces: Map<string, number>) {
    this.#anvil = anvil;
    this.#nonces = nonces;
  }

  /** Starts a batch whose transactions come from `senders`, accounts that anvil signs for. */
  static async start(anvil: Anvil, senders: readonly string[]): Promise<DeploymentBatch> {
    const nonces = new Map<string, number>();
    for (const sender of senders)
      nonces.set(sender, await anvil.provider.getTransactionCount(sender, 'pending'));
    return new DeploymentBatch(anvil, nonces);
  }

  /** Adds a deployment. `libraries` maps solc's link placeholders to addresses. */
  deploy(
    from: string,
    artifact: Artifact,
    args: readonly unknown[] = [],
    libraries: Readonly<Record<string, string>> = {},
  ): Deployed {
    const abi = interfaces.get(artifact) ?? new Interface(artifact.abi);
    interfaces.set(artifact, abi);
    let bytecode = artifact.bytecode;
    for (const [placeholder, address] of Object.entries(libraries)) {
      bytecode = bytecode.replaceAll(placeholder, address.slice(2).toLowerCase());
    }
    const data = bytecode + abi.encodeDeploy(args).slice(2);
    return { address: this.deployRaw(from, artifact.name, data), abi };
  }

  /** Adds the deployment of raw init code. */
  deployRaw(from: string, what: string, initCode: string): string {
    const nonce = this.#nextNonce(from);
    this.#steps.push({ what: `deploying ${what}`, from, nonce, data: initCode });
    return getCreateAddress({ from, nonce });
  }

  /** Adds a call of a contract, which may itself be part of the batch. */
  call(from: string, contract: Deployed, method: string, args: readonly unknown[]): void {
    const data = contract.abi.encodeFunctionData(method, args);
    const nonce = this.#nextNonce(from);
    this.#steps.push({ what: `calling ${method}`, from, nonce, to: contract.address, data });
  }

  /**
   * Sends everything, mines it and checks every receipt. Restores the miner's mode, the block gas limit and
   * the base fee afterwards.
   * @throws Error that names the first step that reverted.
   */
  async run(): Promise<void> {
    const { provider, send, time } = this.#anvil;
    const before = await provider.getBlock('latest');
    const automine = await time.automine();
    if (automine) await time.setAutomine(false);
    try {
      await send('evm_setBlockGasLimit', [roomyBlockGasLimit]);
      const hashes = await this.#sendAll();
      await mineUntilIncluded(this.#anvil, hashes);
      await this.#checkReceipts(provider, hashes);
    } finally {
      if (before !== null) {
        await send('evm_setBlockGasLimit', [toQuantity(before.gasLimit)]);
        if (before.baseFeePerGas !== null) await time.setNextBaseFee(before.baseFeePerGas);
      }
      if (automine) await time.setAutomine(true);
    }
  }

  #nextNonce(from: string): number {
    const nonce = this.#nonces.get(from);
    if (nonce === undefined) throw new Error(`${from} is not a sender of this batch`);
    this.#nonces.set(from, nonce + 1);
    return nonce;
  }

  /**
   * Each sender's first transaction is sent last, so that none can be mined before all are there. Where the
   * chain mines by itself, anvil would otherwise take one while the one before it is mined, and let it wait
   * for that for ever.
   */
  async #sendAll(): Promise<string[]> {
    const firsts = new Map(this.#steps.toReversed().map(step => [step.from, step]));
    const isFirst = (step: Step) => firsts.get(step.from) === step;
    const hashes = new Map<Step, string>();
    for (const steps of [this.#steps.filter(step => !isFirst(step)), this.#steps.filter(isFirst)])
      await Promise.all(steps.map(async step => hashes.set(step, await this.#send(step))));
    return this.#steps.map(step => hashes.get(step) as string);
  }

  async #send({ what: _, nonce, ...transaction }: Step): Promise<string> {
    const params = [{ ...transaction, nonce: toQuantity(nonce), gas: gasLimit }];
    return (await rawCall(this.#anvil.rpcUrl, 'eth_sendTransaction', params)) as string;
  }

  async #checkReceipts(provider: JsonRpcProvider, hashes: readonly string[]): Promise<void> {
    const receipts = await Promise.all(hashes.map(hash => provider.getTransactionReceipt(hash)));
    const failed = receipts.findIndex(receipt => receipt?.status !== 1);
    if (failed !== -1) {
      throw new Error(`${this.#steps[failed]?.what ?? 'a step'} reverted (transaction ${hashes[failed]})`);
    }
  }
}

async function mineUntilIncluded(anvil: Anvil, hashes: readonly string[]): Promise<void> {
  const last = hashes.at(-1);
  if (last === undefined) return;
  // Where the chain mines by itself too, some blocks are empty: anvil sorts many new transactions beside its
  // mining.
  await until('the deployment is mined', async () => {
    await anvil.time.mine();
    const receipts = await Promise.all(hashes.map(hash => anvil.send('eth_getTransactionReceipt', [hash])));
    return receipts.every(receipt => receipt !== null);
  });
}
