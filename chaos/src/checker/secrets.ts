import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { spellings } from '@service-bots/devnet';
import type { Delivery, EvidenceFile } from '../history/index.ts';
import type { Finding } from './Finding.ts';

/** A text in which no secret may stand. */
export interface Output {
  readonly where: string;
  readonly text: string;
}

/**
 * No secret is in any output: in whole, or in any of its usual encodings. The service that a secret belongs to gets
 * it in the place where its protocol has it, and nowhere else.
 */
export function judgeSecrets(outputs: readonly Output[], secrets: EvidenceFile['secrets']): Finding[] {
  const searched = secrets.map(({ name, value }) => ({ name, spellings: spellings(value) }));
  return outputs.flatMap(({ where, text }) =>
    searched.flatMap(({ name, spellings: all }) => {
      const at = Math.max(...all.map(spelling => text.indexOf(spelling)));
      if (at < 0) return [];
      const what = `the secret ${name} is in an output`;
      // The secret itself must not be in the report either.
      return [
        {
          rule: 'secret' as const,
          what,
          where,
          evidence: { at, before: text.slice(Math.max(0, at - 80), at) },
        },
      ];
    }),
  );
}

/** Returns every file of the searched paths; folders with all that is below them. */
export function readOutputs(searched: EvidenceFile['searched']): Output[] {
  return searched.flatMap(({ label, path }) =>
    filesOf(path).map(file => ({ where: `${label}: ${file}`, text: readFileSync(file, 'latin1') })),
  );
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
}

/** The parts of a request in which its own service's token stands: the path and these headers. */
const tokenHeaders = new Set(['authorization', 'x-rollbar-access-token']);

/** Returns the deliveries' texts without the places that hold a service's own token. */
export function outputsOf(deliveries: readonly Delivery[]): Output[] {
  return deliveries.map(({ channel, arrivedAtMs, headers, body }) => {
    const others = Object.entries(headers).filter(([name]) => !tokenHeaders.has(name.toLowerCase()));
    // PagerDuty's protocol has the routing key in the body.
    const text = channel.startsWith('pagerduty') ? body.replace(/"routing_key":"[^"]*"/, '') : body;
    return {
      where: `${channel} at ${new Date(arrivedAtMs).toISOString()}`,
      text: `${JSON.stringify(others)}\n${text}`,
    };
  });
}
