import { readFile } from 'node:fs/promises';
import { Wallet } from 'ethers';
import { ConfigError } from '../config/index.ts';
import { SetupError } from '../errors/index.ts';

/** The source of a bot's key; at most one of the two is set. */
export interface KeySource {
  privateKey?: { reveal(): string } | undefined;
  keystore?: { path: string; password: { reveal(): string } } | undefined;
}

/**
 * Loads the wallet.
 * @returns the wallet; undefined when no key is given
 * @throws ConfigError when the keystore cannot be read or the password is wrong; the message names the file
 * only
 */
export async function loadWallet(source: KeySource): Promise<Wallet | undefined> {
  if (source.privateKey) return walletOf(source.privateKey.reveal());
  if (!source.keystore) return undefined;
  const { path, password } = source.keystore;
  let json: string;
  try {
    json = await readFile(path, 'utf8');
  } catch (error) {
    throw refusedKeystore(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); give the path of an encrypted JSON keystore`,
    );
  }
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(json, password.reveal());
    return new Wallet(privateKey);
  } catch {
    // The library's error is not passed on: it may quote its input.
    throw refusedKeystore(
      `${path} cannot be opened with KEYSTORE_PASSWORD; check both (the file has to be a version 3 JSON keystore)`,
    );
  }
}

function walletOf(privateKey: string): Wallet {
  try {
    return new Wallet(privateKey);
  } catch {
    throw new SetupError(
      "the private key is not usable: it has to be 64 hex digits, and a number below the curve's order",
    );
  }
}

function refusedKeystore(problem: string): ConfigError {
  const example = 'KEYSTORE_FILE=/run/secrets/keystore.json';
  return new ConfigError([{ variable: 'KEYSTORE_FILE', problem, example }]);
}
