import type { z } from 'zod';
import { choice, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import type { Severity } from '../model/alert.ts';

/** The process that a channel speaks for. */
export interface Speaker {
  bot: string;
  version: string;
  /** The name of this machine. */
  host: string;
  /** The name of this deployment. */
  environment?: string | undefined;
  /** Returns the name of the chain. It is asked each time: the name may be unknown before the first endpoint answers. */
  chain(): string;
  /** Removes secrets from a text. */
  redact(text: string): string;
}

/** A row of the table of channels: everything that the rest of the code knows about one. */
export interface ChannelKind<Variables extends z.ZodRawShape = z.ZodRawShape> {
  name: string;
  variables: Variables;
  /** The variable that turns the channel on. */
  turnedOnBy: keyof Variables & string;
  /** Opens the channel; undefined where it is not turned on. */
  open(config: z.output<z.ZodObject<Variables>>, speaker: Speaker): Channel | undefined;
  /** Returns a URL of the service, any answer of which shows that it can be reached; undefined where the channel is off. */
  host?(config: z.output<z.ZodObject<Variables>>): string | undefined;
  /** Examines the service more closely than that, and delivers nothing. @throws DeliveryFailed */
  examine?(config: z.output<z.ZodObject<Variables>>, redact: (text: string) => string): Promise<void>;
}

/** Has the compiler find the type of a row's configuration in its variables. */
export function channelKind<Variables extends z.ZodRawShape>(
  kind: ChannelKind<Variables>,
): ChannelKind<Variables> {
  return kind;
}

/** Returns the variable for the least severe alert that a channel delivers. */
export function leastSevere(channel: string, fallback: 'info' | 'critical' = 'info') {
  return variable(choice(['info', 'warning', 'error', 'critical']).prefault(fallback), {
    description: `The least severe alerts to send to ${channel}: info, warning, error or critical`,
    example: 'error',
  });
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** The options of every channel. */
export interface ChannelOptions {
  /** The least severe alerts that the channel delivers. */
  minSeverity: Severity;
  /** The name of this deployment. */
  environment?: string | undefined;
  /** Removes secrets from a text. */
  redact(text: string): string;
}
