import { secretUrl, variable } from '../../config/index.ts';
import type { Channel } from '../delivery/Channel.ts';
import { reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere } from './channelKind.ts';
import { messageText, type Style } from './messageText.ts';
import { post, type Service } from './post.ts';

export interface ExampleOptions extends ChannelOptions {
  url: { reveal(): string };
}

/** Plain text, of which the service takes 1,000 characters. */
const plain: Style = {
  most: 1_000,
  mostWritten: 1_000,
  escaped: text => text,
  link: url => url,
  bold: text => text,
  code: text => text,
};

/** The service answers with the message's number, or with an error in words. */
const service: Service = {
  name: 'Example',
  accepts: ({ json }) => typeof json?.number === 'number',
  words: ({ json }) => (typeof json?.error === 'string' ? json.error : undefined),
  isAboutMessage: words => words === 'the text is too long',
};

/** Returns a channel to the example service. */
export function exampleChannel({ url, minSeverity, ...context }: ExampleOptions): Channel {
  return {
    name: 'example',
    digestUpTo: 20,
    wants: notice => reaches(notice, minSeverity),
    async deliver(notices, signal) {
      const body = { text: messageText(notices, plain, context) };
      await post(url.reveal(), body, { redact: context.redact, signal, service });
    },
  };
}

export const exampleKind = channelKind({
  name: 'example',
  turnedOnBy: 'EXAMPLE_URL',
  variables: {
    EXAMPLE_URL: variable(secretUrl().optional(), {
      description: 'URL of the example service; without it nothing goes there',
      example: 'https://example.com/your-secret-path',
      secret: true,
    }),
    EXAMPLE_MIN_SEVERITY: leastSevere('the example service', 'info'),
  },
  open: ({ EXAMPLE_URL: url, EXAMPLE_MIN_SEVERITY: minSeverity }, speaker) =>
    url && exampleChannel({ ...speaker, url, minSeverity }),
  host: ({ EXAMPLE_URL: url }) => url?.reveal(),
});
