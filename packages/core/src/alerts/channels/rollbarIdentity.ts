import { createHash } from 'node:crypto';
import type { Alert } from '../alert.ts';

/** Rollbar replaces a longer fingerprint by a hash of its own: https://docs.rollbar.com/reference/create-item */
const fingerprintLength = 40;

/**
 * Returns the fingerprint of the item that an alert has at one severity. An item keeps the level of its first
 * occurrence and notifies people once, so the fingerprint includes the severity, the incident's start and the
 * episode. It is a hash: redaction could remove a short secret that happens to occur in a plain text, and two
 * incidents would then be one item.
 * @param episode counts how often the alert had to page people anew
 */
export function fingerprintOf({ dedupKey, since }: Alert, severity: string, episode = 0): string {
  return hashOf(JSON.stringify([dedupKey, severity, since, episode])).slice(0, fingerprintLength);
}

/** Returns a version 8 UUID made from a name. Rollbar discards the second occurrence with the same UUID. */
export function uuidOf(name: string): string {
  const hex = hashOf(name);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
