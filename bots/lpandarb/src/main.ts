import '@service-bots/core/v8Flags';
import { runBot } from '@service-bots/core/runtime';
import { lpandarbBot } from './bot.ts';

await runBot(lpandarbBot(), process.env, process.argv.slice(2));
