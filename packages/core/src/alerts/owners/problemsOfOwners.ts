import { type AlertTable, isAtLeast, severities } from '../model/alert.ts';
import { fits, type OwnerRule, type Owners, ruleFor, suggestion } from './parseOwners.ts';

/** The bots and channels that exist, beside the file of owners. */
export interface Surroundings {
  /** Every alert of each bot, by the bot's name. */
  tables: Readonly<Record<string, AlertTable>>;
  /** The names of all possible channels. */
  channels: readonly string[];
  /** Whether there may be other bots, which are unknown here. */
  othersExist: boolean;
}

/**
 * Returns all problems of a file of owners for these bots: checks without an owner, and names that do not
 * exist.
 */
export function problemsOfOwners(owners: Owners, { tables, channels, othersExist }: Surroundings): string[] {
  const bots = Object.keys(tables);
  const unknown = owners.rules.flatMap(rule => {
    // The checks of a bot that is unknown here cannot be verified.
    const isKnown = rule.bot ? rule.bot.every(bot => bots.includes(bot)) : !othersExist;
    const checks = (rule.bot ?? bots).flatMap(bot => Object.keys(tables[bot] ?? {}));
    return [
      ...unknownNames(rule, { what: 'bot', names: rule.bot, known: bots }).filter(
        ({ isNear }) => isNear || !othersExist,
      ),
      ...(isKnown ? unknownNames(rule, { what: 'check', names: rule.check, known: checks }) : []),
      ...unknownNames(rule, { what: 'channel', names: rule.channels, known: channels }),
      ...idle(rule, tables),
    ];
  });
  return [
    ...unknown.map(({ problem }) => problem),
    ...(othersExist ? [] : shadowed(owners, tables)),
    ...bots.flatMap(bot => ownerless(owners, bot, tables[bot] ?? {})),
  ];
}

/** Returns the names in a rule that do not exist. */
function unknownNames(
  rule: OwnerRule,
  {
    what,
    names = [],
    known,
  }: { what: string; names: readonly string[] | undefined; known: readonly string[] },
) {
  return names
    .filter(name => !known.includes(name))
    .map(name => {
      const near = suggestion(name, known);
      return { problem: `"${rule.name}": there is no ${what} ${name}${near}`, isNear: near !== '' };
    });
}

/**
 * Returns the checks that a rule names without effect, since they are never as severe as the rule requires.
 */
function idle(rule: OwnerRule, tables: Surroundings['tables']) {
  const { name, severity: least = 'info', check: checks = [], bot: bots = Object.keys(tables) } = rule;
  return checks.flatMap(check => {
    const kinds = bots.flatMap(bot => tables[bot]?.[check] ?? []);
    const worst = severities.findLast(each => kinds.some(kind => (kind.worst ?? kind.severity) === each));
    if (!worst || isAtLeast(worst, least)) return [];
    const problem = `"${name}": ${check} is ${worst} at worst, so with severity ${least} the rule is never about it`;
    return [{ problem, isNear: false }];
  });
}

/** Returns the rules without effect, because earlier rules decide on each of their alerts. */
function shadowed({ rules }: Owners, tables: Surroundings['tables']): string[] {
  const alerts = Object.entries(tables).flatMap(([bot, table]) =>
    Object.keys(table).flatMap(check => severities.map(severity => ({ bot, check, severity }))),
  );
  const deciding = new Set(
    alerts.map(({ bot, check, severity }) => ruleFor({ rules }, { bot, check, severity })),
  );
  return rules.flatMap((rule, position) => {
    const isFor = alerts.filter(({ bot, check, severity }) =>
      ruleFor({ rules: [rule] }, { bot, check, severity }),
    );
    if (deciding.has(rule) || isFor.length === 0) return [];
    const earlier = rules
      .slice(0, position)
      .filter(each =>
        isFor.some(({ bot, check, severity }) => ruleFor({ rules: [each] }, { bot, check, severity })),
      );
    const names = earlier.map(({ name }) => `"${name}"`).join(', ');
    return [
      `"${rule.name}" can never apply: ${names} above it ${earlier.length === 1 ? 'decides' : 'decide'} on all that it is for`,
    ];
  });
}

/** Returns the checks of one bot that have no owner at some severity. */
function ownerless(owners: Owners, bot: string, table: AlertTable): string[] {
  return Object.keys(table).flatMap(check => {
    const missing = severities.filter(severity => !ruleFor(owners, { bot, check, severity }));
    if (missing.length === 0) return [];
    const where = missing.length === severities.length ? '' : ` at ${missing.join(' and ')}`;
    return [`${bot}: no owner for ${check}${where}`];
  });
}

/** Returns the channels that rules name for alerts of this bot. */
export function channelsNamed(owners: Owners, bot: string, table: AlertTable): string[] {
  const rules = owners.rules.filter(rule => Object.keys(table).some(check => fits(rule, bot, check)));
  return [...new Set(rules.flatMap(({ channels = [] }) => channels))];
}
