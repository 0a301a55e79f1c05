export { readLivePools, shownSource } from './livePools.ts';
export {
  type Anchor,
  anchorAtOrAfter,
  anchorText,
  parseAnchor,
  weekdays,
  weekSeconds,
} from './schedule.ts';
export { type Schedule, scheduleList } from './scheduleList.ts';
