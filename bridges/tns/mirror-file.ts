/**
 * The rows of a file of TNS's catalogue: a zip with one CSV, whose first line says what time it covers and whose second
 * names the columns. Files from outside: bounded, and refused whole where they are not what they should be.
 */
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { parse } from 'csv-parse'
import { type Entry, fromBufferPromise } from 'yauzl'
import { oneLine } from '../words.ts'
import { decDegOf, raDegOf } from './at-report.ts'
import { internalNamesOf } from './known.ts'
import type { CatalogueRow } from './mirror.ts'

export interface Coverage {
  readonly fromMs: number
  /** The last time that the line names; the first where it names one alone. */
  readonly toMs: number
}

/** Unpacked; the whole catalogue was about 100 MB in 2026. */
const mostBytes = 1_500_000_000
const mostRows = 10_000_000
const rowsAtOnce = 250
const columns = ['objid', 'name_prefix', 'name', 'ra', 'declination', 'internal_names'] as const

/**
 * Hands the rows over in batches, with a pause after each. Throws Error with the reason where the file is refused:
 * what was handed over before is then not to be used.
 */
export async function readCatalogue(
  bytes: Uint8Array,
  {
    covers,
    rows,
    signal,
  }: {
    /** Called before the first rows; throws to refuse the file. */
    covers(coverage: Coverage): void
    rows(batch: readonly CatalogueRow[]): void
    signal: AbortSignal
  },
): Promise<{ rows: number; skipped: number }> {
  const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).catch(
    (error: Error) => {
      throw new Error(`no zip file: ${error.message}`)
    },
  )
  try {
    const entry = await onlyCsv(zip)
    const csv = parse({ relax_column_count: true, relax_quotes: true, bom: true, max_record_size: 1_000_000 })
    const source = await zip.openReadStreamPromise(entry)
    // yauzl leaves it to its users, and damaged digits are digits.
    let checksum = 0
    source.on('data', (chunk: Buffer) => {
      checksum = crc32(chunk, checksum)
    })
    source.once('error', (error) => csv.destroy(error))
    source.pipe(csv)
    try {
      const done = await readRows(csv as AsyncIterable<string[]>, { covers, rows, signal })
      if (checksum !== entry.crc32) throw new Error('the file is damaged: it has another checksum than it says')
      return done
    } finally {
      source.destroy()
      csv.destroy()
    }
  } finally {
    zip.close()
  }
}

async function onlyCsv(zip: Awaited<ReturnType<typeof fromBufferPromise>>): Promise<Entry> {
  if (zip.entryCount > 10) throw new Error(`${zip.entryCount} files in the zip, where one CSV should be`)
  let found: Entry | undefined
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    if (entry.fileName.endsWith('.csv') && found === undefined) found = entry
  }
  if (found === undefined) throw new Error('no CSV in the zip')
  if (found.uncompressedSize > mostBytes) throw new Error(`${found.uncompressedSize} bytes unpacked are too many`)
  return found
}

async function readRows(
  records: AsyncIterable<string[]>,
  { covers, rows, signal }: Pick<Parameters<typeof readCatalogue>[1], 'covers' | 'rows' | 'signal'>,
): Promise<{ rows: number; skipped: number }> {
  let at: Readonly<Record<(typeof columns)[number] | 'reporting_group', number>> | undefined
  let line = 0
  let [count, skipped] = [0, 0]
  let batch: CatalogueRow[] = []
  for await (const record of records) {
    line++
    if (line === 1) covers(coverageOf(record.join(' ')))
    else if (at === undefined) at = placesOfColumns(record)
    else {
      const row = rowOf(record, at)
      if (row === undefined) skipped++
      else batch.push(row)
      if (++count > mostRows) throw new Error(`more than ${mostRows} rows`)
    }
    if (batch.length < rowsAtOnce) continue
    rows(batch)
    batch = []
    await setImmediate()
    signal.throwIfAborted()
  }
  if (at === undefined) throw new Error('no line with the names of the columns')
  // Single odd rows are TNS's business; many mean that the table is another.
  if (skipped > 100 && skipped > count / 10) throw new Error(`${skipped} of ${count} rows cannot be read`)
  rows(batch)
  return { rows: count - skipped, skipped }
}

/** `2026-03-01 05:00:00 - 05:59:59`, `2013-01-01 00:00:00 - 2026-03-01 23:59:59`, `2026-03-01 00:00:00`. */
export function coverageOf(line: string): Coverage {
  const [first, ...later] = line.match(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|\d\d:\d\d:\d\d/g) ?? []
  const fromMs = Date.parse(`${first?.replace(' ', 'T')}Z`)
  if (first === undefined || first.length < 19 || Number.isNaN(fromMs)) {
    throw new Error(`the first line is no coverage: ${oneLine(line, 80)}`)
  }
  const last = later.at(-1)
  const toMs =
    last === undefined
      ? fromMs
      : Date.parse(`${last.length < 19 ? `${first.slice(0, 10)}T${last}` : last.replace(' ', 'T')}Z`)
  return { fromMs, toMs: Number.isNaN(toMs) || toMs < fromMs ? fromMs : toMs }
}

function placesOfColumns(record: readonly string[]): Record<(typeof columns)[number] | 'reporting_group', number> {
  const names = record.map((name) => name.trim().toLowerCase())
  const missing = columns.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`the table has no column ${missing.join(', ')}`)
  const entries = [...columns, 'reporting_group'].map((name) => [name, names.indexOf(name)])
  return Object.fromEntries(entries) as Record<(typeof columns)[number] | 'reporting_group', number>
}

function rowOf(
  record: readonly string[],
  at: Readonly<Record<(typeof columns)[number] | 'reporting_group', number>>,
): CatalogueRow | undefined {
  const value = (name: keyof typeof at) => record[at[name]]?.trim() ?? ''
  const [objid, name] = [value('objid'), value('name')]
  const [raDeg, decDeg] = [raDegOf(value('ra')), decDegOf(value('declination'))]
  if (!/^\d{1,15}$/.test(objid) || !/^[\x21-\x7e]{1,40}$/.test(name)) return undefined
  if (Number.isNaN(raDeg) || Number.isNaN(decDeg)) return undefined
  return {
    objid: Number(objid),
    prefix: oneLine(value('name_prefix'), 10),
    name,
    raDeg,
    decDeg,
    internalNames: internalNamesOf(value('internal_names'))
      .slice(0, 50)
      .map((one) => one.slice(0, 100)),
    by: oneLine(value('reporting_group'), 60),
  }
}
