export { textWithin } from './textWithin.ts';
