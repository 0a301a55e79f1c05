import type { Severity } from '../severity.ts';

/** The options of every channel. */
export interface ChannelOptions {
  /** The least severe alerts that the channel delivers. */
  minSeverity: Severity;
  /** The name of this deployment. */
  environment?: string | undefined;
  /** Removes secrets from a text. */
  redact(text: string): string;
}
