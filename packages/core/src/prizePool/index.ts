export { readLivePools, shownSource } from './readLivePools.ts';
export {
  type Anchor,
  anchorAtOrAfter,
  anchorText,
  type Schedule,
  scheduleList,
  weekSeconds,
} from './schedule.ts';
