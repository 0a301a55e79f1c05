import { feeCapGwei } from './amounts.ts';
import { gasUnits, positiveInteger } from './numbers.ts';
import { variable } from './variable.ts';
import { flag } from './words.ts';

/** The variables for the cost of a bot's transactions and for following them. */
export const transactionVariables = {
  MAX_FEE_GWEI: variable(feeCapGwei('nothing could ever be sent').optional(), {
    description: 'The most a transaction may pay for each unit of gas, in gwei',
    example: '150',
    defaultText: 'by the chain: 1000 on mainnet and Gnosis, 100 on Base and Linea, else 5000',
  }),
  MAX_PRIORITY_FEE_GWEI: variable(feeCapGwei('no transaction that waits could be replaced').optional(), {
    description: 'The most a transaction may tip for each unit of gas, in gwei',
    example: '2.5',
    defaultText: 'by the chain: 50 on mainnet, 500 on Monad, 5 on Base and Linea, else 100',
  }),
  CONFIRMATIONS: variable(positiveInteger({ max: 1000 }).prefault('1'), {
    description: 'Blocks, its own included, after which a transaction counts as done',
    example: '2',
  }),
  REPLACE_AFTER_BLOCKS: variable(positiveInteger({ max: 10_000 }).prefault('3'), {
    description: 'Blocks a transaction may wait before it is sent again with a higher fee',
    example: '5',
  }),
  MAX_GAS: variable(gasUnits().prefault('3000000'), {
    description: 'The most gas, in units, a single transaction may ask for',
    example: '5000000',
  }),
  GAS_PER_HOUR: variable(gasUnits().optional(), {
    description:
      'The most gas, in units, that all transactions of the wallet together may use within an hour',
    example: '30000000',
    defaultText: 'by the chain: 60000000 on mainnet, else 100000000',
  }),
  GAS_PER_DAY: variable(gasUnits().optional(), {
    description: 'The most gas, in units, that all transactions of the wallet together may use within a day',
    example: '150000000',
    defaultText: 'by the chain: 300000000 on mainnet, else 500000000',
  }),
  DRY_RUN: variable(flag().prefault('false'), {
    description: 'Decide and simulate, but send nothing',
    example: 'true',
  }),
};
