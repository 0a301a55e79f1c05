import { statSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Files that take half a minute or more: if begun last, each would keep one worker busy after the others have
 * ended.
 */
const longest = [
  'endpoints',
  'checker',
  'haltSteps',
  'senderFailover',
  'misbehaviour',
  'runBot',
  'stuck',
  'wallet',
  'waiting',
  'walk',
  'disk',
  'breaking',
  'containers',
  'soak',
  'kinds',
  'limits',
  'recipes',
  'lease',
  'lateness',
  'realBots',
  'caution',
  'watchfulness',
  'restarts',
  'governance',
  'unscheduled',
];

/**
 * Sorts the longest files first, and then the larger ones. Jest's own order depends on its cache of
 * durations, which a fresh clone does not have.
 */
export default class LongestFirst {
  sort(tests) {
    const place = ({ path }) => {
      const at = longest.indexOf(basename(path, '.test.ts'));
      return at < 0 ? longest.length : at;
    };
    const sizes = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    return [...tests].sort((a, b) => place(a) - place(b) || sizes.get(b.path) - sizes.get(a.path));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}

  shard(tests) {
    return tests;
  }
}
