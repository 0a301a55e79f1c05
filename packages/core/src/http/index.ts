export { listen } from './listen.ts';
export { textWithin } from './textWithin.ts';
