/**
 * ParamSets that readers of text have seen and found to be what their ids say. The events of a stream bring the same
 * few again and again: comparing is ten times faster than hashing, and events then share their definitions.
 */
import { canonicalParams, checkParamSet, frozenSet, type ParamSet } from './param-set.ts'

const known = new Map<string, ParamSet>()
const mostKnown = 32
const largestKnown = 1 << 15

/** The set, or an equal one that was there before. Throws VOEventError unless its id is its hash. */
export function verifiedSet(set: ParamSet): ParamSet {
  const before = known.get(set.id)
  if (before !== undefined && sameContent(before.params, set.params)) return before
  checkParamSet(set)
  if (before === undefined && canonicalParams(set.params).length <= largestKnown) {
    if (known.size >= mostKnown) known.delete(known.keys().next().value!)
    known.set(set.id, frozenSet(set))
  }
  return set
}

/** Of plain data: strings, lists and objects. */
function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!sameContent((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false
  }
  return true
}
