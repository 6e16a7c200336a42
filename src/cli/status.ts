import { resolve } from 'node:path'
import type { Command } from 'commander'
import { exitCodes } from '../errors.ts'
import { callControl } from '../record/control.ts'
import { ledgerFaults } from '../record/ledger.ts'
import type { StatusReport } from '../serve/status-report.ts'
import { dataDirectory } from './data-directory.ts'
import { ledgerText } from './ledger-text.ts'
import { statusText } from './status-text.ts'
import { action } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly json?: boolean
  readonly ledger?: boolean
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('What the running gateway does: sources, events, feeds, deliveries, and the ledger.')
    .option('-c, --config <file>', 'its configuration', 'fountain.yaml')
    .option('--data <directory>', 'its data directory, instead of the configuration')
    .option('--ledger', 'only the ledger: each equation, and whether it adds up (exit code 1 when not)')
    .option('--json', 'all of it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  fountain status -c fountain.yaml\n  fountain status --ledger\n  fountain status --data ./data --json | jq .ledger',
    )
    .action(action(status))
}

async function status(options: Options): Promise<number> {
  const report = (await callControl(resolve(dataDirectory(options)), 'status', {})) as StatusReport
  const { ledger } = report
  const faults = ledgerFaults(ledger)
  if (!options.ledger) console.log(options.json ? JSON.stringify(report, null, 1) : statusText(report))
  else console.log(options.json ? JSON.stringify({ ledger, faults }, null, 1) : ledgerText(ledger, faults))
  return options.ledger && faults.length > 0 ? exitCodes.bad : exitCodes.done
}
