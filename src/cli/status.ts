import { resolve } from 'node:path'
import type { Command } from 'commander'
import { callControl } from '../record/control.ts'
import type { StatusReport } from '../serve/status-report.ts'
import { dataDirectory } from './data-directory.ts'
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
  else print(report)
}

function print(report: StatusReport): void {
  console.log(`Fountain ${report.version} at ${report.authority}, since ${new Date(report.startedMs).toISOString()}`)
  const { ledger } = report
  for (const source of report.sources) {
    const counted = ledger.sources.filter((row) => row.source === source.name)
    const total = (key: 'received' | 'decoded' | 'duplicate' | 'parked' | 'dead'): number =>
      counted.reduce((sum, row) => sum + row[key], 0)
    console.log(`source ${source.name} (${source.describe}): ${source.state}`)
    console.log(
      `  received ${total('received')} = decoded ${total('decoded')} + duplicate ${total('duplicate')} + parked ${total('parked')} + dead ${total('dead')}`,
    )
  }
  const filters = new Map<
    string,
    { passed: number; chosen: number; suppressed: number; unmappable: number; errored: number }
  >()
  for (const row of ledger.filters) {
    const sum = filters.get(row.name) ?? { passed: 0, chosen: 0, suppressed: 0, unmappable: 0, errored: 0 }
    for (const key of ['passed', 'chosen', 'suppressed', 'unmappable', 'errored'] as const) sum[key] += row[key]
    filters.set(row.name, sum)
  }
  for (const [name, { passed, chosen, suppressed, unmappable, errored }] of filters) {
    console.log(
      `filter ${name}: passed ${passed} = chosen ${chosen} + suppressed ${suppressed} + unmappable ${unmappable}; errored ${errored}`,
    )
  }
  console.log(`events: ${ledger.events.logHead} on the log, ${ledger.events.stored} stored`)
  for (const feed of ledger.feeds) console.log(`feed ${feed.feed}: at ${feed.cursor}, ${feed.behind} behind`)
  for (const bridge of ledger.bridges) {
    const states = Object.entries(bridge.states).map(([state, count]) => `${count} ${state}`)
    console.log(`bridge ${bridge.bridge}: ${states.join(', ') || 'nothing yet'}`)
  }
}
