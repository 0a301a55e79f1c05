import { readFileSync } from 'node:fs';
import { Wallet } from 'ethers';
import { type Anvil, type AnvilOptions, startAnvil } from '../chain/anvil.ts';
import { startForkRelay } from '../chain/forkRelay.ts';
import { startArtifactsServer } from '../hyperdrive/artifactsServer.ts';

export interface ForkOptions extends AnvilOptions {
  /** File that holds the URL of the chain to fork. */
  readonly forkUrlFile: string;
  /** Files that hold private keys; an empty or missing file is skipped. */
  readonly fundKeys: readonly string[];
  readonly artifactsPort: number;
}

const fundsWei = 1_000n * 10n ** 18n;

/** Forks a live chain, gives funds to the wallets of the given keys, and serves a document about it. */
export async function runFork({ forkUrlFile, fundKeys, artifactsPort, ...options }: ForkOptions) {
  const url = readFileSync(forkUrlFile, 'utf8').trim();
  if (!URL.canParse(url)) throw new Error(`${forkUrlFile} holds no URL of a chain to fork`);
  const relay = await startForkRelay(url);
  const started: (() => Promise<void>)[] = [() => relay.close()];
  const stop = async () => {
    for (const end of started.reverse()) await end();
  };
  try {
    const anvil = await startAnvil({ ...options, forkUrl: relay.url });
    started.push(() => anvil.stop());
    const funded = await fund(anvil, fundKeys);
    const document = { chainId: anvil.chainId, block: (await anvil.time.latest()).number, funded };
    const server = await startArtifactsServer(() => document, {
      port: artifactsPort,
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    started.push(() => server.close());
    return { anvil, document, stop };
  } catch (error) {
    // An open server would keep the process, and with it the container, alive without a chain.
    await stop();
    throw error;
  }
}

async function fund(anvil: Anvil, files: readonly string[]): Promise<string[]> {
  const keys = files.map(keyIn).filter(key => key !== '');
  const addresses = keys.map(key => new Wallet(key).address);
  for (const address of addresses) await anvil.setBalance(address, fundsWei);
  return addresses;
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
