/** The status report for a terminal: tables whose headings say what adds up to what. */
import { audienceWords, upkeepWords } from '../serve/bridge-words.ts'
import type { StatusReport } from '../serve/status-report.ts'
import { columns, type Row, sum, table } from './table-text.ts'

const received = columns('received = decoded + duplicate + parked + dead')
const passed = columns('passed = chosen + waiting + suppressed + unmappable ; errored')
const chosen = columns('chosen + notices = deliveries + left-out')
const log = columns('log-head = sent + behind ; subscribers')
const deliveries = columns('deliveries')

/** Lines without a newline at the end. All counts are sums over visits and versions. */
export function statusText(report: StatusReport): string {
  const { ledger } = report
  const sources = report.sources.map((source): Row => {
    const rows = ledger.sources.filter((row) => row.source === source.name)
    const numbers = (['received', 'decoded', 'duplicate', 'parked', 'dead'] as const).map((key) => sum(rows, key))
    const behind = source.lag ? `, ${source.lag} behind` : ''
    const reason = source.reason === undefined ? '' : `: ${source.reason}`
    return { name: source.name, numbers, words: `${source.state}${reason}${behind}  (${source.describe})` }
  })
  const filterNames = new Set([...report.streams.map(({ name }) => name), ...ledger.filters.map(({ name }) => name)])
  const filters = [...filterNames].map((name): Row => {
    const rows = ledger.filters.filter((row) => row.name === name)
    const keys = ['passed', 'chosen', 'waiting', 'suppressed', 'unmappable', 'errored'] as const
    return { name, numbers: keys.map((key) => sum(rows, key)) }
  })
  const subscriptions = ledger.subscriptions.map(
    (row): Row => ({
      name: row.subscription,
      numbers: [row.chosen, row.notices, row.deliveries, row.leftOut],
    }),
  )
  const feeds = report.feeds.map(({ name, peers }): Row => {
    const { cursor, behind } = ledger.feeds.find((row) => row.feed === name) ?? { cursor: 0, behind: 0 }
    return { name, numbers: [cursor + behind, cursor, behind, peers.length] }
  })
  const bridges = report.bridges.map((bridge): Row => {
    const states = Object.entries(ledger.bridges.find((row) => row.bridge === bridge.name)?.states ?? {})
    const words = [
      states.map(([state, count]) => `${count} ${state}`).join(', '),
      bridge.state === 'ready' ? '' : `${bridge.state}${bridge.reason === undefined ? '' : `: ${bridge.reason}`}`,
      audienceWords(bridge.audience) ?? '',
      upkeepWords(bridge.upkeep) ?? '',
      bridge.leftToday === 0 ? 'the budget of today is used up' : '',
      bridge.lastError === undefined ? '' : `last error: ${bridge.lastError}`,
    ]
    return {
      name: bridge.name,
      numbers: [states.reduce((total, [, count]) => total + count, 0)],
      words: words.filter((text) => text !== '').join('; '),
    }
  })
  const tables = [
    table('source', received, sources),
    table('filter', passed, filters),
    table('subscription', chosen, subscriptions),
    table('feed', log, feeds),
    table('bridge', deliveries, bridges),
  ]
  const since = new Date(report.startedMs).toISOString().slice(0, 19).replace('T', ' ')
  return [
    `Fountain ${report.version} at ${report.authority}, since ${since} UTC`,
    ...tables.filter((text) => text !== ''),
    `events: ${ledger.events.logHead} on the log, ${ledger.events.stored} stored`,
  ].join('\n\n')
}
