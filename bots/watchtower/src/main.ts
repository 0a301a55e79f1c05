import '@service-bots/core/smallHeap';
import { runOffChainBot } from '@service-bots/core/runtime';
import { watchtowerBot } from './bot.ts';

await runOffChainBot(watchtowerBot, process.env, process.argv.slice(2));
