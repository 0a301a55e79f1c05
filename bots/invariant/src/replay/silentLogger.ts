import type { Logger } from '@service-bots/core/logger';

/** Returns a logger that writes nothing; `warn` is called with warnings and worse. */
export function silentLogger(warn: (message: string) => void = () => undefined): Logger {
  const logger: Logger = {
    debug() {},
    info() {},
    warning: warn,
    error: warn,
    critical: warn,
    child: () => logger,
  };
  return logger;
}
