import '@service-bots/core/v8Flags';
import { runBot } from '@service-bots/core/runtime';
import { createInvariantBot } from './bot.ts';

await runBot(createInvariantBot(), process.env, process.argv.slice(2));
