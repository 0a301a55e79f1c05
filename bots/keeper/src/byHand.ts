import type { Action } from './decide.ts';

/**
 * Returns the command with which a person does an action that the keeper cannot do. `cast` asks for the key
 * of any funded wallet.
 */
export function byHand(pool: string, { kind, round }: Pick<Action, 'kind' | 'round'>): string {
  return `cast send ${pool} "${kind}(uint256)" ${round} --rpc-url "$RPC_URL" --interactive`;
}
