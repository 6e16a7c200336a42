/** A parsed filter against the tables: what it reads, asks and selects. */
import type { Table } from '../flow.ts'
import type { Query, SelectedExpression } from './ast.ts'
import { ExpressionChecker } from './check-expression.ts'
import { Scope } from './scope.ts'
import type { QuerySyntax, SelectItem } from './syntax.ts'

/** Throws FILTER_* with the place of the first fault: FROM is looked at first, then SELECT, then WHERE. */
export function checkQuery<Row>(
  text: string,
  syntax: QuerySyntax,
  tables: readonly Table<Row>[],
  bareTable: string,
): { query: Query; table: Table<Row> } {
  const scope = new Scope(text, syntax, tables, bareTable)
  const checker = new ExpressionChecker(scope)
  const whole: SelectItem = { kind: 'all', qualifier: undefined, start: 0, end: text.length }
  const items = syntax.select ?? [whole]
  const select = items.flatMap((item, index) =>
    item.kind === 'all' ? everything(item, scope) : [selected(item, index, scope, checker)],
  )
  refuseTwins(select, scope)
  const where = syntax.where && checker.condition(syntax.where)
  return { query: { table: scope.table.name, select, where, reads: scope.reads, cost: scope.cost }, table: scope.table }
}

function everything<Row>(item: SelectItem & { kind: 'all' }, scope: Scope<Row>): SelectedExpression[] {
  scope.qualify(item.qualifier)
  return scope.table.columns.map((column) => {
    scope.reads.add(column.name)
    scope.cost += 1
    return { name: column.name, value: { kind: 'column', type: column.type, column }, start: item.start, end: item.end }
  })
}

function selected<Row>(
  item: SelectItem & { kind: 'item' },
  index: number,
  scope: Scope<Row>,
  checker: ExpressionChecker<Row>,
): SelectedExpression {
  const value = checker.value(item.value)
  if (value.type === 'null') {
    throw scope.fault('FILTER_TYPE', item.value, 'a column that is always NULL has no type')
  }
  if (item.name !== undefined && !/^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u.test(item.name.text)) {
    throw scope.fault('FILTER_VALUE', item.name, 'the name of a column is 1 to 64 visible characters')
  }
  const given = item.name?.text ?? (value.kind === 'column' ? value.column.name : undefined)
  const name = given ?? (item.value.kind === 'call' ? item.value.name.text.toLowerCase() : `column_${index + 1}`)
  return { name, value, start: item.value.start, end: item.value.end }
}

/** Names of columns become names of Params, which are unique. */
function refuseTwins<Row>(select: readonly SelectedExpression[], scope: Scope<Row>): void {
  const names = new Set<string>()
  for (const column of select) {
    const name = column.name.toLowerCase()
    if (names.has(name)) {
      const message = `a second column is called '${column.name}': name one of them with AS`
      throw scope.fault('FILTER_DUPLICATE_NAME', column, message)
    }
    names.add(name)
  }
}
