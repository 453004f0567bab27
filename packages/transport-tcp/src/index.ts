export { type TcpOptions, tcpTransport } from './tcp-transport.ts'
