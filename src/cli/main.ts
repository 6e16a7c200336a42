/** `fountain`: one thin file per command. Heavy parts are loaded by the command that needs them. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { exitCodes } from '../errors.ts'
import { registerCheck } from './check.ts'
import { registerConvert } from './convert.ts'
import { registerDead } from './dead.ts'
import { registerDemo } from './demo.ts'
import { registerListen } from './listen.ts'
import { registerRun } from './run.ts'
import { registerSend } from './send.ts'
import { registerSimulate } from './simulate.ts'
import { registerStatus } from './status.ts'
import { registerValidate } from './validate.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('fountain')
  .description('A VO-first event gateway: survey alerts become VOEvents, over VTP, e-mail and more.')
  .version(version)
  .showHelpAfterError('(see the command with --help)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.done : exitCodes.usage)
  })

for (const register of [
  registerDemo,
  registerRun,
  registerCheck,
  registerConvert,
  registerValidate,
  registerSend,
  registerListen,
  registerStatus,
  registerDead,
  registerSimulate,
]) {
  register(program)
}
await program.parseAsync()
