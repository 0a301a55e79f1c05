import { type AlertTable, alertingAlerts } from '../alerts/index.ts';

/** The alerts that the runtime itself raises, for every bot. */
export const runtimeAlerts = {
  crashed: { title: 'the bot crashed', severity: 'critical', runbook: 'bot-crashed' },
  'round-stuck': {
    title: 'the bot was stuck and ended itself',
    severity: 'critical',
    runbook: 'round-stuck',
  },
  'cannot-start': { title: 'the bot cannot start', severity: 'critical', runbook: 'cannot-start' },
  'round-failed': {
    title: 'a round failed',
    severity: 'error',
    least: 'warning',
    runbook: 'round-failed',
  },
  'rpc-unreachable': {
    title: 'no RPC endpoint answers',
    severity: 'critical',
    least: 'warning',
    runbook: 'rpc-unreachable',
  },
  'rpc-endpoint': { title: 'an RPC endpoint is out of use', severity: 'warning', runbook: 'rpc-endpoint' },
  'chain-standstill': {
    title: 'the chain or every endpoint stands still',
    severity: 'critical',
    runbook: 'chain-standstill',
  },
  'discovery-failed': {
    title: 'pools could not be discovered',
    severity: 'error',
    runbook: 'discovery-failed',
  },
  'pool-failing': {
    title: 'a pool could not be looked after',
    severity: 'warning',
    worst: 'critical',
    runbook: 'pool-failing',
  },
  'cannot-send': {
    title: 'the wallet cannot send',
    severity: 'critical',
    least: 'warning',
    runbook: 'cannot-send',
    // Where another sender has done the work meanwhile, there may be nothing to send for days.
    quietHours: 1,
  },
  'gas-budget': {
    title: 'the gas budget of the wallet is used up',
    severity: 'critical',
    runbook: 'gas-budget',
  },
  'stuck-transaction': {
    title: 'a transaction is not mined',
    severity: 'error',
    runbook: 'stuck-transaction',
  },
  'policy-violation': {
    title: 'the signer refused a transaction',
    severity: 'critical',
    runbook: 'policy-violation',
    quietHours: 24,
  },
  // The chain does not show whether the sender is a second bot, a person or a thief.
  'foreign-transactions': {
    title: "another sender uses the bot's key",
    severity: 'error',
    runbook: 'foreign-transactions',
    quietHours: 24,
  },
  // Without the folder another copy at work cannot be noticed, so almost nothing is sent and a person has to
  // act.
  'state-unusable': {
    title: 'the state folder cannot be used',
    severity: 'critical',
    runbook: 'state-unreadable',
  },
  'heartbeat-failing': {
    title: "the dead man's switch takes no heartbeat",
    severity: 'warning',
    runbook: 'heartbeat-failing',
  },
  ...alertingAlerts,
} as const satisfies AlertTable;
