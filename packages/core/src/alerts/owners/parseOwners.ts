import { createRequire } from 'node:module';
import type { Document } from 'yaml';
import { z } from 'zod';
import { nearest } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { isAtLeast, type Severity, severities } from '../model/alert.ts';

const oneOrMore = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform(value => (typeof value === 'string' ? [value] : value));

const rule = z.strictObject({
  /** The subject of the rule in a few words; part of every alert that it decides on. */
  name: z.string().min(1),
  /** The bots that the rule is for. @default all */
  bot: oneOrMore.optional(),
  /** The checks that the rule is for. @default all */
  check: oneOrMore.optional(),
  /** The lowest severity that the rule is for. @default every severity */
  severity: z.enum(severities).optional(),
  /** The people who have to act. */
  page: oneOrMore,
  /** The people who get the alert in addition to its owner. */
  tell: oneOrMore.optional(),
  /** The channels that get the alert. @default all */
  channels: oneOrMore.optional(),
  /** A page for people, for example with the person on duty. */
  link: z.url().optional(),
});

const schema = z.strictObject({
  /** Every person named below, with a contact. */
  people: z.record(z.string(), z.string().nullable()),
  /** The first rule that fits an alert decides. */
  rules: z.array(rule).min(1),
  /** The holders of a wallet's key, by the bot's name or the wallet's address. */
  keys: z.record(z.string(), oneOrMore).optional(),
});

/** Loads the library with the first file: a bot without such a file starts in a tenth less time. */
const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml');

/** The limit of all aliases after expansion. */
const mostAliases = 1_000;
const mostBytes = 1_000_000;

export type OwnerRule = z.output<typeof rule>;
/** The parsed file of owners. */
export type Owners = z.output<typeof schema>;

/** Thrown when the file cannot be used; each problem names its place. */
export class OwnersRefused extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'OwnersRefused';
    this.problems = problems;
  }
}

/**
 * Parses a file of owners, without regard to the existing bots.
 * @throws OwnersRefused with all problems
 */
export function parseOwners(text: string): Owners {
  if (text.length > mostBytes)
    throw new OwnersRefused([`the file has ${text.length} characters; at most ${mostBytes} make sense`]);
  const { LineCounter, parseDocument } = yaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw new OwnersRefused(
      document.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message}`),
    );
  const result = schema.safeParse(contentsOf(document));
  if (!result.success) throw new OwnersRefused(result.error.issues.flatMap(problemsOf));
  const problems = [...strangersIn(result.data), ...unreachable(result.data), ...keysOf(result.data)];
  if (problems.length > 0) throw new OwnersRefused(problems);
  return result.data;
}

/** A few hundred bytes of aliases of aliases would expand to gigabytes. */
function contentsOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch {
    const problem = `uses aliases (*name) more than ${mostAliases} times in all, one within the other; write the lists out`;
    throw new OwnersRefused([`the file ${problem}`]);
  }
}

/** Returns the rule for an alert; undefined when it has no owner. */
export function ruleFor(
  owners: Pick<Owners, 'rules'>,
  { bot, check, severity }: { bot: string; check: string; severity: Severity },
): OwnerRule | undefined {
  return owners.rules.find(each => fits(each, bot, check) && isAtLeast(severity, each.severity ?? 'info'));
}

/** Returns whether a rule may decide on alerts of a check, regardless of their severity. */
export function fits({ bot: bots, check: checks }: OwnerRule, bot: string, check: string): boolean {
  return (bots?.includes(bot) ?? true) && (checks?.includes(check) ?? true);
}

/** Returns a channel that gets only the alerts that the file of owners lists it for. */
export function routedBy(owners: Owners, channel: Channel): Channel {
  return {
    ...channel,
    deliver: (notices, signal) => channel.deliver(notices, signal),
    isRouted({ occasion, alert }) {
      if (occasion === 'news') return true;
      const channels = ruleFor(owners, alert)?.channels;
      return channels?.includes(channel.name) ?? true;
    },
  };
}

/** Returns `; did you mean X?` when there is a similar name. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

const keys = { '': Object.keys(schema.shape), rules: Object.keys(rule.shape) };

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const [first, index] = issue.path;
  const place = first === 'rules' && typeof index === 'number' ? `rule ${index + 1}` : '';
  const rest = issue.path.slice(place === '' ? 0 : 2).join('.');
  const where = [place, rest].filter(part => part !== '').join(', ') || 'the file';
  if (issue.code !== 'unrecognized_keys') return [`${where}: ${issue.message}`];
  const known = place === '' ? keys[''] : keys.rules;
  return issue.keys.map(key => `${where}: there is no ${key} here${suggestion(key, known)}`);
}

/** Returns a problem for each person without a contact, since an alert would then not say how to reach them. */
function unreachable({ people }: Owners): string[] {
  return Object.entries(people)
    .filter(([, contact]) => (contact ?? '').trim() === '')
    .map(
      ([person]) => `people, ${person}: has no contact; write how to reach them, such as a telephone number`,
    );
}

/**
 * Returns the problems of `keys`: a holder who is not listed under `people`, or a name that no bot or wallet
 * can have.
 */
function keysOf({ people, keys = {} }: Owners): string[] {
  const known = Object.keys(people);
  return Object.entries(keys).flatMap(([wallet, holders]) => {
    const isName = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(wallet) && !wallet.startsWith('0x');
    const form =
      isName || /^0x[0-9a-fA-F]{40}$/.test(wallet)
        ? []
        : [`keys, ${wallet}: is neither the name of a bot nor the address of a wallet in quotation marks`];
    const strangers = holders.filter(holder => !known.includes(holder));
    return [
      ...form,
      ...strangers.map(
        holder => `keys, ${wallet}: ${holder} is not among the people${suggestion(holder, known)}`,
      ),
    ];
  });
}

function strangersIn({ people, rules }: Owners): string[] {
  const known = Object.keys(people);
  return rules.flatMap(({ name, page, tell = [] }) => {
    const strangers = [...page, ...tell].filter(person => !known.includes(person));
    return strangers.map(
      person => `"${name}": ${person} is not among the people${suggestion(person, known)}`,
    );
  });
}
