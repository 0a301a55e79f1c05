export { type HttpReply, type HttpRequest, httpRequest } from './httpRequest.ts';
export { listen } from './listen.ts';
export { retryAfterMs } from './retryAfterMs.ts';
export { ReplyTooLarge } from './unpacked.ts';
