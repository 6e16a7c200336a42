import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { alertTable } from './alert-rows.ts'

function fault(text: string): FountainError {
  try {
    compileFilter(text, [alertTable])
  } catch (error) {
    if (error instanceof FountainError) return error
    throw error
  }
  throw new Error(`accepted: ${text}`)
}

describe('a fault shows its place and what was meant', () => {
  it('counts lines and columns, and draws carets', () => {
    expect(fault('SELECT id\nFROM alert\nWHERE mag < 18\n  AND reliabilty > 0.5').detail).toBe(
      [
        "line 4, column 7: table 'alert' has no column 'reliabilty': did you mean 'reliability'?",
        '    AND reliabilty > 0.5',
        '        ^^^^^^^^^^',
      ].join('\n'),
    )
    expect(fault("band = '😀é' AND\tmagg < 3").detail).toBe(
      [
        "line 1, column 17: table 'alert' has no column 'magg': did you mean 'mag'?",
        "  band = '😀é' AND magg < 3",
        '                  ^^^^',
      ].join('\n'),
    )
    expect(fault('mag < 18 AND').detail).toContain('line 1, column 13: expected a value, found the end of the filter')
    expect(fault('mag <\r\n  18 AND\r\n').detail).toContain('line 2, column 9: ')
  })

  it('shows a window of a long line', () => {
    const [, line, carets] = fault(`${'mag < 3 AND '.repeat(50)}magg < 3${' AND mag < 3'.repeat(50)}`).detail.split(
      '\n',
    )
    expect(line!.length).toBeLessThanOrEqual(102)
    expect(line!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('magg')
  })

  it.each(['mag < \u001b[31m\u0007 18', "band = 'a\u001b[31m' = 3", '"a\u001b\u2028" = 3', '"\ud800" = 3'])(
    'prints no control characters: %j',
    (text) => {
      const { detail } = fault(text)
      expect(detail.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    },
  )

  it('cuts what is long', () => {
    for (const text of [`${'x'.repeat(60_000)} = 1`, `"${'x'.repeat(60_000)}" = 1`, `${'x'.repeat(60_000)}() = 1`]) {
      expect(fault(text).detail.length).toBeLessThan(1_000)
    }
  })
})

const cases: readonly (readonly [code: string, text: string, says: string | RegExp])[] = [
  ['FILTER_SYNTAX', '', 'the filter is empty'],
  ['FILTER_SYNTAX', '-- nothing', 'the filter is empty'],
  ['FILTER_SYNTAX', 'SELECT id WHERE mag < 3', 'expected FROM, found WHERE'],
  ['FILTER_SYNTAX', 'SELECT id FORM alert', "did you mean FROM for 'FORM'?"],
  ['FILTER_SYNTAX', 'SELCT id FROM alert', "did you mean SELECT for 'SELCT'?"],
  ['FILTER_SYNTAX', 'SELECT id FROM alert WHERE', 'expected a value, found the end'],
  ['FILTER_SYNTAX', 'SELECT FROM alert', 'expected a column, found FROM'],
  ['FILTER_SYNTAX', 'mag < 18)', "the filter should end before ')'"],
  ['FILTER_SYNTAX', '(mag < 18', "expected ')', found the end"],
  ['FILTER_SYNTAX', 'mag < 18; mag < 19', "should end before 'mag'"],
  ['FILTER_SYNTAX', '17 < mag < 18', 'comparisons do not chain'],
  ['FILTER_SYNTAX', 'mag == 18', "write '='"],
  ['FILTER_SYNTAX', 'mag < 3 && snr > 5', 'write AND'],
  ['FILTER_SYNTAX', 'mag < 3 || snr > 5', 'OR is written OR'],
  ['FILTER_SYNTAX', '!is_moving', 'write NOT'],
  ['FILTER_SYNTAX', 'mag ≤ 18', 'write <='],
  ['FILTER_SYNTAX', 'band = ‘r’', 'two plain'],
  ['FILTER_SYNTAX', 'dec < −5', "write '-'"],
  ['FILTER_SYNTAX', 'n_detections % 2 = 0', 'write MOD(a, b)'],
  ['FILTER_SYNTAX', "band = 'r", "has no closing '"],
  ['FILTER_SYNTAX', '"band = 3', 'has no closing "'],
  ['FILTER_SYNTAX', 'mag < 3 /* bright', 'has no closing */'],
  ['FILTER_SYNTAX', 'mag < 3 # bright', '"#" has no meaning here'],
  ['FILTER_SYNTAX', 'mag NOT < 3', 'expected BETWEEN, IN or LIKE'],
  ['FILTER_SYNTAX', 'band IN ()', 'expected a value'],
  ['FILTER_SYNTAX', 'CASE ELSE 3 END = 3', /expected (a value|WHEN), found ELSE/],
  ['FILTER_UNKNOWN_TABLE', 'SELECT id FROM alerts', "did you mean 'alert'?"],
  ['FILTER_UNKNOWN_TABLE', 'SELECT id FROM gaia', "no table 'gaia': there is alert"],
  ['FILTER_UNKNOWN_TABLE', 'b.mag < 3', "no table 'b' here, only 'alert'"],
  ['FILTER_UNKNOWN_TABLE', 'SELECT a.id FROM alert AS a WHERE alert.mag < 3', "is called 'a' here"],
  ['FILTER_UNKNOWN_COLUMN', 'redshift < 1', /it has id, object_id, .*visit/],
  ['FILTER_UNKNOWN_COLUMN', 'band = "r"', "between single quotes: 'r'"],
  ['FILTER_UNKNOWN_COLUMN', '"MAG" < 3', "did you mean 'mag'?"],
  ['FILTER_UNKNOWN_COLUMN', 'SELECT mag - 1 AS m FROM alert WHERE m < 3', 'WHERE cannot use names that SELECT gives'],
  ['FILTER_UNKNOWN_COLUMN', '__proto__ = 1', "no column '__proto__'"],
  ['FILTER_UNKNOWN_COLUMN', 'constructor = 1', "no column 'constructor'"],
  ['FILTER_UNKNOWN_FUNCTION', 'SQR(mag) < 3', 'did you mean SQRT?'],
  ['FILTER_UNKNOWN_FUNCTION', 'crossmatch(ra) = 1', /there is ABS, .*UPPER/],
  ['FILTER_UNKNOWN_FUNCTION', 'toString() = 1', "no function 'toString'"],
  ['FILTER_TYPE', 'mag', 'a condition is needed here, but this is a number'],
  ['FILTER_TYPE', "NOT 'r'", 'a condition is needed here, but this is text'],
  ['FILTER_TYPE', 'mag < 3 AND snr', 'a condition is needed here'],
  ['FILTER_TYPE', "mag < '18'", 'write the number without quotes'],
  ['FILTER_TYPE', 'band = 5', 'text stands between single quotes'],
  ['FILTER_TYPE', 'band = mag', 'a number cannot be compared with text'],
  ['FILTER_TYPE', "mag IN (1, 'r')", 'text cannot be compared with a number'],
  ['FILTER_TYPE', "mag BETWEEN 1 AND 'r'", 'text cannot be compared with a number'],
  ['FILTER_TYPE', 'is_moving = 2', 'write 0, 1, TRUE or FALSE'],
  ['FILTER_TYPE', 'is_moving < TRUE', 'a boolean has no order'],
  ['FILTER_TYPE', 'id > 5', 'by =, <> or IN only'],
  ['FILTER_TYPE', 'mag = NULL', 'write IS NULL'],
  ['FILTER_TYPE', 'mag NOT IN (1, NULL)', 'write IS NULL'],
  ['FILTER_TYPE', "band + 'x' = 'rx'", 'a number is needed here, but this is text'],
  ['FILTER_TYPE', '-is_moving = 1', 'a number is needed here, but this is a boolean'],
  ['FILTER_TYPE', 'mag LIKE 3', 'LIKE needs text on its left'],
  ['FILTER_TYPE', 'band LIKE band', 'the pattern of LIKE must be a text'],
  ['FILTER_TYPE', 'ABS() < 3', 'ABS takes 1 argument, not 0'],
  ['FILTER_TYPE', 'abs(mag, 2) < 3', 'ABS takes 1 argument, not 2'],
  ['FILTER_TYPE', 'ROUND(1, 2, 3) < 3', 'ROUND takes 1 or 2 arguments, not 3'],
  ['FILTER_TYPE', 'COALESCE(mag) < 3', 'COALESCE takes 2 or more arguments, not 1'],
  ['FILTER_TYPE', 'ABS(band) < 3', 'ABS takes numbers, but this is text'],
  ['FILTER_TYPE', "UPPER(mag) = 'A'", 'UPPER takes text, but this is a number'],
  ['FILTER_TYPE', "COALESCE(mag, 'x') = 3", 'all results must be of one type'],
  ['FILTER_TYPE', "CASE WHEN is_moving THEN 1 ELSE 'x' END = 1", 'all results must be of one type'],
  ['FILTER_TYPE', "CASE mag WHEN 'r' THEN 1 END = 1", 'text cannot be compared with a number'],
  ['FILTER_TYPE', 'SELECT NULL AS x FROM alert', 'always NULL'],
  ['FILTER_TYPE', 'POINT(ra, dec) = 1', 'POINT stands only within CONTAINS or DISTANCE'],
  ['FILTER_TYPE', '1 = CONTAINS(ra, dec)', 'CONTAINS takes a POINT and a CIRCLE'],
  ['FILTER_TYPE', '1 = CONTAINS(POINT(ra), CIRCLE(1, 2, 3))', 'POINT takes two numbers'],
  ['FILTER_TYPE', '1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 2))', 'CIRCLE takes three numbers'],
  ['FILTER_TYPE', '1 = CONTAINS(POINT(ra, band), CIRCLE(1, 2, 3))', 'a number is needed here, but this is text'],
  ['FILTER_TYPE', 'DISTANCE(ra, dec, 3) < 1', 'DISTANCE takes two POINTs, or four numbers'],
  ['FILTER_VALUE', '1 = CONTAINS(POINT(ra, dec), CIRCLE(2, 150, 1))', 'a declination is -90 to 90 degrees'],
  ['FILTER_VALUE', '1 = CONTAINS(POINT(ra, dec), CIRCLE(150, 2, -1))', 'a radius is 0 to 180 degrees'],
  ['FILTER_VALUE', 'mag < 1e999', 'larger than a double can hold'],
  ['FILTER_VALUE', 'SELECT mag AS "" FROM alert', 'visible characters'],
  ['FILTER_VALUE', 'SELECT mag AS "a\u0000" FROM alert', 'visible characters'],
  ['FILTER_DUPLICATE_NAME', 'SELECT mag, snr AS MAG FROM alert', "a second column is called 'MAG'"],
  ['FILTER_DUPLICATE_NAME', 'SELECT *, mag FROM alert', "a second column is called 'mag'"],
  ['FILTER_NOT_SUPPORTED', 'SELECT TOP 5 id FROM alert', 'TOP'],
  ['FILTER_NOT_SUPPORTED', 'SELECT DISTINCT id FROM alert', 'DISTINCT'],
  ['FILTER_NOT_SUPPORTED', 'SELECT id FROM alert ORDER BY mag', 'ORDER BY'],
  ['FILTER_NOT_SUPPORTED', 'SELECT band FROM alert GROUP BY band', 'GROUP BY'],
  ['FILTER_NOT_SUPPORTED', 'SELECT band FROM alert HAVING mag < 3', 'HAVING'],
  ['FILTER_NOT_SUPPORTED', 'SELECT id FROM alert UNION SELECT id FROM alert', 'UNION'],
  ['FILTER_NOT_SUPPORTED', 'SELECT id FROM alert JOIN history ON 1 = 1', 'JOIN'],
  ['FILTER_NOT_SUPPORTED', 'SELECT id FROM alert AS a, history AS h', 'JOIN'],
  ['FILTER_NOT_SUPPORTED', 'EXISTS (SELECT 1 FROM history)', 'EXISTS'],
  ['FILTER_NOT_SUPPORTED', 'mag < (SELECT 1 FROM history)', 'a subquery'],
  ['FILTER_NOT_SUPPORTED', 'SELECT COUNT(*) FROM alert', 'the aggregate COUNT'],
  ['FILTER_NOT_SUPPORTED', 'MAX(mag) < 3', 'the aggregate MAX'],
  ['FILTER_NOT_SUPPORTED', '1 = CONTAINS(POINT(ra, dec), POLYGON(1, 2, 3, 4, 5, 6))', 'POLYGON'],
  ['FILTER_NOT_SUPPORTED', '1 = CONTAINS(POINT(ra, dec), BOX(1, 2, 3, 4))', 'BOX'],
  ['FILTER_NOT_SUPPORTED', '1 = INTERSECTS(CIRCLE(1, 2, 3), CIRCLE(1, 2, 3))', 'INTERSECTS'],
  [
    'FILTER_NOT_SUPPORTED',
    "1 = CONTAINS(POINT('GALACTIC', glon, glat), CIRCLE(1, 2, 3))",
    "'GALACTIC' is not supported",
  ],
  ['FILTER_NOT_SUPPORTED', 'RAND() < 0.1', 'the same answer every time'],
  ['FILTER_NOT_SUPPORTED', "band LIKE 'a!%' ESCAPE '!'", 'ESCAPE'],
  ['FILTER_TOO_LARGE', `mag < 3 -- ${'x'.repeat(65_536)}`, 'at most 65536 are allowed'],
  ['FILTER_TOO_LARGE', `${'('.repeat(65)}mag < 3${')'.repeat(65)}`, 'nested deeper than 64 levels'],
  ['FILTER_TOO_LARGE', `${'ABS('.repeat(65)}mag${')'.repeat(65)} < 3`, 'nested deeper than 64 levels'],
  ['FILTER_TOO_LARGE', `mag < 1${' + 1'.repeat(1_000)}`, 'more than 2000 values and operations'],
  ['FILTER_TOO_LARGE', `mag IN (1${', 1'.repeat(1_000)})`, 'more than 1000 values after IN'],
  ['FILTER_TOO_LARGE', `band LIKE '${'a'.repeat(257)}'`, 'longer than 256 characters'],
]

describe('every fault has its code', () => {
  it.each(cases.map((one) => [`${one[0]}: ${one[1].slice(0, 60)}`, ...one] as const))('%s', (_, code, text, says) => {
    const error = fault(text)
    expect(error.code).toBe(code)
    expect(error.detail).toMatch(says instanceof RegExp ? says : new RegExp(escaped(says)))
    expect(error.detail).toMatch(/^line \d+, column \d+: /)
  })
})

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

describe('what is just allowed', () => {
  it.each([
    ['64 levels of brackets', `${'('.repeat(64)}mag < 3${')'.repeat(64)}`],
    ['1,000 values after IN', `mag IN (1${', 1'.repeat(999)})`],
    ['a pattern of 256 characters', `band LIKE '${'a'.repeat(256)}'`],
    ['a thousand conditions', `mag < 3${' AND mag < 3'.repeat(480)}`],
  ])('%s', (_, text) => expect(compileFilter(text, [alertTable]).table).toBe('alert'))
})
