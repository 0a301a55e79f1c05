const quantity = /^0x[0-9a-f]{1,64}$/i;
const data = /^0x(?:[0-9a-f]{2})*$/i;
const hash = /^0x[0-9a-f]{64}$/i;
const address = /^0x[0-9a-f]{40}$/i;
/** This many digits always fit into a JavaScript number. */
const safeLength = '0x'.length + 13;

/**
 * Returns whether it is a number in JSON-RPC's form, of at most 256 bits. Leading zeros, which some nodes
 * send, are accepted.
 */
export function isQuantity(value: unknown): value is string {
  return typeof value === 'string' && quantity.test(value);
}

/** Returns whether it is a number that fits into a JavaScript number. */
export function isSafeQuantity(value: unknown): value is string {
  return isQuantity(value) && value.length <= safeLength;
}

/** No price has more than 128 bits of wei per unit of gas. */
const priceLength = '0x'.length + 32;

/** Returns whether it is a price of gas. */
export function isPrice(value: unknown): value is string {
  return isQuantity(value) && value.length <= priceLength;
}

/** Returns whether it is whole bytes, or empty. */
export function isData(value: unknown): value is string {
  return typeof value === 'string' && data.test(value);
}

export function isHash(value: unknown): value is string {
  return typeof value === 'string' && hash.test(value);
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && address.test(value);
}

/** Returns whether `value` is a hash, and the requested one. */
export function hasHash(value: unknown, asked: unknown): boolean {
  return isHash(value) && value.toLowerCase() === String(asked).toLowerCase();
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
