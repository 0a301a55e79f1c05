import process from 'node:process';
import { type Anvil, startAnvil } from './chain/anvil.ts';
import { deploymentDocument, describeDeployment } from './cli/describe.ts';
import { type CliOptions, cliOptions, usage } from './cli/options.ts';
import { runFork } from './cli/runFork.ts';
import { deployHyperdrive } from './hyperdrive/deployHyperdrive.ts';
import { deployPrizePools } from './prizePool/deployPrizePools.ts';

/** A mistake on the command line exits with 2, any other failure with 1. */
const usageExitCode = 2;

try {
  const options = readOptions();
  if (options?.help === true) process.stdout.write(usage);
  else if (options !== undefined) await run(options);
} catch (error) {
  // One line, since make up and make fork-up print the last line as the reason.
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`devnet: ${message.trim().replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 1;
}

function readOptions(): CliOptions | undefined {
  try {
    // `pnpm devnet -- --port 1` hands the separator on too.
    const args = process.argv.slice(2);
    return cliOptions(args[0] === '--' ? args.slice(1) : args);
  } catch (error) {
    process.stderr.write(`devnet: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = usageExitCode;
    return undefined;
  }
}

async function run(options: CliOptions): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const {
    json,
    help: _,
    prizePools: count,
    forkUrlFile,
    forkBlock,
    fundKeys,
    artifactsPort,
    ...chain
  } = options;
  if (forkUrlFile !== undefined) {
    const at = forkBlock === undefined ? {} : { forkBlock };
    const fork = await runFork({ ...chain, ...at, forkUrlFile, fundKeys, artifactsPort });
    try {
      process.stdout.write(`${JSON.stringify(fork.document, null, 2)}\nRunning until Ctrl-C.\n`);
      return await Promise.race([stopped, died(fork.anvil)]);
    } finally {
      await fork.stop();
    }
  }
  const anvil = await startAnvil(chain);
  try {
    const devnet = await deployHyperdrive(anvil);
    try {
      const wanted = Array.from({ length: count }, () => ({}));
      const prizePools = count === 0 ? [] : (await deployPrizePools(anvil, wanted)).pools;
      const more = { prizePools: prizePools.map(({ address }) => address) };
      const { url } = await devnet.artifactsServer({ port: artifactsPort, host: chain.host, more });
      const document = await deploymentDocument(devnet, url, prizePools);
      process.stdout.write(
        json
          ? `${JSON.stringify(document, null, 2)}\n`
          : `${describeDeployment(document)}\nRunning until Ctrl-C.\n`,
      );
      await Promise.race([stopped, died(anvil)]);
    } finally {
      await devnet.close();
    }
  } finally {
    await anvil.stop();
  }
}

async function died(anvil: Anvil): Promise<never> {
  const how = await anvil.exited;
  if (how === 'SIGKILL')
    throw new Error(
      'anvil was killed (SIGKILL), most likely because it took more memory than this container may',
    );
  const why = anvil.lastWords();
  throw new Error(`anvil ended by itself (${how})${why === undefined ? '' : `: ${why}`}`);
}
