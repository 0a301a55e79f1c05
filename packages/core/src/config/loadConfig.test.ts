import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  address,
  alertVariables,
  ConfigError,
  distinctEndpoints,
  endpointsOf,
  loadConfig,
  oneSigner,
  renderEnvExample,
  renderEnvTable,
  rpcVariables,
  runtimeVariables,
  signerVariables,
  transactionVariables,
  variable,
} from './index.ts';

const schema = z
  .object({
    ...rpcVariables,
    ...signerVariables('CHECKPOINT_BOT_KEY'),
    ...transactionVariables,
    ...runtimeVariables,
    ...alertVariables,
    REGISTRY_ADDRESS: variable(address(), {
      description: 'Address of the registry',
      example: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
    }),
  })
  .check(distinctEndpoints, oneSigner('CHECKPOINT_BOT_KEY'));

describe('loadConfig', () => {
  it('default', () => {
    const { config, secrets, warnings } = loadConfig(schema, {
      RPC_URI: 'https://a.example/v2/key-one, http://localhost:8545',
      CHECKPOINT_BOT_KEY: 'ab'.repeat(32),
      REGISTRY_ADDRESS: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
      RPC_ULR_FALLBACK: 'x',
    });
    expect(config.REGISTRY_ADDRESS).toBe('0x5FbDB2315678afecb367f032d93F642f64180aa3');
    expect(config.CONFIRMATIONS).toBe(1);
    expect(config.MAX_GAS).toBe(3_000_000n);
    expect(config.CHECKPOINT_BOT_KEY?.reveal()).toBe(`0x${'ab'.repeat(32)}`);
    expect(endpointsOf(config).map(each => each.label)).toEqual(['a.example', 'localhost:8545']);
    expect(JSON.stringify(config.RPC_URL)).not.toContain('key-one');
    expect(secrets).toContain('https://a.example/v2/key-one');
    expect(warnings).toEqual([
      'RPC_ULR_FALLBACK is not a variable of this bot; did you mean RPC_URL_FALLBACK?',
    ]);
  });

  it('behavior: names every problem at once', () => {
    let error: unknown;
    try {
      loadConfig(schema, {
        CHECKPOINT_BOT_KEY: 'abc',
        KEYSTORE_FILE: '/k.json',
        CONFIRMATIONS: 'many',
        REGISTRY_ADDRESS: '0x5FbDB2315678afecb367f032d93F642f64180aA3',
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
  });
});
