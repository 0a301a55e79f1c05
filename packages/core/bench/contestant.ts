/**
 * An account that sends transactions as a bot does: a call without arguments, waited for until it is mined.
 */
export interface Account {
  privateKey: `0x${string}`;
  address: `0x${string}`;
}

/** A wallet that sends from one account; its library chooses the nonce of each call. */
export interface Wallet {
  /** Sends a transaction and waits until it is mined. @param nth makes the calls of a wallet differ */
  sendAndWait(nth: number): Promise<void>;
  stop(): Promise<void>;
}

/** A provider at work on two endpoints, the primary first. */
export interface Client {
  balance(address: string): Promise<bigint>;
  /** Reads many balances at once, in as few requests as the library makes by itself. */
  balances(addresses: readonly string[]): Promise<bigint[]>;
  head(): Promise<number>;
  /** Broadcasts signed bytes. Rejects when the library reports a failure. */
  broadcast(raw: `0x${string}`): Promise<void>;
  wallet(account: Account, contract: `0x${string}`): Wallet;
  /** Returns whether the library reports the endpoint in this position as faulty. */
  notices(position: number): boolean;
  destroy(): void;
}

/** A provider to measure. */
export interface Contestant {
  name: string;
  /** Whether the demands apply to it. */
  isOurs: boolean;
  /** Whether it has a method that ends all of its work. */
  hasDestroy: boolean;
  connect(rpcUrls: readonly string[]): Promise<Client>;
}
