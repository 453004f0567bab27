import { expect, test } from 'vitest'
import { captured } from './captured.ts'

test.each([
  [['--help']],
  [['help']],
  [['help', 'listen']],
  [['keygen', '--help']],
  [['connect', '--help']],
])('%j prints help on stdout', async (args) => {
  expect(await captured(args)).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringMatching(/^Usage: twofold/) })
})

test('the help names every exit status', async () => {
  const { stdout } = await captured(['--help'])
  for (const status of [0, 1, 2, 3, 4, 5, 6, 7, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${status} +\\w`, 'm'))
})

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /no command/],
  [['talk'], /no command "talk"/],
  [['talk', '--help'], /no command "talk"/],
  [['help', 'talk'], /no command "talk"/],
  [['listen', '--prot', '1'], /unknown option '--prot'/],
  [['listen', 'host'], /too many arguments/],
  [['listen', '--port', '65536'], /port/],
  [['listen', '--port', 'http'], /port/],
  [['listen', '--once', '--keep'], /--keep/],
  [['listen', '--path', '/x', '--port', '1'], /--path/],
  [['listen', '--identity'], /argument missing/],
  [['connect', '127.0.0.1', '0x10'], /port/],
  [['connect', '127.0.0.1:4716'], /127\.0\.0\.1 4716/],
  [['connect', '[::1]:4716'], /: ::1 4716/],
  [['forget'], /--all/],
  [['forget', 'abcd', '--all'], /--all/],
  [['connect', '127.0.0.1', '4710', 'more'], /too many arguments/],
  [['connect', '--path', '/x', '127.0.0.1'], /--path/],
  [['connect', '--new', '--resume'], /--new/],
  [['connect', '--resume', 'nonsense', '127.0.0.1', '4710'], /no session's id/],
  [['connect', '--suite', '0xf0f0'], /no cipher suite "0xf0f0"/],
  [['connect', '--suite', '0xf002,'], /no cipher suite ""/],
  [['connect', '--backend', 'gnu'], /backend/],
  [['keygen', '--show', '--force'], /--show/],
  [['keygen', '--scheme', 'RSA'], /no signature scheme "RSA"/],
]

test.each(wrong)('%j is wrong usage', async (args, message) => {
  const text = await captured(args)
  expect(text).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringMatching(message) })
  // What happened, on a line of its own what to do, and perhaps a list.
  expect(text.stderr).toMatch(/^twofold: .+\n {2}\S.+\n( {4}\S.+\n)*$/)
  const json = await captured(['--json', ...args])
  expect(json).toMatchObject({ exit: 2, stdout: '' })
  expect(JSON.parse(json.stderr)).toMatchObject({ event: 'error', exit: 2, hint: expect.stringMatching(/\S/) })
})

test('suites are listed one on a line', async () => {
  const { stderr } = await captured(['connect', '--suite', '99'])
  expect(stderr).toMatch(/^ {4}0xF002 MLS_\w+$/m)
  expect(stderr).toMatch(/^ {4}1 {6}MLS_\w+$/m)
})
