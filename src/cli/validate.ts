import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Command, Option } from 'commander'
import { openValidator, type SchemaVersion, schemaVersions } from '../../vo/validate.ts'
import { exitCodes, explain, FountainError } from '../errors.ts'
import { isGzip } from '../ingest/framing.ts'
import { action } from './terminal.ts'
import { paint, plain, ValidationSum, validationText } from './validation-text.ts'

interface Options {
  readonly version?: SchemaVersion
  readonly strict?: boolean
  readonly json?: boolean
}

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('Check VOEvents: valid means well-formed and accepted by the XSD; every other rule is a warning.')
    .argument(
      '<file...>',
      'VOEvents of any form, .gz of them, directories for every .xml below them, - for standard input',
    )
    .addOption(
      new Option('--version <version>', "hold them against this version, not their namespace's").choices(
        schemaVersions,
      ),
    )
    .option('--strict', 'warnings too end with exit code 1')
    .option('--json', 'one object a line: {file, version, valid, issues}')
    .addHelpText(
      'after',
      `
Examples:
  fountain validate event.xml
  fountain validate --strict packets/
  fountain validate --version 2.1 event.xml
  fountain validate --json packets/ | jq -r 'select(.valid | not) | .file'
  fountain convert alert.avro --to voevent-3-json | fountain validate -

VOEvent 1.1, and what has no namespace of VOEvent, is held against 2.0. JSON and Avro of the draft are held to what its
XML is, and have no lines. What each code means: docs/reference/validation.md.
Exit codes: 0 all valid, 1 one is not (or has a warning, with --strict), 2 wrong usage.`,
    )
    .action(action(validate))
}

async function validate(named: string[], options: Options): Promise<number> {
  const validator = await openValidator()
  const style = process.stdout.isTTY === true && !process.env.NO_COLOR ? paint : plain
  const held = options.version === undefined ? {} : { version: options.version }
  const sum = new ValidationSum()
  let files = 0
  const unreadable = (file: string, reason: string): void => {
    sum.addUnreadable()
    console.error(`${file}: ${explain(new FountainError('FILES_UNREADABLE', reason))}`)
  }
  for (const name of named) {
    let found: string[]
    try {
      found = filesOf(name)
      if (found.length === 0) throw new Error(`There is no .xml file in it; give others by name: ${join(name, '*')}`)
    } catch (error) {
      files++
      unreadable(name, (error as Error).message)
      continue
    }
    for (const file of found) {
      files++
      let bytes: Uint8Array
      try {
        bytes = unpacked(readFileSync(file === '-' ? 0 : file))
      } catch (error) {
        unreadable(file, (error as Error).message)
        continue
      }
      const result = validator.validate(bytes, held)
      sum.add(result, options.strict === true)
      if (options.json) {
        const { version, valid, issues } = result
        console.log(JSON.stringify({ file, version, valid, issues }))
      } else console.log(validationText(file, result, style))
    }
  }
  if (!options.json && files > 1) console.error(sum.text())
  return sum.failed ? exitCodes.bad : exitCodes.done
}

/** More than any event or archive of events that a reader takes. */
const unpackedLimit = 64 * 1024 * 1024

function unpacked(bytes: Uint8Array): Uint8Array {
  return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: unpackedLimit }) : bytes
}

/** The file itself, or every .xml and .xml.gz below a directory (links to directories are not followed). */
function filesOf(name: string): string[] {
  if (name === '-' || !statSync(name).isDirectory()) return [name]
  return readdirSync(name, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && /\.xml(?:\.gz)?$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
