import '@service-bots/core/v8Flags';
import { runOffChainBot } from '@service-bots/core/runtime';
import { watchtowerBot } from './bot.ts';

await runOffChainBot(watchtowerBot, process.env, process.argv.slice(2));
