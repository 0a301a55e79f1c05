/** One transaction as a bot sends it: a call without arguments, waited for until it is mined. */
export interface Account {
  privateKey: `0x${string}`;
  address: `0x${string}`;
}

/** Sends from one account, each call with the nonce its library gives it. */
export interface Wallet {
  /** @param nth makes the calls of a wallet differ */
  sendAndWait(nth: number): Promise<void>;
  stop(): Promise<void>;
}

/** A provider at work on two endpoints, the primary first. */
export interface Client {
  balance(address: string): Promise<bigint>;
  /** Many at once, in as few requests as the library makes of them by itself. */
  balances(addresses: readonly string[]): Promise<bigint[]>;
  head(): Promise<number>;
  /** Hands over signed bytes. Rejects when its library says that it failed. */
  broadcast(raw: `0x${string}`): Promise<void>;
  wallet(account: Account, contract: `0x${string}`): Wallet;
  /** Whether it says that the endpoint in this position is not what it should be. */
  notices(position: number): boolean;
  destroy(): void;
}

/** A provider to measure. */
export interface Contestant {
  name: string;
  /** Whether the demands are made of it. */
  isOurs: boolean;
  /** Whether it can be told to let go of everything. */
  hasDestroy: boolean;
  connect(rpcUrls: readonly string[]): Promise<Client>;
}
