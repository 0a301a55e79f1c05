import { devAccounts } from '@service-bots/devnet';
import { short } from '../format.ts';

/** The buyers of tickets, by address. */
export const people = {
  Ada: devAccounts[2].address,
  Ben: devAccounts[3].address,
  Cleo: devAccounts[5].address,
  Dora: devAccounts[6].address,
} as const;

export type Person = keyof typeof people;

/** Returns a person's name, or the address of another account. */
export function nameOf(address: string): string {
  const [name] = Object.entries(people).find(([, of]) => of === address) ?? [];
  return name ?? short(address);
}
