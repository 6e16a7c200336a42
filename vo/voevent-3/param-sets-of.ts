import type { Param, ParamDefinition, VOEvent } from '../model/voevent.ts'
import { type ParamSet, paramSetOf } from './param-set.ts'
import { type WireField, wireFields } from './wire-field.ts'

type Part = Readonly<Record<string, unknown>>
type Visit = (part: Part, found: Map<string, ParamSet>) => void

/**
 * The ParamSets that an event uses, each once, in the order of their use: what must be published beside events that
 * name their sets by id.
 */
export function paramSetsOf(event: VOEvent): readonly ParamSet[] {
  const found = new Map<string, ParamSet>()
  visitEvent?.(event as unknown as Part, found)
  return [...found.values()]
}

/** Undefined for a class that has no Params anywhere in it. */
function classVisit(name: string): Visit | undefined {
  const visits = wireFields(name).flatMap((field) => fieldVisit(field) ?? [])
  if (visits.length === 0) return undefined
  return (part, found) => {
    for (const visit of visits) visit(part, found)
  }
}

function fieldVisit(field: WireField): Visit | undefined {
  const { form, name } = field
  if (form === 'paramSetId') return (part, found) => add((part[name] ?? []) as ParamDefinition[], found)
  if (form === 'paramList') {
    return (part, found) => {
      const params = (part[name] ?? []) as readonly Param[]
      add(
        params.map(({ definition }) => definition),
        found,
      )
    }
  }
  const visit = form === 'class' ? classVisit(field.base) : undefined
  if (visit === undefined) return undefined
  return (part, found) => {
    const value = part[name] as Part | readonly Part[] | undefined
    for (const each of value === undefined ? [] : [value].flat()) visit(each as Part, found)
  }
}

function add(definitions: readonly ParamDefinition[], found: Map<string, ParamSet>): void {
  if (definitions.length === 0) return
  const set = paramSetOf(definitions)
  if (!found.has(set.id)) found.set(set.id, set)
}

const visitEvent = classVisit('VOEvent')
