import type { Action } from './decide.ts';

/** The command with which a person does what the keeper cannot. `cast` asks for the key of any funded wallet. */
export function byHand(pool: string, { kind, round }: Pick<Action, 'kind' | 'round'>): string {
  return `cast send ${pool} "${kind}(uint256)" ${round} --rpc-url "$RPC_URL" --interactive`;
}
