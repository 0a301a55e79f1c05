import { readFile } from 'node:fs/promises';
import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';

const fetchTimeoutMs = 3_000;

const address = z
  .string()
  .refine(isAddress, 'is not an address')
  .transform(text => getAddress(text));
const entry = z.union([address, z.object({ address }).transform(pool => pool.address)]);
/** `["0x…"]`, `[{"address": "0x…"}]`, or either of them under `pools`. */
const manifest = z.union([
  z.array(entry),
  z.object({ pools: z.array(entry) }).transform(({ pools }) => pools),
]);

/**
 * Whether the pools that are driven are the live ones, by a list that somebody else keeps.
 * @param source path or http(s) URL of the list
 */
export async function compareWithManifest(source: string, driven: readonly string[]): Promise<Observation[]> {
  let live: string[];
  try {
    const parsed = manifest.safeParse(JSON.parse(await textOf(source)));
    if (!parsed.success) throw new Error('it is not a JSON list of addresses, or of objects with an address');
    live = parsed.data;
  } catch (error) {
    const message = `KEEPER_POOL_MANIFEST: no list of pools from ${shown(source)}: ${reasonOf(error)}`;
    return [{ check: 'manifest-unreadable', failing: true, message }];
  }
  const readable: Observation = { check: 'manifest-unreadable', failing: false };
  const missing = live.filter(pool => !driven.includes(pool));
  const retired = driven.filter(pool => !live.includes(pool));
  if (missing.length === 0 && retired.length === 0)
    return [readable, { check: 'pool-manifest', failing: false }];
  const message = [
    ...(missing.length > 0 ? [`live and not driven: ${missing.join(', ')}`] : []),
    ...(retired.length > 0 ? [`driven and not live: ${retired.join(', ')}`] : []),
  ].join('; ');
  return [readable, { check: 'pool-manifest', failing: true, message, data: { missing, retired } }];
}

async function textOf(source: string): Promise<string> {
  if (!isUrl(source)) return readFile(source, 'utf8');
  const response = await fetch(source, { signal: AbortSignal.timeout(fetchTimeoutMs) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}

/** A URL's path may hold a token. */
function shown(source: string): string {
  return isUrl(source) ? new URL(source).host : source;
}

function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source) && URL.canParse(source);
}
