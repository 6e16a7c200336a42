/** `fountain`: one thin file per command. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitCodes } from '../errors.ts'

/** Only the command that is asked for is loaded: a small one does not wait for the parts of a large one. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./demo.ts')).registerDemo,
  run: async () => (await import('./run.ts')).registerRun,
  check: async () => (await import('./check.ts')).registerCheck,
  convert: async () => (await import('./convert.ts')).registerConvert,
  picture: async () => (await import('./picture.ts')).registerPicture,
  validate: async () => (await import('./validate.ts')).registerValidate,
  send: async () => (await import('./send.ts')).registerSend,
  listen: async () => (await import('./listen.ts')).registerListen,
  status: async () => (await import('./status.ts')).registerStatus,
  deliveries: async () => (await import('./deliveries.ts')).registerDeliveries,
  drafts: async () => (await import('./drafts.ts')).registerDrafts,
  retract: async () => (await import('./retract.ts')).registerRetract,
  user: async () => (await import('./user.ts')).registerUser,
  group: async () => (await import('./user.ts')).registerGroup,
  addresses: async () => (await import('./addresses.ts')).registerAddresses,
  subscriptions: async () => (await import('./subscriptions.ts')).registerSubscriptions,
  bounce: async () => (await import('./bounce.ts')).registerBounce,
  dead: async () => (await import('./dead.ts')).registerDead,
  archive: async () => (await import('./archive.ts')).registerArchive,
  'webhook-key': async () => (await import('./webhook-key.ts')).registerWebhookKey,
  simulate: async () => (await import('./simulate.ts')).registerSimulate,
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

// A reader that has had enough (`| head`) is no fault of ours, and a log that nobody reads stops nothing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.done)
})
process.stderr.on('error', () => undefined)

const program = new Command('fountain')
  .description('A VO-first event gateway: survey alerts become VOEvents, over VTP, e-mail and more.')
  .version(version)
  // A command has options of its own of the same name: `validate --version 2.0`.
  .enablePositionalOptions()
  .showHelpAfterError('  See the command with --help.')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'fountain: USAGE: ')) })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
  })

const asked = process.argv[2] ?? ''
for (const name of Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands)) {
  const register = await commands[name]?.()
  register?.(program)
}
await program.parseAsync()
