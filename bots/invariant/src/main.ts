import '@service-bots/core/smallHeap';
import { runBot } from '@service-bots/core/runtime';
import { createInvariantBot } from './bot.ts';

await runBot(createInvariantBot(), process.env, process.argv.slice(2));
