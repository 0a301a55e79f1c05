import { getAddress } from 'ethers';
import { allOf, eachEntry } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';

/**
 * Parses an address into its checksummed form. Mixed case is checked; all-lower and all-upper case are
 * accepted as they are.
 */
export function address(): Variable<string> {
  return parsed(addressOf);
}

/** Parses addresses separated by commas into their checksummed forms, in order. */
export function addressList(): Variable<string[]> {
  return parsed(text => {
    const addresses: string[] = [];
    const take = (part: string) => {
      const entry = addressIn(part);
      const isRepeated = addresses.includes(entry);
      if (!isRepeated) addresses.push(entry);
      allOf(
        () => assertChecksum(part),
        () => assertNew(entry, isRepeated),
      );
    };
    eachEntry(text, take, addresses);
    return addresses;
  });
}

/**
 * Parses an address and checks its checksum.
 * @returns the address with its checksum
 * @throws Refusal
 */
export function addressOf(text: string): string {
  assertChecksum(text);
  return addressIn(text);
}

/** Returns the address of a text, with any checksum. @throws Refusal when it has none */
export function addressIn(text: string): string {
  const digits = /^0x([0-9a-fA-F]*)$/.exec(text)?.[1];
  if (digits === undefined) throw new Refusal('is not an address (0x and 40 hex digits)');
  if (digits.length !== 40) throw new Refusal(`is not an address: ${digits.length} hex digits instead of 40`);
  return getAddress(`0x${digits.toLowerCase()}`);
}

/**
 * Checks the checksum of an address.
 * @throws Refusal when it is no address, or one with a wrong checksum
 */
export function assertChecksum(text: string): void {
  const digits = text.slice(2);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (addressIn(text) !== text && mixed)
    throw new Refusal('has a wrong checksum: a digit or the case of a letter was changed');
}

/**
 * Checks that an entry is not repeated.
 * @throws Refusal when a list has it already
 */
export function assertNew(entry: string, isRepeated: boolean): void {
  if (isRepeated) throw new Refusal(`repeats ${entry}`);
}
