export { figure, line, listOf, maybe, moment } from './lenient.ts';
export {
  type BotStatus,
  botStatusSchema,
  type PoolStatus,
  type StatusAlert,
  statusVersion,
} from './schema.ts';
