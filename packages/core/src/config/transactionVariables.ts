import { gwei } from './amounts.ts';
import { gasUnits, positiveInteger } from './numbers.ts';
import { variable } from './variable.ts';
import { flag } from './words.ts';

/** What a bot's transactions may cost and how they are followed. */
export const transactionVariables = {
  MAX_FEE_GWEI: variable(gwei().optional(), {
    description: 'The most a transaction may pay for each unit of gas, in gwei',
    example: '150',
    defaultText: 'no cap',
  }),
  MAX_PRIORITY_FEE_GWEI: variable(gwei().optional(), {
    description: 'The most a transaction may tip for each unit of gas, in gwei',
    example: '2.5',
    defaultText: 'no cap',
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
  DRY_RUN: variable(flag().prefault('false'), {
    description: 'Decide and simulate, but send nothing',
    example: 'true',
  }),
};
