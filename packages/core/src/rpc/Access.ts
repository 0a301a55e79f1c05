import type { JsonRpcPayload } from 'ethers';
import type { Endpoint, Reply } from './Endpoint.ts';
import { BeyondHead } from './errors.ts';
import type { FreshBlocks } from './FreshBlocks.ts';
import type { Health } from './Health.ts';
import { headIn, pinnedBlock } from './request.ts';

interface AccessOptions {
  endpoints: readonly Endpoint[];
  health: Health;
  fresh: FreshBlocks;
  stop: AbortSignal;
}

/**
 * Sends requests to one endpoint, once the endpoint is fit to be asked, and records the head that it reports.
 */
export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * Asks the endpoint.
   * @param deadline by `performance.now()`
   * @param isSplittable whether a smaller request is made when this one fails
   * @throws EndpointFault when there is no usable answer in time; RequestCancelled when `signal` aborted first
   */
  async ask(
    endpoint: Endpoint,
    payloads: readonly JsonRpcPayload[],
    { deadline, signal, isSplittable }: { deadline: number; signal: AbortSignal; isSplittable: boolean },
  ): Promise<Reply> {
    const { health, fresh } = this.#options;
    await this.fit(endpoint, pinnedBlock(payloads));
    const chainIdCheck = health.dueChainIdCheck(endpoint);
    const reply = await endpoint.ask(payloads, { deadline, signal, chainIdCheck, isSplittable });
    if (reply.chainIdAnswer) health.chainIdAnswered(endpoint, reply.chainIdAnswer);
    const head = headIn(payloads, reply.answers);
    if (head) {
      await health.sawHead(endpoint, head.number, head.block);
      fresh.reported(head.header?.hash, endpoint);
    }
    return reply;
  }

  /**
   * Makes sure that the endpoint has reported its chain, and that it has the block that the request reads at.
   */
  async fit(endpoint: Endpoint, pinned: number | undefined): Promise<void> {
    const { endpoints, health } = this.#options;
    if (endpoint.servedChainId === undefined) await health.verify(endpoint);
    if (endpoints.length > 1) await this.assertReaches(endpoint, pinned);
  }

  /**
   * Makes sure that the endpoint has a block.
   * @throws EndpointFault when the endpoint does not have the block yet, or does not report its head
   */
  async assertReaches(endpoint: Endpoint, pinned: number | undefined): Promise<void> {
    if (pinned === undefined || pinned <= (endpoint.head?.number ?? 0)) return;
    await this.#options.health.refreshHead(endpoint);
    if (pinned > (endpoint.head?.number ?? 0)) throw new BeyondHead(endpoint.label, pinned);
  }
}
