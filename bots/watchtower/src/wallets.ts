import { chainOf } from '@service-bots/core/chains';
import type { ChainView } from './chain/ChainView.ts';
import type { Runway } from './history/runway.ts';
import type { Watched } from './polling/watched.ts';
import { walletKey } from './walletKey.ts';

/**
 * A wallet of a bot, by the watchtower's own reading of the chain. Where there is none, the bot's status is
 * used.
 */
export interface WalletFacts {
  /** The id of the process that sends from it. */
  readonly bot: string;
  readonly name: string;
  readonly watched: Watched;
  readonly key: string;
  readonly address: string;
  readonly chainId: number | undefined;
  readonly chainName: string | undefined;
  readonly currency: string;
  readonly balanceWei: bigint | undefined;
  /** Whether the watchtower itself has read the balance. */
  readonly isRead: boolean;
  /** The number of actions that the wallet pays for at today's fee. */
  readonly actionsLeft: number | undefined;
  readonly daysLeft: number | undefined;
}

export function walletsIn(
  watched: readonly Watched[],
  chains: readonly ChainView[],
  runways: ReadonlyMap<string, Runway>,
): WalletFacts[] {
  return watched.flatMap((each): WalletFacts[] => {
    const { target, answer, known } = each;
    const told = answer?.status.wallet;
    const address = told?.address ?? known?.wallet;
    if (address === undefined) return [];
    const chainId = answer?.status.chain?.id ?? known?.chainId;
    const read = chains
      .find(chain => chain.chainId === chainId)
      ?.wallets.find(wallet => wallet.address.toLowerCase() === address.toLowerCase());
    const key = walletKey(address, chainId);
    const runway = runways.get(key);
    const balanceWei =
      read?.balanceWei ?? (told?.balanceWei === undefined ? undefined : BigInt(told.balanceWei));
    return [
      {
        bot: target.id,
        name: target.name,
        watched: each,
        key,
        address,
        chainId,
        chainName: answer?.status.chain?.name ?? (chainId === undefined ? undefined : chainOf(chainId).name),
        currency: told?.currency || (chainId === undefined ? '' : chainOf(chainId).currency),
        balanceWei,
        isRead: read !== undefined,
        actionsLeft: bounded(actionsOf(balanceWei, runway?.actionCost, told)),
        daysLeft: runway?.days,
      },
    ];
  });
}

/**
 * Returns the number of actions within bounds. A bot may state any figure, and a figure without a JSON form
 * would invalidate the whole document.
 */
function bounded(actions: number | undefined): number | undefined {
  return actions === undefined || Number.isNaN(actions) ? undefined : Math.min(actions, 1e9);
}

/**
 * Returns the number of actions that a balance pays for, by the cost of past actions. Before the first
 * action, the bot's own figure decides.
 */
function actionsOf(
  balanceWei: bigint | undefined,
  actionCost: number | undefined,
  told: { balanceWei?: string | undefined; actionsLeft?: number | undefined } | undefined,
): number | undefined {
  if (balanceWei === undefined) return told?.actionsLeft;
  if (balanceWei === 0n) return 0;
  if (actionCost !== undefined && actionCost > 0) return Math.floor(Number(balanceWei) / 1e18 / actionCost);
  const { balanceWei: toldWei = '0', actionsLeft } = told ?? {};
  if (actionsLeft === undefined || BigInt(toldWei) === 0n) return actionsLeft;
  return Math.floor((actionsLeft * Number(balanceWei)) / Number(BigInt(toldWei)));
}
