import type { SeenPeer } from '../peers/PeerWatch.ts';
import type { Condition, Finding } from './condition.ts';
import { duration, hostOf, moment } from './words.ts';

const silentPolls = 2;
/** The watchtowers of several hosts do not start together. */
const startPatienceMs = 120_000;

/** Finds watchtowers that give no valid answer or have stopped looking at their bots. */
export const peerSilent: Condition = ({ peers, nowMs }) =>
  peers.flatMap(({ peer, answer, silence, askedSinceMs }: SeenPeer): Finding[] => {
    const about = { check: 'peer-silent', subject: peer.name } as const;
    if (!silence) return answer ? [{ ...about, failing: false }] : [];
    const isNew = answer === undefined && nowMs - askedSinceMs < startPatienceMs;
    if (isNew || silence.polls < silentPolls) return [];
    const last = answer
      ? `It last answered at ${moment(answer.atMs)}, with ${answer.overview.bots.length} bots.`
      : 'It has not answered since this watchtower started.';
    return [
      {
        ...about,
        failing: true,
        severity: 'error',
        patienceMs: 0,
        message: `The watchtower of ${peer.name} gives no valid answer at ${hostOf(peer.url)} since ${moment(silence.sinceMs)} (${duration(nowMs - silence.sinceMs)}): ${silence.reason}. ${last} A bot of ${peer.name} that stops now is noticed by nobody, and what this page shows of them is old. First look whether the host of that watchtower is up and reachable from here; then at its log.`,
      },
    ];
  });
