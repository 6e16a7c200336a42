import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { openValidator, type Validation } from '../../vo/validate.ts'
import { exitCodes, explain, FountainError } from '../errors.ts'
import { action } from './terminal.ts'

interface Options {
  readonly version?: '2.0'
  readonly strict?: boolean
  readonly json?: boolean
}

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('Check VOEvents: valid means well-formed and accepted by the XSD; every other rule is a warning.')
    .argument('<file...>', 'VOEvent documents, - for standard input')
    .addOption(new Option('--version <version>', 'hold them against this version').choices(['2.0']))
    .option('--strict', 'warnings too end with exit code 1')
    .option('--json', 'one object a line: {file, version, valid, issues}')
    .addHelpText(
      'after',
      `
Examples:
  fountain validate event.xml
  fountain validate --strict packets/*.xml
  fountain validate --json packets/*.xml | jq 'select(.valid | not) | .file'

Exit codes: 0 all valid, 1 one is not (or has a warning, with --strict), 2 wrong usage.`,
    )
    .action(action(validate))
}

async function validate(files: string[], options: Options): Promise<number> {
  const validator = await openValidator()
  let bad = 0
  for (const file of files) {
    let bytes: Uint8Array
    try {
      bytes = readFileSync(file === '-' ? 0 : file)
    } catch (error) {
      bad++
      console.error(`${file}: ${explain(new FountainError('FILES_UNREADABLE', (error as Error).message))}`)
      continue
    }
    const result = validator.validate(bytes, options.version === undefined ? {} : { version: options.version })
    if (!result.valid || (options.strict === true && result.issues.length > 0)) bad++
    if (options.json)
      console.log(JSON.stringify({ file, version: result.version, valid: result.valid, issues: result.issues }))
    else print(file, result)
  }
  if (!options.json && files.length > 1) console.error(`${files.length - bad} of ${files.length} passed`)
  return bad > 0 ? exitCodes.bad : exitCodes.done
}

function print(file: string, { version, valid, issues }: Validation): void {
  console.log(`${file}: ${valid ? `valid VOEvent ${version}` : `NOT valid as VOEvent ${version}`}`)
  for (const { code, severity, path, line, message, fix } of issues) {
    console.log(
      `  ${severity} ${code}${line === undefined ? '' : ` line ${line}`}${path ? ` ${path}` : ''}: ${message}`,
    )
    if (fix) console.log(`    ${fix}`)
  }
}
