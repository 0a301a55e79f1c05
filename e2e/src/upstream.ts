import { type Devnet, deployHyperdrive, startAnvil } from '@service-bots/devnet';
import { run } from './run.ts';

/** A chain with the real contracts outside of all containers, which these reach through the engine's gateway. */
export interface Upstream {
  readonly devnet: Devnet;
  /** The URL for a container. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param key in the URL, as nodes expect it */
export async function startUpstream(key: string): Promise<Upstream> {
  const anvil = await startAnvil({ host: '0.0.0.0' });
  const devnet = await deployHyperdrive(anvil);
  const format = '{{with index .IPAM.Config 0}}{{or .Gateway .Subnet}}{{end}}';
  const given = await run('docker', ['network', 'inspect', '--format', format, 'bridge'], { cwd: '.' });
  // An engine that has created its bridge at this start returns the subnet alone: the gateway is its first
  // address.
  const gateway = given.replace(/\d+\/\d+$/, '1');
  return {
    devnet,
    url: `http://${gateway}:${anvil.port}/?key=${key}`,
    async stop() {
      await devnet.close();
      await anvil.stop();
    },
  };
}
