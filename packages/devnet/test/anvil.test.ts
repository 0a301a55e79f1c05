import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HDNodeWallet, Mnemonic, parseUnits } from 'ethers';
import { anvilBinary } from '../src/chain/anvilBinary.ts';
import { type Anvil, devAccounts, devMnemonic, startAnvil, until } from '../src/index.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startAnvil', () => {
  let anvil: Anvil;
  beforeAll(async () => {
    anvil = await startAnvil({
      chainId: 8453,
      timestamp: 1_750_000_000,
      baseFeeWei: parseUnits('7', 'gwei'),
    });
  });
  afterAll(() => anvil.stop());

  it('default', async () => {
    const { chainId } = await anvil.provider.getNetwork();
    const genesis = await anvil.provider.getBlock(0);
    expect(chainId).toBe(8453n);
    expect(anvil.chainId).toBe(8453);
    expect(genesis?.timestamp).toBe(1_750_000_000);
    expect(genesis?.baseFeePerGas).toBe(parseUnits('7', 'gwei'));
    expect(isAlive(anvil.pid)).toBe(true);
  });

  it('behavior: its accounts are those of the public test mnemonic, with money', async () => {
    const mnemonic = Mnemonic.fromPhrase(devMnemonic);
    for (const [index, { address, privateKey }] of devAccounts.entries()) {
      const wallet = HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${index}`);
      expect({ address: wallet.address, privateKey: wallet.privateKey }).toEqual({ address, privateKey });
    }
    expect(await anvil.provider.getBalance(devAccounts[9].address)).toBe(parseUnits('10000'));
  });

  it('behavior: time moves as told', async () => {
    const start = await anvil.time.latest();
    const mined = await anvil.time.mine(3, 60);
    expect(mined.number).toBe(start.number + 3);
    expect(mined.timestamp - start.timestamp).toBeGreaterThanOrEqual(120);
    const later = await anvil.time.increase(3_600);
    expect(later.timestamp - mined.timestamp).toBeGreaterThanOrEqual(3_600);
    expect(later.timestamp - mined.timestamp).toBeLessThan(3_630);
    const moved = await anvil.time.moveTo(1_800_000_000);
    expect(moved).toMatchObject({ timestamp: 1_800_000_000, number: later.number + 1 });
    await expect(anvil.time.moveTo(1_700_000_000)).rejects.toThrow(/timestamp/i);
  });

  it('behavior: the next base fee is the one set', async () => {
    await anvil.time.setNextBaseFee(parseUnits('123', 'gwei'));
    const { number } = await anvil.time.mine();
    expect((await anvil.provider.getBlock(number))?.baseFeePerGas).toBe(parseUnits('123', 'gwei'));
  });

  it('behavior: without automine a transaction waits for a block', async () => {
    await anvil.time.setAutomine(false);
    expect(await anvil.time.automine()).toBe(false);
    const [{ address: from }, { address: to }] = devAccounts;
    const hash = (await anvil.send('eth_sendTransaction', [{ from, to, value: '0x1' }])) as string;
    expect(await anvil.provider.getTransactionReceipt(hash)).toBeNull();
    await anvil.time.mine();
    expect((await anvil.provider.getTransactionReceipt(hash))?.status).toBe(1);
    await anvil.time.setAutomine(true);
    expect(await anvil.time.automine()).toBe(true);
  });

  it('behavior: interval mining makes blocks by itself, and takes whole seconds only', async () => {
    await expect(anvil.time.setIntervalMining(0.4)).rejects.toThrow(RangeError);
    const { number } = await anvil.time.latest();
    await anvil.time.setIntervalMining(1);
    await until('a block is mined', async () => (await anvil.time.latest()).number > number);
    await anvil.time.setIntervalMining(0);
    await anvil.time.setAutomine(true);
  });
});

describe('blockTime', () => {
  it('behavior: may be a fraction of a second', async () => {
    const anvil = await startAnvil({ blockTime: 0.2 });
    await until('two blocks are mined', async () => (await anvil.time.latest()).number >= 2);
    await anvil.stop();
  });
});

describe('statesKept', () => {
  it.each([undefined, 0.2])(
    'behavior: older blocks lose their state, also at a block time (%p s)',
    async blockTime => {
      const anvil = await startAnvil({ statesKept: 3, ...(blockTime === undefined ? {} : { blockTime }) });
      await anvil.time.mine(8);
      const { number } = await anvil.time.latest();
      const balanceAt = (block: number) => anvil.provider.getBalance(devAccounts[0].address, block);
      expect(await balanceAt(number - 1)).toBeGreaterThan(0n);
      await expect(balanceAt(number - 6)).rejects.toThrow();
      expect(await anvil.provider.getBlock(number - 6)).toMatchObject({ number: number - 6 });
      await anvil.stop();
    },
  );
});

describe('fork', () => {
  it('behavior: of a node that has dropped the state of its first block, it ends with that reason', async () => {
    const upstream = await startAnvil({ statesKept: 2 });
    await upstream.time.mine(10);
    const fork = await startAnvil({ forkUrl: upstream.rpcUrl, statesKept: 64 });
    await upstream.time.mine(10);
    // A mined block asks for the history of block hashes at the block that the fork began at.
    await fork.send('evm_mine').catch(() => undefined);
    expect(await fork.exited).toBe('SIGABRT');
    expect(fork.lastWords()).toMatch(/^the node that is forked has dropped the state/);
    await Promise.all([fork.stop(), upstream.stop()]);
  });

  it('behavior: has the state and chain id of what it forks', async () => {
    const origin = await startAnvil({ chainId: 100 });
    const someone = '0x00000000000000000000000000000000000000aa';
    await origin.setBalance(someone, 7n);
    await origin.time.mine(5);
    const fork = await startAnvil({ forkUrl: origin.rpcUrl });
    expect(fork.chainId).toBe(100);
    expect(await fork.provider.getBalance(someone)).toBe(7n);
    expect((await fork.time.latest()).number).toBe(5);
    await Promise.all([fork.stop(), origin.stop()]);
  });
});

describe('stop', () => {
  it('behavior: leaves no process and frees the port, twice over', async () => {
    const anvil = await startAnvil();
    const { pid, port } = anvil;
    await anvil.stop();
    await anvil.stop();
    await anvil.exited;
    expect(isAlive(pid)).toBe(false);
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise(resolve => server.close(resolve));
  });

  it('behavior: also ends a process that somebody stopped', async () => {
    const anvil = await startAnvil();
    process.kill(anvil.pid, 'SIGSTOP');
    await anvil.stop();
    expect(isAlive(anvil.pid)).toBe(false);
  });

  it('behavior: happens by itself when the parent is killed without warning', async () => {
    const program = `
      import { startAnvil } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const anvil = await startAnvil();
      process.stdout.write(String(anvil.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const pid = await new Promise<number>(resolve => {
      parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until('the chain has ended', () => !isAlive(pid));
  });

  it('behavior: a chain nobody stopped neither outlives a finished program nor keeps it running', async () => {
    const program = `
      import { startAnvil } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const anvil = await startAnvil();
      process.stdout.write(String(anvil.pid));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
    let said = '';
    parent.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise(resolve => parent.once('close', resolve));
    expect(code).toBe(0);
    await until('the chain has ended', () => !isAlive(Number(said)));
  });
});

describe('what goes wrong', () => {
  it('error: a port in use, in anvil’s own words', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(startAnvil({ port })).rejects.toThrow(/ended .*before it listened[\s\S]*in use/i);
    await new Promise(resolve => server.close(resolve));
  });

  it('error: a platform anvil is not built for, or whose package is not installed', () => {
    expect(() => anvilBinary('sunos', 'sparc')).toThrow('anvil has no build for sunos-sparc');
    const other = process.platform === 'darwin' ? 'linux' : 'darwin';
    expect(() => anvilBinary(other, 'arm64')).toThrow(
      `the package @foundry-rs/anvil-${other}-arm64 is missing`,
    );
  });
});
