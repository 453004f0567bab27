export { type MlsEngineOptions, mlsEngine } from './engine.ts'
