import { type Devnet, deployHyperdrive, startAnvil } from '@service-bots/devnet';
import { run } from './run.ts';

/** A chain with the real contracts outside of all containers, which these reach through the engine's gateway. */
export interface Upstream {
  readonly devnet: Devnet;
  /** As a container reaches it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param key as nodes take it, in the URL */
export async function startUpstream(key: string): Promise<Upstream> {
  const anvil = await startAnvil({ host: '0.0.0.0' });
  const devnet = await deployHyperdrive(anvil);
  const format = '{{(index .IPAM.Config 0).Gateway}}';
  const gateway = await run('docker', ['network', 'inspect', '--format', format, 'bridge'], { cwd: '.' });
  return {
    devnet,
    url: `http://${gateway}:${anvil.port}/?key=${key}`,
    async stop() {
      await devnet.close();
      await anvil.stop();
    },
  };
}
