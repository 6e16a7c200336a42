/** What a lowering notes while it works: the losses, and what has to find a place in What. */
import type { Loss } from '../loss.ts'
import type { Group, Param, Reference, Table, What, WhereWhenNotes } from '../model/voevent.ts'

export class Account {
  readonly losses: Loss[] = []
  readonly #params: Param[] = []
  readonly #groups: Group[] = []
  readonly #tables: Table[] = []
  readonly #links: Reference[] = []
  readonly #names: Readonly<Record<'param' | 'group' | 'table', Set<string>>>
  /** Where the search for a free number goes on, by the kind and the name that was wanted. */
  readonly #numbers = new Map<string, number>()
  /** `what`: the event's own, whose names are taken. */
  constructor(what: What | undefined) {
    this.#names = {
      param: new Set(what?.params.map(({ definition }) => definition.name)),
      group: new Set(what?.groups.map(({ name }) => name ?? '')),
      table: new Set(what?.tables.map(({ name }) => name ?? '')),
    }
  }

  note(kind: Loss['kind'], path: string, says: string): void {
    this.losses.push({ path, kind, says })
  }

  /** Adds a Param to What; gives its name, which may have got a number for being taken. */
  addParam({ definition, value }: Param): string {
    const name = this.#unique('param', definition.name)
    this.#params.push({ definition: { ...definition, name }, value })
    return name
  }

  addGroup(group: Group & { readonly name: string }): string {
    const name = this.#unique('group', group.name)
    this.#groups.push({ ...group, name })
    return name
  }

  addTable(table: Table & { readonly name: string }): string {
    const name = this.#unique('table', table.name)
    this.#tables.push({ ...table, name })
    return name
  }

  /** Adds a link to those of WhereWhen as a whole. */
  addWhereWhenLink(link: Reference): void {
    this.#links.push(link)
  }

  /** What with all that was added, after what stands there: paths stay what they are. */
  what(given: What | undefined): What | undefined {
    if (this.#params.length + this.#groups.length + this.#tables.length === 0) return given
    const base = given ?? { params: [], groups: [], tables: [], descriptions: [], references: [] }
    return {
      ...base,
      params: [...base.params, ...this.#params],
      groups: [...base.groups, ...this.#groups],
      tables: [...base.tables, ...this.#tables],
    }
  }

  whereWhenNotes(given: WhereWhenNotes | undefined): WhereWhenNotes | undefined {
    if (this.#links.length === 0) return given
    const base = given ?? { descriptions: [], references: [] }
    return { ...base, references: [...base.references, ...this.#links] }
  }

  #unique(kind: 'param' | 'group' | 'table', wanted: string): string {
    const names = this.#names[kind]
    const counted = `${kind} ${wanted}`
    let number = this.#numbers.get(counted) ?? 1
    let name = number === 1 ? wanted : `${wanted}${number}`
    while (names.has(name)) name = `${wanted}${++number}`
    names.add(name)
    this.#numbers.set(counted, number + 1)
    return name
  }
}

/** A copy without some properties; the same object where it has none of them. */
export function without<T extends object, K extends keyof T>(part: T, ...names: K[]): Omit<T, K> {
  if (!names.some((name) => part[name] !== undefined)) return part
  const copy = { ...part }
  for (const name of names) delete copy[name]
  return copy
}
