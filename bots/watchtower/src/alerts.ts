import type { AlertTable } from '@service-bots/core/alerts';

/** The alerts of the watchtower, in addition to those that the runtime raises for every bot. */
export const watchtowerAlerts = {
  'round-due': {
    title: 'a round of a prize pool is overdue',
    severity: 'error',
    worst: 'critical',
    runbook: 'round-due',
  },
  'checkpoint-overdue': {
    title: 'a checkpoint is overdue',
    severity: 'error',
    worst: 'critical',
    runbook: 'checkpoint-overdue',
  },
  'bot-unreachable': {
    title: 'a bot does not answer',
    severity: 'error',
    worst: 'critical',
    runbook: 'bot-unreachable',
  },
  'bot-unhealthy': {
    title: 'a bot is not healthy',
    severity: 'error',
    worst: 'critical',
    runbook: 'bot-unhealthy',
  },
  'round-late': {
    title: 'a bot completes no round',
    severity: 'error',
    worst: 'critical',
    runbook: 'round-late',
  },
  'no-active-copy': {
    title: 'every copy of a bot is on standby',
    severity: 'error',
    worst: 'critical',
    runbook: 'no-active-copy',
  },
  'peer-silent': { title: 'another watchtower does not answer', severity: 'error', runbook: 'peer-silent' },
  'bot-restarting': { title: 'a bot is started over and over', severity: 'error', runbook: 'bot-restarting' },
  'bot-chain': { title: 'a bot works on another chain', severity: 'error', runbook: 'bot-chain' },
  'checks-behind': {
    title: 'an invariant bot is behind the head',
    severity: 'error',
    runbook: 'checks-behind',
  },
  'bot-heads': { title: 'two bots see different chains', severity: 'error', runbook: 'bot-heads' },
  'wallet-shared': { title: 'two bots send from one wallet', severity: 'error', runbook: 'wallet-shared' },
  'pool-unwatched': { title: 'a pool is not watched', severity: 'error', runbook: 'pool-coverage' },
  'pool-watched-twice': {
    title: 'two bots look after one pool',
    severity: 'warning',
    runbook: 'pool-coverage',
  },
  'pool-retired': { title: 'a pool is not live any more', severity: 'warning', runbook: 'pool-coverage' },
  'manifest-unread': {
    title: 'the list of live pools cannot be read',
    severity: 'warning',
    runbook: 'pool-coverage',
  },
  'wallet-runway': {
    title: 'a wallet runs empty soon',
    severity: 'warning',
    worst: 'error',
    runbook: 'wallet-runway',
  },
  'bot-clock': {
    title: 'the clock of a bot differs',
    severity: 'warning',
    worst: 'error',
    runbook: 'bot-clock',
  },
  'bot-version': { title: 'a bot has another version', severity: 'warning', runbook: 'bot-version' },
  'chain-unread': {
    title: 'the watchtower cannot read a chain',
    severity: 'warning',
    runbook: 'chain-unread',
  },
  'history-unusable': {
    title: 'the history cannot be written',
    severity: 'warning',
    runbook: 'history-unusable',
  },
} as const satisfies AlertTable;
