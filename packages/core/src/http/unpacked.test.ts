import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ReplyTooLarge, unpacked } from './unpacked.ts';

const json = Buffer.from('{"jsonrpc":"2.0","id":1,"result":"0x1"}');

describe('a packed reply', () => {
  it.each<[string | undefined, Buffer]>([
    [undefined, json],
    ['', json],
    ['identity', json],
    ['gzip', gzipSync(json)],
    ['GZIP', gzipSync(json)],
    ['x-gzip', gzipSync(json)],
    ['X-GZip', gzipSync(json)],
    ['gzip, identity', gzipSync(json)],
    ['identity,gzip', gzipSync(json)],
    [' gzip ', gzipSync(json)],
    ['gzip, gzip', gzipSync(gzipSync(json))],
    ['gzip, gzip', gzipSync(json)],
    ['gzip', json],
    [undefined, gzipSync(json)],
    ['identity', gzipSync(json)],
    ['utf-8', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['deflate', deflateRawSync(json)],
    ['br', brotliCompressSync(json)],
    ['deflate, gzip', gzipSync(deflateSync(json))],
  ])('with the encoding %j is read', async (encoding, body) => {
    expect((await unpacked(body, encoding, 1_000)).toString()).toBe(json.toString());
  });

  it.each<[string, string, Buffer]>([
    ['gzip', 'gzip', gzipSync(Buffer.alloc(2_000))],
    ['gzip without a header', '', gzipSync(Buffer.alloc(2_000))],
    ['brotli', 'br', brotliCompressSync(Buffer.alloc(2_000))],
    ['deflate', 'deflate', deflateSync(Buffer.alloc(2_000))],
    ['gzip twice', 'gzip, gzip', gzipSync(gzipSync(Buffer.alloc(2_000)))],
  ])('of more than the limit is too large: %s', async (_, encoding, body) => {
    await expect(unpacked(body, encoding, 1_000)).rejects.toBeInstanceOf(ReplyTooLarge);
  });
});
