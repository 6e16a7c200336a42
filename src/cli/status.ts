import { resolve } from 'node:path'
import type { Command } from 'commander'
import { callControl } from '../record/control.ts'
import type { StatusReport } from '../serve/status-report.ts'
import { dataDirectory } from './data-directory.ts'
import { statusText } from './status-text.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('What the running gateway does: sources, events, feeds, deliveries, and the ledger.')
    .option('-c, --config <file>', 'its configuration', 'fountain.yaml')
    .option('--data <directory>', 'its data directory, instead of the configuration')
    .option('--json', 'all of it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  fountain status -c fountain.yaml\n  fountain status --data ./data --json | jq .ledger',
    )
    .action(action(status))
}

async function status(options: Options): Promise<undefined> {
  const report = (await callControl(resolve(dataDirectory(options)), 'status', {})) as StatusReport
  if (options.json) console.log(JSON.stringify(report, null, 1))
  else console.log(statusText(report))
}
