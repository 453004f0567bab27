export * from './brands.ts'
export {
  advance,
  type Codec,
  decode,
  encode,
  fail,
  outOfRange,
  type Reader,
  reserve,
  type Writer,
} from './codec.ts'
export {
  checked,
  constant,
  optional,
  preceded,
  select,
  struct,
  type UnknownVariant,
  type Variants,
  vector,
} from './combinators.ts'
export * from './error.ts'
export * from './limits.ts'
export * from './mls-commit.ts'
export * from './mls-leaf.ts'
export * from './mls-message.ts'
export * from './mls-tree.ts'
export * from './mls-welcome.ts'
export {
  type Bounds,
  epoch,
  fixed,
  maxVectorLength,
  opaque,
  rest,
  suiteId,
  uint8,
  uint16,
  uint24,
  uint32,
  uint64,
  vectorLength,
} from './primitives.ts'
export * from './two-party.ts'
