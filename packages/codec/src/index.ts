export * from './brands.ts'
export * from './error.ts'
