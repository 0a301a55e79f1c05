export { listen } from './listen.ts';
export { retryAfterMs } from './retryAfterMs.ts';
export { textWithin } from './textWithin.ts';
