import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type BotProcess,
  type LoopbackServer,
  startBotProcess,
  startLoopbackServer,
  temporaryFolder,
} from '@service-bots/devnet';

const { resolve } = createRequire(import.meta.url);
const answerMs = 5_000;

/** The content of the page, in the fields that an act uses. */
export interface Shown {
  readonly verdict: { readonly level: string; readonly text: string; readonly where?: string };
  readonly alerts: readonly { readonly check: string; readonly title: string; readonly message: string }[];
}

/** The page of the present act: a separate watchtower for each act, always at the same address. */
export class Page {
  #port = 0;
  #way: LoopbackServer | undefined;
  /** The status server of the act's bot: a different one after each of its starts. */
  #botUrl: string | undefined;
  #watchtower: BotProcess | undefined;

  get url(): string | undefined {
    return this.#watchtower && `http://127.0.0.1:${this.#port}`;
  }

  /** Returns the watchtower of the act, once it has begun. */
  get process(): BotProcess | undefined {
    return this.#watchtower;
  }

  /**
   * Shows a bot that has just been started.
   * @param clockShiftMs of the bot; the watchtower's clock is the same
   * @returns whether the page was opened for it, and not for an earlier bot
   */
  async show(
    name: string,
    botUrl: string,
    env: Readonly<Record<string, string>>,
    clockShiftMs: number | undefined,
  ): Promise<boolean> {
    this.#botUrl = botUrl;
    if (this.#watchtower) return false;
    this.#way ??= await startLoopbackServer(async ({ path }) => {
      const bot = this.#botUrl;
      if (bot === undefined) return 'refuse';
      const signal = AbortSignal.timeout(answerMs);
      const answer = await fetch(`${bot}${path}`, { signal }).catch(() => undefined);
      return answer ? { status: answer.status, body: await answer.text() } : 'refuse';
    });
    const entry = join(dirname(resolve('@service-bots/watchtower/package.json')), 'dist', 'main.js');
    const watchtower = startBotProcess(
      entry,
      {
        WATCHTOWER_TARGETS: `${name}=${this.#way.url}/status`,
        WATCHTOWER_POLL_SECONDS: '1',
        WATCHTOWER_PORT: String(this.#port),
        ENVIRONMENT_NAME: 'demo',
        STATE_DIR: temporaryFolder('service-bots-demo-'),
        // The default of five minutes is too long for a demo.
        ALERT_RESOLVE_AFTER_SECONDS: '1',
        ...env,
      },
      clockShiftMs === undefined ? undefined : { clockShiftMs },
    );
    this.#watchtower = watchtower;
    const { url } = await watchtower.waitForLine(({ message }) => message === 'the page is served');
    this.#port = Number(new URL(String(url)).port);
    return true;
  }

  async shown(): Promise<Shown> {
    return (await (await fetch(`${this.url}/api/status`)).json()) as Shown;
  }

  /** Called when the act is over, or its bot was stopped. */
  forgetBot(): void {
    this.#botUrl = undefined;
  }

  async close(): Promise<void> {
    await this.#watchtower?.stop('SIGTERM');
    this.#watchtower = undefined;
    await this.#way?.close();
    this.#way = undefined;
  }
}
