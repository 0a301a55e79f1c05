export { Progress, type Terminal } from './Progress.ts';
export { type BlockRange, firstBlockOf, firstBlockSince, readableRange } from './range.ts';
