import { readFile } from 'node:fs/promises';
import { getAddress, isAddress } from 'ethers';
import { z } from 'zod';
import { httpRequest } from '../http/index.ts';

const fetchTimeoutMs = 3_000;
/** Room for thousands of pools with further properties. */
const mostListBytes = 1_048_576;

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
 * Reads a list of the live prize pools, which is maintained elsewhere.
 * @param source path or http(s) URL of the list
 * @returns their addresses, with checksums
 * @throws Error when there is no such list
 */
export async function readLivePools(source: string): Promise<string[]> {
  const parsed = manifest.safeParse(JSON.parse(await textOf(source)));
  if (!parsed.success) throw new Error('it is not a JSON list of addresses, or of objects with an address');
  return parsed.data;
}

/** Returns the source in a form for texts: a URL's path may hold a token. */
export function shownSource(source: string): string {
  return isUrl(source) ? new URL(source).host : source;
}

async function textOf(source: string): Promise<string> {
  if (!isUrl(source)) return readFile(source, 'utf8');
  const signal = AbortSignal.timeout(fetchTimeoutMs);
  const reply = await httpRequest(source, { signal, mostBytes: mostListBytes, onlyOk: true, redirects: 5 });
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
  return reply.body;
}

function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source) && URL.canParse(source);
}
