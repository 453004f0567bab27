export { both, livesOn, type Make, realSimulation, sessionOf } from './both.ts'
export { clearFrames, codesOf, requests } from './look.ts'
