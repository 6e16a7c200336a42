import { globSync, readFileSync } from 'node:fs'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'
import { alertRow, alertTable } from '../filter/alert-rows.ts'
import { lsstAlert } from '../map/made-alert.ts'
import { fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateText, pick } from './mutate.ts'

const filters = globSync(new URL('../../filters/*.adql', import.meta.url).pathname)
  .sort()
  .map((path) => readFileSync(path, 'utf8'))
const more = [
  "SELECT id, mag + 1 AS m FROM alert AS a WHERE a.snr > 5 AND band IN ('r', 'i') OR NOT is_moving",
  "1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 150, 2, 1))",
  'DISTANCE(POINT(ra, dec), POINT(10, -5)) < 1e-3 * 2 / n_detections',
  "CASE WHEN mag IS NULL THEN FALSE ELSE mag BETWEEN 10 AND 20 END AND object_id LIKE 'a%_' AND COALESCE(snr, 0) <> 1",
  'SELECT TOP 5 id FROM alert WHERE EXISTS (SELECT 1 FROM history) ORDER BY snr DESC',
]
const words = [
  ...[
    'SELECT',
    'FROM',
    'alert',
    'WHERE',
    'AND',
    'OR',
    'NOT',
    'BETWEEN',
    'IN',
    'LIKE',
    'IS',
    'NULL',
    'CASE',
    'WHEN',
    'END',
  ],
  ...[
    '(',
    ')',
    '*',
    ',',
    '+',
    '-',
    '/',
    '<',
    '>=',
    '<>',
    '!=',
    '=',
    '.',
    ';',
    '--',
    '/*',
    "'",
    '"',
    'mag',
    'band',
    'id',
    'a',
  ],
  ...[
    'POINT',
    'CIRCLE',
    'CONTAINS',
    'DISTANCE',
    'ABS',
    'POWER',
    'SQRT',
    'LOG',
    'MOD',
    'TRUE',
    '1e309',
    '1e-400',
    '0',
    '1',
    "'r'",
  ],
]

fuzz('adql', () => {
  const { tables } = loadMapping('lsst')
  const alert = lsstAlert()
  return {
    make(random) {
      if (random(3) === 0) {
        return Buffer.from(
          Array.from({ length: random(40) }, () => pick(random, words)).join(random(5) === 0 ? '' : ' '),
        )
      }
      let text = pick(random, [...filters, ...more])
      for (let times = random(4); times > 0; times--) {
        const at = random(text.length + 1)
        const change = random(3)
        const word = change === 0 ? pick(random, words) : pick(random, hostileTexts)
        text = change === 1 ? mutateText(text, random) : text.slice(0, at) + word + text.slice(at + random(8))
      }
      return Buffer.from(text)
    },
    run(input) {
      const text = Buffer.from(input).toString()
      const outcomes = [
        outcome(() => {
          const filter = compileFilter(text, [alertTable])
          filter.matches(alertRow)
          filter.select(alertRow)
          filter.matches({})
          filter.select({})
        }),
        outcome(() => {
          const filter = compileFilter(text, tables)
          filter.matches(alert)
          filter.select(alert)
        }),
      ]
      for (const code of outcomes) {
        if (code !== 'ok' && (!code.startsWith('FILTER_') || code === 'FILTER_FAILED')) throw new Error(code)
      }
      return outcomes[0]!
    },
    meets: [/^ok/m, /^FILTER_SYNTAX/m, /^FILTER_UNKNOWN_COLUMN/m],
  }
})
