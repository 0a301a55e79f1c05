import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transaction } from 'ethers';

/** A transaction as a host has sent it. */
export interface SentTransaction {
  readonly at: Date;
  /** The address that it came from. */
  readonly from: string;
  readonly hash: string;
  readonly nonce: number;
  /** The node's answer: the hash, or an error. */
  readonly answer: string;
}

/** An alert, or news, as a host has delivered it. */
export interface Delivered {
  readonly at: Date;
  readonly from: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface RpcCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly string[];
}

/**
 * The world that hosts reach: a node in front of a chain, and the receiver of a webhook. It records which host sent
 * what. Every host has an address of its own, which two copies of a bot with one key do not share.
 */
export class Gateway {
  readonly transactions: SentTransaction[] = [];
  readonly alerts: Delivered[] = [];
  /** Whether the node confirms transactions and loses them. */
  losesTransactions = false;
  readonly #rpcUrl: string;
  readonly #server: Server;

  private constructor(rpcUrl: string) {
    this.#rpcUrl = rpcUrl;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        text => response.end(text),
        () => request.socket.destroy(),
      );
    });
  }

  /** @param rpcUrl the chain @param address where hosts reach the gateway */
  static async open(rpcUrl: string, address: string): Promise<Gateway> {
    const gateway = new Gateway(rpcUrl);
    await new Promise<void>((resolve, reject) => {
      gateway.#server.once('error', reject).listen(0, address, resolve);
    });
    return gateway;
  }

  get #url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  get rpcUrl(): string {
    return `${this.#url}/rpc`;
  }

  get alertsUrl(): string {
    return `${this.#url}/alerts`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<string> {
    const at = new Date();
    const from = request.socket.remoteAddress ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    if (request.url?.startsWith('/alerts')) {
      this.alerts.push({ at, from, body: JSON.parse(body) });
      return '';
    }
    const calls = JSON.parse(body);
    const answers = [calls].flat().map(call => this.#answerCall(call, at, from));
    return Array.isArray(calls) ? `[${(await Promise.all(answers)).join()}]` : (answers[0] ?? '');
  }

  async #answerCall(call: RpcCall, at: Date, from: string): Promise<string> {
    if (call.method !== 'eth_sendRawTransaction') return this.#forward(call);
    const { hash, nonce } = Transaction.from(call.params[0]);
    const answer = this.losesTransactions
      ? JSON.stringify({ jsonrpc: '2.0', id: call.id, result: hash })
      : await this.#forward(call);
    const { result, error } = JSON.parse(answer);
    this.transactions.push({ at, from, hash: String(hash), nonce, answer: result ?? error.message });
    return answer;
  }

  async #forward(call: RpcCall): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.#rpcUrl, { method: 'POST', headers, body: JSON.stringify(call) });
    return answer.text();
  }
}
