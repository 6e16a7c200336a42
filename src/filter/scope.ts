/** What names mean within one filter, and where its faults are told. */

import { nearest } from '../../vo/words/nearest.ts'
import type { ErrorCode, FountainError } from '../errors.ts'
import type { Column, Table } from '../flow.ts'
import { filterError, printable, type Span } from './place.ts'
import type { Name, QuerySyntax } from './syntax.ts'

const longestShown = 60
const show = (name: Name): string => `'${printable(name.text, longestShown)}'`

/** ": did you mean 'x'?" when a name is near, else nothing. */
function guess(word: string, candidates: readonly string[]): string {
  const near = word.length > longestShown ? undefined : nearest(word, candidates)
  return near === undefined ? '' : `: did you mean '${near}'?`
}

/** A plain name matches whatever its case, a quoted one exactly. */
function named<T extends { readonly name: string }>(name: Name, all: readonly T[]): T | undefined {
  const exact = all.find((one) => one.name === name.text)
  if (exact !== undefined || name.quoted) return exact
  const lower = name.text.toLowerCase()
  return all.find((one) => one.name.toLowerCase() === lower)
}

export class Scope<Row> {
  readonly text: string
  readonly table: Table<Row>
  readonly alias: Name | undefined
  readonly reads = new Set<string>()
  readonly #selected: ReadonlySet<string>
  cost = 0

  constructor(text: string, query: QuerySyntax, tables: readonly Table<Row>[], bareTable: string) {
    this.text = text
    const asked = query.table ?? { text: bareTable, quoted: false, start: 0, end: text.length }
    const table = named(asked, tables)
    if (table === undefined) {
      const names = tables.map(({ name }) => name)
      const hint = guess(asked.text, names) || `: there is ${names.join(', ')}`
      throw this.fault('FILTER_UNKNOWN_TABLE', asked, `no table ${show(asked)}${hint}`)
    }
    this.table = table
    this.alias = query.alias
    const aliases = query.select?.flatMap((item) => (item.kind === 'item' && item.name ? [item.name.text] : []))
    this.#selected = new Set(aliases?.map((alias) => alias.toLowerCase()))
  }

  fault(code: ErrorCode, span: Span, message: string): FountainError {
    return filterError(code, this.text, span, message)
  }

  /** Throws unless the qualifier is this table's alias, or its name when it has no alias. */
  qualify(qualifier: Name | undefined): void {
    if (qualifier === undefined) return
    const own = this.alias ?? { ...qualifier, text: this.table.name }
    if (named(qualifier, [{ name: own.text }]) !== undefined) return
    const known =
      this.alias === undefined
        ? ` here, only '${own.text}'`
        : ` (table '${this.table.name}' is called '${own.text}' here)`
    throw this.fault('FILTER_UNKNOWN_TABLE', qualifier, `no table ${show(qualifier)}${known}`)
  }

  column(qualifier: Name | undefined, name: Name): Column {
    this.qualify(qualifier)
    const column = named(name, this.table.columns)
    if (column === undefined) throw this.fault('FILTER_UNKNOWN_COLUMN', name, this.#unknownColumn(name))
    return column
  }

  #unknownColumn(name: Name): string {
    const says = `table '${this.table.name}' has no column ${show(name)}`
    if (name.quoted && this.table.columns.every((column) => column.name.toLowerCase() !== name.text.toLowerCase())) {
      return `${says}; text stands between single quotes: ${show(name)}`
    }
    if (this.#selected.has(name.text.toLowerCase())) return `${says}; WHERE cannot use names that SELECT gives`
    const columns = this.table.columns.map((column) => column.name)
    return says + (guess(name.text, columns) || `: it has ${columns.join(', ')}`)
  }
}
