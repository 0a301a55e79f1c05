import type { Severity } from '../severity.ts';

/** What every channel is told. */
export interface ChannelOptions {
  /** The least severe alerts it is for. */
  minSeverity: Severity;
  /** Name of this deployment. */
  environment?: string | undefined;
  /** Takes secrets out of a text. */
  redact(text: string): string;
}
