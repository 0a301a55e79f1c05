export { figure, line, listOf, maybe } from './lenient.ts';
export {
  type BotStatus,
  botStatusSchema,
  type PoolStatus,
  type StatusAlert,
  statusVersion,
} from './schema.ts';
