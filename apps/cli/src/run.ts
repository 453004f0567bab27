import { Command, CommanderError, Option } from 'commander'
import { backendNames, defaultHost, defaultPort, parsePort } from './arguments.ts'
import { CliError, toCliError, usageError } from './cli-error.ts'
import type { ConnectFlags, ConnectTarget } from './commands/connect.ts'
import type { KeygenFlags } from './commands/keygen.ts'
import type { ListenFlags } from './commands/listen.ts'
import type { ForgetFlags } from './commands/sessions.ts'
import { exitCode, exitCodeTable } from './exit-codes.ts'
import type { FileOptions } from './files.ts'
import type { Io } from './io.ts'
import { type Reporter, reporter } from './reporter.ts'

interface GlobalFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly version?: boolean
}

/**
 * Runs the program with the arguments after its name; resolves with the exit status and never rejects. A command's own modules
 * are loaded when it runs: help and wrong usage need none of them.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const program = programFor(io)
  try {
    checkCommand(program, argv)
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode.ok
  } catch (error) {
    return report(error, reporter(io.stderr, flagsIn(argv)))
  }
}

/** Before --help is heeded, which would hide it; no global option has a value. */
function checkCommand(program: Command, argv: readonly string[]): void {
  const [first, second] = argv.filter((one) => !one.startsWith('-'))
  const wanted = first === 'help' ? second : first
  const names = program.commands.map((command) => command.name())
  if (wanted === undefined || names.includes(wanted) || wanted === 'help') return
  throw usageError(
    `there is no command ${JSON.stringify(wanted)}`,
    `there are ${names.join(', ')}: see \`twofold --help\``,
  )
}

function report(error: unknown, to: Reporter): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok
  const failure = error instanceof CommanderError ? fromCommander(error) : toCliError(error)
  to.fail(failure)
  return failure.exit
}

function fromCommander({ message }: CommanderError): CliError {
  const text = message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new CliError(exitCode.usage, 'USAGE', text, 'see `twofold --help`, or `twofold help` and a command')
}

/** For an error that comes before the arguments are understood. */
function flagsIn(argv: readonly string[]): GlobalFlags {
  const options = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  return { json: options.includes('--json') }
}

