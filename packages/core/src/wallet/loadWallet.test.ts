import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encryptKeystoreJson, Wallet } from 'ethers';
import { SetupError } from '../errors/index.ts';
import { loadWallet } from './loadWallet.ts';

const privateKey = `0x${'12'.repeat(32)}`;
const { address } = new Wallet(privateKey);
const password = 'correct horse battery';
const secret = (text: string) => ({ reveal: () => text });

let folder: string;
let keystore: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keystore-'));
  keystore = join(folder, 'keystore.json');
  // A cheap key derivation: the tests are about the file, not about scrypt.
  const scrypt = { N: 2, r: 1, p: 1 };
  await writeFile(keystore, await encryptKeystoreJson({ address, privateKey }, password, { scrypt }));
  await writeFile(join(folder, 'not-a-keystore.json'), privateKey);
});
afterAll(() => rm(folder, { recursive: true }));

describe('loadWallet', () => {
  it('default: returns undefined without a key', async () => {
    expect(await loadWallet({})).toBeUndefined();
  });

  it('behavior: loads a private key', async () => {
    expect((await loadWallet({ privateKey: secret(privateKey) }))?.address).toBe(address);
  });

  it('behavior: opens a keystore with its password', async () => {
    const wallet = await loadWallet({ keystore: { path: keystore, password: secret(password) } });
    expect([wallet?.address, wallet?.privateKey]).toEqual([address, privateKey]);
  });

  it.each([
    ['a wrong password', 'keystore.json', 'wrong horse', 'cannot be opened with KEYSTORE_PASSWORD'],
    ['a missing file', 'nowhere.json', password, 'cannot be read (ENOENT)'],
    ['a folder', '', password, 'cannot be read (EISDIR)'],
    ['a file that is no keystore', 'not-a-keystore.json', password, 'version 3 JSON keystore'],
  ])('refused: %s, with the file named and no secret', async (_, file, given, reason) => {
    const path = join(folder, file);
    const error = await loadWallet({ keystore: { path, password: secret(given) } }).catch(e => e);
    expect(error).toBeInstanceOf(SetupError);
    expect(error.message).toContain(`KEYSTORE_FILE: ${path}`);
    expect(error.message).toContain(reason);
    for (const each of [given, privateKey, privateKey.slice(2)]) {
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(each);
    }
  });

  it.each([
    ['zero', `0x${'00'.repeat(32)}`],
    ['a number beyond the curve', `0x${'ff'.repeat(32)}`],
    ['half a key', `0x${'12'.repeat(16)}`],
  ])('refused: %s is no private key, and is not shown', async (_, key) => {
    const error = await loadWallet({ privateKey: secret(key) }).catch(e => e);
    expect(error).toBeInstanceOf(SetupError);
    expect(`${error.message} ${error.stack}`).not.toContain(key.slice(2));
  });
});
