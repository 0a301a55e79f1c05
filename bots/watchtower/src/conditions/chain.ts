import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { lossOf } from './importance.ts';

/** Finds bots that work on another chain than they should. */
export const chain: Condition = deployment =>
  deployment.watched.flatMap((watched): Finding[] => {
    const { target, answer, silence, firstChainId } = watched;
    const present = answer?.status.chain;
    if (!present || silence) return [];
    const about = { check: 'bot-chain', subject: target.id } as const;
    const given = deployment.chainIds.get(target.name);
    const wanted = given ?? firstChainId;
    if (wanted === undefined || wanted === present.id) return [{ ...about, failing: false }];
    const source = given === undefined ? 'the chain that it was first seen on' : 'WATCHTOWER_CHAIN_IDS';
    return [
      {
        ...about,
        failing: true,
        severity: 'error',
        patienceMs: untilNextLook(deployment),
        message: `${target.id} works on chain ${present.id} (${present.name}) and not on chain ${wanted} (${source}). ${lossOf(watched)} First compare its RPC_URL and CHAIN_ID; where the change is wanted, set WATCHTOWER_CHAIN_IDS=${target.name}:${present.id}.`,
      },
    ];
  });
