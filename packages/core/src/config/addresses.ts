import { getAddress } from 'ethers';
import { eachEntry } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';

/** One address → the same with its checksum. Mixed case is checked, all-lower and all-upper are taken as they are. */
export function address(): Variable<string> {
  return parsed(addressOf);
}

/** Addresses separated by commas → the same with their checksums, in order. */
export function addressList(): Variable<string[]> {
  return parsed(text => {
    const addresses: string[] = [];
    eachEntry(text, part => {
      const entry = addressOf(part);
      if (addresses.includes(entry)) throw new Refusal(`repeats ${entry}`);
      addresses.push(entry);
    });
    return addresses;
  });
}

/** @returns the address with its checksum @throws Refusal */
export function addressOf(text: string): string {
  const digits = /^0x([0-9a-fA-F]*)$/.exec(text)?.[1];
  if (digits === undefined) throw new Refusal('is not an address (0x and 40 hex digits)');
  if (digits.length !== 40) throw new Refusal(`is not an address: ${digits.length} hex digits instead of 40`);
  const checksummed = getAddress(`0x${digits.toLowerCase()}`);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (mixed && checksummed !== text)
    throw new Refusal('has a wrong checksum: a digit or the case of a letter was changed');
  return checksummed;
}
