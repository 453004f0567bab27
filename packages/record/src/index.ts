export * from './limits.ts'
export {
  type OpenedRecord,
  type RecordLayer,
  type RecordLayerOptions,
  type RecordUsage,
  recordLayer,
} from './record-layer.ts'
