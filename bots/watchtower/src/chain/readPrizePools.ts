import { type BatchReader, type Block, contractMethod } from '@service-bots/core/rpc';
import { Interface } from 'ethers';
import type { PrizeView } from './ChainView.ts';

/** The views of a V2 prize pool that say which action is due. */
const abi = new Interface([
  'function nextExecutable() view returns (uint256 rid, uint8 action)',
  'function getCommitAfterTime(uint256 rid) view returns (uint64)',
  'function getRoundInfo(uint256 rid) view returns (uint8 state, uint64 salesEndTime, uint64 targetBlockNumber, uint32 totalTickets, uint256 totalPrincipalMON, uint256 totalShmonShares, uint256 principalSharesAtSettle, uint256 prizeShares, uint256 shareRateAtSettle, address winner, uint32 winningTicket, bool prizeClaimed)',
]);
const nextExecutable = contractMethod<{ rid: bigint; action: bigint }>(abi, 'nextExecutable');
const commitAfterTime = contractMethod<bigint>(abi, 'getCommitAfterTime');
const roundInfo = contractMethod<{ targetBlockNumber: bigint }>(abi, 'getRoundInfo');
const [commit, settle, markFailed] = [1n, 2n, 3n];

/**
 * Returns the due action of each pool at a block. A pool that cannot be read is left out, since its keeper
 * raises that.
 */
export async function readPrizePools(
  reader: BatchReader,
  block: Block,
  addresses: readonly string[],
): Promise<PrizeView[]> {
  const asked = await reader.read(
    block,
    addresses.map(address => nextExecutable(address)),
  );
  const due = addresses.flatMap((address, i) => {
    const result = asked[i];
    return result?.ok ? [{ address, round: result.value.rid, action: result.value.action }] : [];
  });
  const details = await reader.read<unknown>(
    block,
    due.flatMap(({ address, round }) => [commitAfterTime(address, round), roundInfo(address, round)]),
  );
  return due.flatMap(({ address, round, action }, i): PrizeView[] => {
    const [eligible, info] = details.slice(i * 2, i * 2 + 2);
    const number = Number(round);
    if (action === markFailed) return [{ address, due: 'lost', round: number }];
    if (action === commit && eligible?.ok)
      return [{ address, due: 'commit', round: number, eligibleAt: Number(eligible.value as bigint) }];
    if (action === settle && info?.ok) {
      const { targetBlockNumber } = info.value as { targetBlockNumber: bigint };
      return [{ address, due: 'settle', round: number, targetBlock: Number(targetBlockNumber) }];
    }
    return [{ address, due: 'none' }];
  });
}
