/** From the text of a filter to what is asked of every row. */
import { createHash } from 'node:crypto'
import { FountainError } from '../errors.ts'
import type { Column, Scalar, Table } from '../flow.ts'
import { checkQuery } from './check-query.ts'
import { evaluator } from './evaluate.ts'
import { describeSelected } from './meaning.ts'
import { parseFilter } from './parse.ts'

export interface CompiledFilter<Row = unknown> {
  /** As given. */
  readonly text: string
  /** 12 hex digits of a SHA-256 over the text without comments, white space and the case of keywords and plain names. */
  readonly version: string
  /** The table that is asked. */
  readonly table: string
  /** What SELECT gives, in order; names are unique. */
  readonly columns: readonly Column[]
  /** The table's columns that SELECT or WHERE reads. */
  readonly reads: ReadonlySet<string>
  /** What a row costs at most, in about the time of one comparison; operations never repeat within a row. */
  readonly cost: number
  /** Does the row pass? NULL ("unknown") does not. Throws FILTER_FAILED when the row cannot be read. */
  matches(row: Row): boolean
  /** The values of `columns`. Throws FILTER_FAILED when the row cannot be read. */
  select(row: Row): readonly Scalar[]
}

export interface FilterOptions {
  /** The table that a bare condition asks; `alert` by default. */
  readonly bareTable?: string
}

/**
 * Compiles a filter against the tables that it may ask. Throws FILTER_SYNTAX, FILTER_UNKNOWN_TABLE,
 * FILTER_UNKNOWN_COLUMN, FILTER_UNKNOWN_FUNCTION, FILTER_TYPE, FILTER_VALUE, FILTER_DUPLICATE_NAME,
 * FILTER_NOT_SUPPORTED or FILTER_TOO_LARGE; the detail has line and column, and shows the place.
 */
export function compileFilter<Row = unknown>(
  text: string,
  tables: readonly Table<Row>[],
  options: FilterOptions = {},
): CompiledFilter<Row> {
  const { syntax, normal } = parseFilter(text)
  const { query, table } = checkQuery(text, syntax, tables, options.bareTable ?? 'alert')
  const compile = (expression: Parameters<typeof evaluator>[0]) =>
    evaluator<Row>(expression, (column) => table.reader(column))
  const where = query.where && compile(query.where)
  const select = query.select.map(({ value }) => compile(value))
  return {
    text,
    version: createHash('sha256').update(normal).digest('hex').slice(0, 12),
    table: query.table,
    columns: query.select.map((selected) => describeSelected(selected, text)),
    reads: query.reads,
    cost: query.cost,
    matches: (row) => {
      try {
        return where === undefined || where(row) === true
      } catch (cause) {
        throw failed(cause)
      }
    },
    select: (row) => {
      try {
        return select.map((value) => value(row))
      } catch (cause) {
        throw failed(cause)
      }
    },
  }
}

/** Expressions cannot fail; a reader of a broken row can. */
function failed(cause: unknown): FountainError {
  return new FountainError('FILTER_FAILED', cause instanceof Error ? cause.message : String(cause), { cause })
}
