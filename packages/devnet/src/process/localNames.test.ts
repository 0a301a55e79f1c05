import { get } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';
import { resolveLocalNames } from './localNames.ts';

let server: LoopbackServer;
beforeAll(async () => {
  server = await startLoopbackServer(() => ({ status: 200, body: 'here' }));
});
afterAll(() => server.close());

const statusOf = (url: string) =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, response => resolve(response.resume().statusCode)).once('error', reject);
  });

it('every name below localhost is this machine, until the names are gone', async () => {
  let areGone = false;
  resolveLocalNames(() => areGone);
  const url = server.url.replace('127.0.0.1', 'node.a.localhost');
  expect(await statusOf(url)).toBe(200);
  expect((await fetch(url)).status).toBe(200);
  areGone = true;
  await expect(statusOf(url)).rejects.toMatchObject({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' });
});
