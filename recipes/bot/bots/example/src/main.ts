import '@service-bots/core/v8Flags';
import { runBot } from '@service-bots/core/runtime';
import { exampleBot } from './bot.ts';

await runBot(exampleBot, process.env, process.argv.slice(2));
