/** `address@chain id`, which is what a balance belongs to. */
export function walletKey(address: string, chainId: number | undefined): string {
  return `${address.toLowerCase()}@${chainId ?? 'unknown'}`;
}
