import '@service-bots/core/v8Flags';
import { runBot } from '@service-bots/core/runtime';
import { checkpointBot } from './bot.ts';

await runBot(checkpointBot, process.env, process.argv.slice(2));
