export {
  type Brand,
  DecodeError,
  type DecodeErrorCode,
  type Epoch,
  type GroupId,
  type SuiteId,
  toEpoch,
  toGroupId,
  toSuiteId,
} from '@twofold/codec'
export * from './crypto.ts'
export * from './errors.ts'
export * from './identity.ts'
export * from './secret.ts'
export * from './suites.ts'
