/** Returns `address@chain id`, the key of a balance. */
export function walletKey(address: string, chainId: number | undefined): string {
  return `${address.toLowerCase()}@${chainId ?? 'unknown'}`;
}