function programFor(io: Io): Command {
  const program = new Command('twofold')
    .description('A post-quantum secure channel between two parties, on the command line as netcat is.')
    .option('--json', 'JSON: keygen, sessions and --version on stdout; the others one line for each event on stderr')
    .option('-q, --quiet', 'print errors and warnings only')
    .option('-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: () => {} })
    .addHelpText('after', `\n${exitCodeTable}\n\n${example}`)
    .exitOverride()
    .helpCommand(true)
  program.allowExcessArguments(true).action(() => {
    throw usageError('no command was given', 'see `twofold --help`')
  })
  program.hook('preAction', async () => {
    if (program.opts<GlobalFlags>().version === true) await stopAfterVersion(program, io)
  })
  addKeygen(program, io)
  addListen(program, io)
  addConnect(program, io)
  addSessions(program, io)
  addForget(program, io)
  return program
}

const example = `Example:
  there$ twofold keygen                          prints a line: put it into here's known_peers
  here$  twofold keygen                          and this one into there's
  there$ twofold listen --host 0.0.0.0 > copy
  here$  twofold connect there.example < file`

async function stopAfterVersion(program: Command, io: Io): Promise<never> {
  const { versionInfo } = await import('./version.ts')
  const info = versionInfo()
  io.stdout.write(program.opts<GlobalFlags>().json === true ? `${JSON.stringify(info)}\n` : `${info.version}\n`)
  throw new CommanderError(exitCode.ok, 'twofold.version', info.version)
}

function addKeygen(program: Command, io: Io): void {
  const command = subcommand(program, 'keygen')
    .description("Make an identity and print its line for the other side's known_peers.")
    .option('--name <name>', 'what peers call us (default: user@host)')
    .option('--scheme <schemes>', 'signature schemes, joined by commas, a key of each (default: Ed25519)', list)
    .option('--force', 'replace the identity that is there')
    .option('--show', 'only print the line and the fingerprint of the identity that is there')
    .addOption(identityOption())
  command.action(async (flags: KeygenFlags) => {
    const { keygen } = await import('./commands/keygen.ts')
    await keygen(flags, io, reporterOf(program, io))
  })
}

function addListen(program: Command, io: Io): void {
  const command = withEndpointOptions(subcommand(program, 'listen'))
    .description('Wait for a peer; what comes goes to stdout, and stdin to the peer. One peer, unless --keep.')
    .option('--host <host>', `address to listen at (default: ${defaultHost})`)
    .option('--port <port>', `port to listen at, 0 for any (default: ${defaultPort})`, parsePort)
    .option('--path <socket>', 'listen at a Unix socket instead')
    .addOption(
      new Option('--once', 'end after one peer, also after one whose identity was refused (the default)').conflicts(
        'keep',
      ),
    )
    .option('--keep', 'go on with the next peer until interrupted')
  command.action(async (flags: ListenFlags) => {
    const { listen } = await import('./commands/listen.ts')
    await listen(flags, io, reporterOf(program, io))
  })
}

function addConnect(program: Command, io: Io): void {
  const command = withEndpointOptions(subcommand(program, 'connect'))
    .description('Connect to a peer that listens; stdin goes to the peer, and what comes to stdout.')
    .argument('[host]', `name or address (default: ${defaultHost})`)
    .argument('[port]', `(default: ${defaultPort})`)
    .option('--path <socket>', 'connect to a Unix socket instead')
    .option('--peer <name>', 'who must answer; a stored session with it is gone on with')
    .option('--resume [session]', 'go on with this stored session, or with the newest; never make a new one')
    .option('--new', 'with --peer: make a new session even if one with it is stored (without --peer that is so anyway)')
  command.action(async (host: string | undefined, port: string | undefined, flags: ConnectFlags) => {
    const understood = understand({ host, port, flags })
    const { connect } = await import('./commands/connect.ts')
    await connect(understood.target, understood.flags, io, reporterOf(program, io))
  })
}

function addSessions(program: Command, io: Io): void {
  const command = withStoreOptions(subcommand(program, 'sessions')).description('List the stored sessions.')
  command.action(async (flags: FileOptions) => {
    const { sessions } = await import('./commands/sessions.ts')
    await sessions(flags, io, reporterOf(program, io))
  })
}

function addForget(program: Command, io: Io): void {
  const command = withStoreOptions(subcommand(program, 'forget'))
    .description('Erase stored sessions here; the peer learns it when it wants to go on with them.')
    .argument('[session]', "the session's id, or the beginning of it")
    .option('--all', 'every session')
  command.action(async (session: string | undefined, flags: ForgetFlags) => {
    const { forget } = await import('./commands/sessions.ts')
    await forget(session, flags, io, reporterOf(program, io))
  })
}

interface ConnectArguments {
  readonly host: string | undefined
  readonly port: string | undefined
  readonly flags: ConnectFlags
}

/** `--resume host port`: what follows is no session's id, so it is the host. */
function understand({ host, port, flags }: ConnectArguments): { target: ConnectTarget; flags: ConnectFlags } {
  const { resume } = flags
  if (typeof resume !== 'string' || /^[0-9a-f]{8,64}$/i.test(resume)) {
    return { target: { host, port: port === undefined ? undefined : parsePort(port) }, flags }
  }
  if (port !== undefined)
    throw usageError(`${JSON.stringify(resume)} is no session's id`, 'it has 8 to 64 hexadecimal digits')
  return {
    target: { host: resume, port: host === undefined ? undefined : parsePort(host) },
    flags: { ...flags, resume: true },
  }
}

function list(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').map((suite) => suite.trim())]
}

function subcommand(program: Command, name: string): Command {
  return program.command(name).allowExcessArguments(false)
}

function withEndpointOptions(command: Command): Command {
  return withStoreOptions(command)
    .option('--suite <suites>', 'cipher suites by number or name, joined by commas, best first (default: 0xF002)', list)
    .addOption(new Option('--backend <name>', 'crypto backend').choices(backendNames).default(backendNames[0]))
    .option('--known-peers <file>', 'pinned keys of peers (default: known_peers beside the identity)')
}

function withStoreOptions(command: Command): Command {
  return command
    .addOption(identityOption())
    .option('--store <file>', 'sessions (default: sessions.db beside the identity)')
}

function identityOption(): Option {
  return new Option('--identity <file>', "our identity (default: in the platform's configuration folder)")
}

function reporterOf(program: Command, io: Io): Reporter {
  return reporter(io.stderr, program.opts<GlobalFlags>())
}
