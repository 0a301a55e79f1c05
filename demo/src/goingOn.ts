import type { Maturity } from './chainRecord.ts';
import { moment } from './format.ts';

interface Running {
  readonly rpcUrl: string;
  readonly registry: string;
  readonly statusPort: number;
  /** The chain's time, seconds since 1970. */
  readonly now: number;
  /** The next checkpoint in which something matures, and when the bot will mint it. */
  readonly next: (Maturity & { readonly dueAt: number }) | undefined;
}

const reading = 'Read on: README.md, docs/architecture.md, and bots/checkpoint/src/bot.ts, which is the bot.';

/** What to do with a chain and a bot that stay up. */
export function goingOn({ rpcUrl, registry, statusPort, now, next }: Running): string[] {
  const status = `http://127.0.0.1:${statusPort}`;
  const body = `{"jsonrpc":"2.0","id":1,"method":"evm_increaseTime","params":[${next ? next.dueAt - now : 0}]}`;
  const timeTravel = next && [
    '',
    `  # move the chain's time on to ${moment(next.dueAt)}: the trade above matures, and the bot mints it`,
    `  curl -s ${rpcUrl} -H 'content-type: application/json' \\`,
    `    -d '${body}'`,
  ];
  return [
    'The chain and the bot stay up: a block a second. In another terminal:',
    '',
    `  curl -s ${status}/status     # the bot's pools, wallet, last mints, what is due next`,
    `  curl -s ${status}/healthz    # ok while its rounds complete on time`,
    `  curl -s ${status}/metrics    # for Prometheus`,
    ...(timeTravel ?? []),
    '',
    `  RPC ${rpcUrl}   registry ${registry}`,
    '',
    reading,
  ];
}

/** What to say when everything was stopped. */
export function afterwards(): string[] {
  return [
    'Everything is stopped. Without ONCE=1, make demo leaves the chain and the bot up to look at.',
    reading,
  ];
}
