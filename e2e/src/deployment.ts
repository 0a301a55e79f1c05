import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkout } from './checkout.ts';
import { type Begun, begin, type CommandResult, outcomeOf, run } from './run.ts';

/** Settings that setup-env.sh takes over from the environment. */
type Settings = Readonly<Record<string, string>>;

/** Docker's description of a container. */
interface Inspected {
  readonly Id: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
    readonly PidsLimit: number;
    readonly PortBindings: Readonly<Record<string, unknown>>;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** The bots of one chain, as an operator runs them: through setup-env.sh, compose and make. */
export class Deployment {
  readonly chain: string;
  readonly folder: string;
  readonly secretsFolder: string;
  readonly #settings: Settings;

  constructor({ folder, home }: Checkout, chain: string, settings: Settings = {}) {
    this.chain = chain;
    this.folder = folder;
    this.secretsFolder = join(home, chain, 'secrets');
    this.#settings = {
      // Any free one: deployments of several tests run at the same time.
      WATCHTOWER_PORT: '0',
      ...settings,
      SECRETS_DIR: this.secretsFolder,
      CONFIG_DIR: join(home, chain, 'config'),
    };
  }

  get project(): string {
    return `service-bots-${this.chain}`;
  }

  /** Has the engine look at the health of services more often than usual; before their settings are written. */
  checkHealthOften(): void {
    writeFileSync(join(this.folder, `.env.${this.chain}`), 'COMPOSE_FILE=compose.yaml:e2e/quick.yaml\n');
  }

  setUp(...flags: string[]): Promise<CommandResult> {
    const options = { cwd: this.folder, env: this.#settings };
    return outcomeOf('./setup-env.sh', ['--chain', this.chain, ...flags], options);
  }

  make(target: string, variables: Settings = {}): Promise<CommandResult> {
    return this.#make(target, variables, false).outcome;
  }

  beginMake(target: string, variables: Settings = {}): Begun {
    return this.#make(target, variables, true);
  }

  #make(target: string, variables: Settings, isInterruptible: boolean): Begun {
    const env = { ...this.#settings, CHAIN: this.chain, ...variables };
    return begin('make', ['--no-print-directory', target], { cwd: this.folder, env, isInterruptible });
  }

  compose(...args: string[]): Promise<string> {
    return this.docker('compose', '--env-file', `.env.${this.chain}`, ...args);
  }

  docker(...args: string[]): Promise<string> {
    return run('docker', args, { cwd: this.folder });
  }

  putSecret(name: string, value: string): void {
    writeFileSync(join(this.secretsFolder, name), `${value}\n`);
  }

  secret(name: string): string {
    return readFileSync(join(this.secretsFolder, name), 'utf8').trim();
  }

  /**
   * Returns the id of a service's container, running or not. The engine is asked directly, since tests poll:
   * compose, which reads all settings first, needs seven times the CPU time.
   */
  containerOf(service: string): Promise<string> {
    const labels = [`project=${this.project}`, `service=${service}`, 'oneoff=False'];
    const filters = labels.flatMap(label => ['--filter', `label=com.docker.compose.${label}`]);
    return this.docker('ps', '--all', '--quiet', '--no-trunc', ...filters);
  }

  async inspect(service: string): Promise<Inspected> {
    return JSON.parse(await this.docker('inspect', await this.containerOf(service)))[0];
  }

  /** Where this machine reaches a service: nothing is published. */
  async addressOf(service: string): Promise<string> {
    const { NetworkSettings } = await this.inspect(service);
    const [network] = Object.values(NetworkSettings.Networks);
    if (!network?.IPAddress) throw new Error(`${service} is in no network`);
    return network.IPAddress;
  }

  /** A bot's own word on where it stands. */
  async statusOf(bot: string): Promise<Record<string, unknown> & { healthy: boolean }> {
    const response = await fetch(`http://${await this.addressOf(bot)}:8080/status`);
    return (await response.json()) as Record<string, unknown> & { healthy: boolean };
  }

  /** Kills a service's node process from inside, as the kernel would. */
  async kill(service: string): Promise<void> {
    const script = `
      const { readdirSync, readFileSync } = require('node:fs');
      const isBot = pid => {
        try { return /^node\\0.*main\\.js\\0$/.test(readFileSync('/proc/' + pid + '/cmdline', 'utf8')); } catch { return false; }
      };
      process.kill(Number(readdirSync('/proc').filter(name => /^\\d+$/.test(name)).find(isBot)), 'SIGKILL');`;
    const command = [
      'compose',
      '--env-file',
      `.env.${this.chain}`,
      'exec',
      '-T',
      service,
      'node',
      '-e',
      script,
    ];
    const { code, all } = await outcomeOf('docker', command, { cwd: this.folder });
    // With its first process the container ends, at times before this one has: killed as well.
    if (code !== 0 && code !== 137) throw new Error(`the process of ${service} was not killed: ${all}`);
  }

  async remove(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '5', '--remove-orphans');
    const images = await this.docker(
      'images',
      '--quiet',
      '--filter',
      `reference=service-bots/*:${this.project}*`,
    );
    if (images !== '') await this.docker('image', 'rm', '--force', ...new Set(images.split('\n')));
  }
}
