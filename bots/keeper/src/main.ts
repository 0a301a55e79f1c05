import '@service-bots/core/v8Flags';
import { runBot } from '@service-bots/core/runtime';
import { keeperBot } from './bot.ts';

await runBot(keeperBot(), process.env, process.argv.slice(2));
