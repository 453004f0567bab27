export * from './api.ts'
export { connect, endpoint, listen } from './endpoint.ts'
