import { setTimeout as sleep } from 'node:timers/promises';
import { joinDevnet } from '@service-bots/devnet';
import type { Deployment } from './deployment.ts';
import { type CommandResult, outcomeOf } from './run.ts';

/** The bots of a deployment as services of a swarm on this engine. */
export class Stack {
  readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** @param env for example the engine of another manager, as DOCKER_HOST */
  deploy(env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const { folder: cwd, chain: CHAIN } = this.deployment;
    return outcomeOf('deploy/swarm/deploy.sh', [], { cwd, env: { CHAIN, ...env } });
  }

  nameOf(service: string): string {
    return `${this.deployment.project}_${service}`;
  }

  /** Returns the ids of running containers, without ended ones. */
  async containersOf(service: string): Promise<string[]> {
    const filter = `label=com.docker.swarm.service.name=${this.nameOf(service)}`;
    const ids = await this.deployment.docker('ps', '--quiet', '--no-trunc', '--filter', filter);
    return ids.split('\n').filter(Boolean);
  }

  /** Returns a bot's health: ok, or that it stands by. */
  healthOf(container: string): Promise<string> {
    const ask = "fetch('http://127.0.0.1:8080/healthz').then(r => r.text()).then(console.log)";
    return this.deployment.docker('exec', container, 'node', '-e', ask);
  }

  /**
   * The services' own network cannot be reached from this machine; each task also has an address on the
   * engine's gateway.
   */
  async joinChain(): ReturnType<typeof joinDevnet> {
    const [id = ''] = await this.containersOf('anvil');
    const { docker } = this.deployment;
    const [{ NetworkSettings }] = JSON.parse(await docker.call(this.deployment, 'inspect', id));
    const network = JSON.parse(await docker.call(this.deployment, 'network', 'inspect', 'docker_gwbridge'));
    const ends = Object.entries(
      network[0].Containers as Record<string, { Name: string; IPv4Address: string }>,
    );
    const own = ends.find(
      ([key, { Name }]) => key === id || Name === `gateway_${NetworkSettings.SandboxID.slice(0, 12)}`,
    );
    const address = own?.[1].IPv4Address.split('/')[0];
    if (!address) throw new Error('anvil has no address on docker_gwbridge');
    return joinDevnet(`http://${address}:8545`, `http://${address}:8546`);
  }

  async remove(): Promise<void> {
    await this.deployment.docker('stack', 'rm', this.deployment.project).catch(() => undefined);
    const filter = `label=com.docker.stack.namespace=${this.deployment.project}`;
    for (let tries = 0; tries < 60; tries += 1) {
      if ((await this.deployment.docker('ps', '--quiet', '--filter', filter)) === '') return;
      await sleep(1_000);
    }
  }
}
