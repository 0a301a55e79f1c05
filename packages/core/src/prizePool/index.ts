export { readLivePools, shownSource } from './readLivePools.ts';
export {
  type Anchor,
  anchorAtOrAfter,
  anchorText,
  parseAnchor,
  type Schedule,
  scheduleList,
  weekdays,
  weekSeconds,
} from './schedule.ts';
