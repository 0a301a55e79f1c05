// The process of the last row: begins a call that hangs, destroys its provider, and ends when no work is
// left.
import process from 'node:process';
import { contestants } from './contestants.ts';

const [, , name, ...rpcUrls] = process.argv;
const contestant = contestants.find(each => each.name === name);
if (!contestant) throw new Error(`nobody is called ${name}`);
const client = await contestant.connect(rpcUrls);
const nobody = `0x${'11'.repeat(20)}`;
await client.balance(nobody);

process.once('message', () => {
  client.balance(nobody).catch(() => undefined);
  setTimeout(() => {
    client.destroy();
    process.send?.('destroyed');
    process.disconnect();
  }, 300);
});
process.send?.('ready');
