import { type Condition, type Finding, untilNextLook } from './condition.ts';

/** A deployment replaces one bot after the other, once the wanted version has changed. */
const redeployMs = 10 * 60_000;

/** Finds bots that run another version than the deployed one. */
export const version: Condition = deployment => {
  const { watched, wantedVersion, wantedSinceMs, nowMs } = deployment;
  const isUnderWay = nowMs - wantedSinceMs < redeployMs;
  return watched.flatMap(({ target, answer, silence }): Finding[] => {
    if (!answer || silence) return [];
    const about = { check: 'bot-version', subject: target.id } as const;
    const { version: present } = answer.status;
    if (present === wantedVersion) return [{ ...about, failing: false }];
    if (isUnderWay) return [];
    return [
      {
        ...about,
        failing: true,
        severity: 'warning',
        patienceMs: untilNextLook(deployment),
        message: `${target.id} runs version ${present}, and ${wantedVersion} is deployed. A fix of that version is not at work in this bot. First redeploy it; where the version is wanted, set WATCHTOWER_VERSION.`,
      },
    ];
  });
};
