/** The severities of alerts, and `debug` for finding a fault. */
export type Level = 'critical' | 'error' | 'warning' | 'info' | 'debug';

/** The most severe first, as winston counts. */
export const levels: Readonly<Record<Level, number>> = {
  critical: 0,
  error: 1,
  warning: 2,
  info: 3,
  debug: 4,
};
