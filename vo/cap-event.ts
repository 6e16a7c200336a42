/**
 * Keeps an event as small as its readers take it. Comet and pygcn drop packets above 99,999 bytes : bulk leaves the
 * packet, and what identifies the event never does.
 *
 * The order in which parts leave: embedded content, Tables and light curves from the largest, long texts (cut), long
 * values, the last Params of the largest Groups, the last Params of What, what is left of the Groups, then links,
 * hypotheses, further locations and notes. As many as needed and no more: the event that is given back is written and
 * measured.
 */
import { bulkOf, type Piece } from './bulk.ts'
import { fitsVersion } from './fits-version.ts'
import type { Loss } from './loss.ts'
import type { Attachment, Reference, VOEvent, What } from './model/voevent.ts'
import { sizeBound } from './size-bound.ts'
import { VOEventError } from './voevent-error.ts'
import { writeVOEvent20 } from './xml/voevent-2.0.ts'

export interface CapOptions {
  /** Most bytes of the written document: 99,999 for the peers of VTP. */
  readonly largestBytes: number
  /**
   * Where a part that leaves can be had, by its path in the model: `what.tables[2]` for a named thing, `what.params`
   * for a list that lost some. Called at most once a path. Without it the parts are left out.
   */
  readonly bulkUri?: (what: string) => string
  /** Media type of what these links give; an attachment has its own. */
  readonly bulkMediaType?: string
  /** How the event will be written; `writeVOEvent20` where absent. */
  readonly write?: (event: VOEvent) => Uint8Array
}

export interface Capped {
  readonly event: VOEvent
  /** One entry for each part that is missing or shortened, by its path in the event that was given. */
  readonly losses: readonly Loss[]
}

/** More links than this would be bulk of their own. */
const mostLinks = 16

/**
 * The event, so small that it is written with at most `largestBytes`; the same object where it is small already.
 * Deterministic. Its ivoid, role, who, citations and the time and position of its first location stay as they are: where
 * these alone are too large it throws WRITE_TOO_LARGE. What left is told by a Description of What, and linked by its
 * References where `bulkUri` says so.
 */
export function capEvent(event: VOEvent, options: CapOptions): Capped {
  const { largestBytes, write = writeVOEvent20 } = options
  // What 2.0 cannot say is written as something else, whose size the bound does not know.
  const isBounded = options.write === undefined && fitsVersion(event, '2.0')
  if (isBounded && sizeBound(event) <= largestBytes) return { event, losses: [] }
  if (write(event).length <= largestBytes) return { event, losses: [] }
  const pieces = bulkOf(event)
  const linkOf = linker(options)
  const fits = (left: readonly Piece[]) => write(without(event, left, options, linkOf)).length <= largestBytes
  if (!fits(pieces)) {
    throw new VOEventError('WRITE_TOO_LARGE', `${event.ivoid} does not fit into ${largestBytes} bytes.`)
  }
  // Between a number of pieces that is too few and one that is enough.
  let few = 0
  let enough = pieces.length
  while (enough - few > 1) {
    const middle = (few + enough) >> 1
    if (fits(pieces.slice(0, middle))) enough = middle
    else few = middle
  }
  const needed = pieces.slice(0, enough)
  // VOEvent 2.0 and 2.1 write no embedded content: there it is not what is too large.
  const notEmbedded = needed.filter(({ kind }) => kind !== 'content')
  const left = notEmbedded.length < needed.length && fits(notEmbedded) ? notEmbedded : needed
  return { event: without(event, left, options, linkOf), losses: left.map((piece) => lossOf(piece, linkOf(piece))) }
}

/** The link of a piece, or undefined: for the first paths that ask, each once. */
function linker({ bulkUri }: CapOptions): (piece: Piece) => string | undefined {
  const known = new Map<string, string>()
  return ({ linkedAs }) => {
    if (bulkUri === undefined) return undefined
    const found = known.get(linkedAs)
    if (found !== undefined || known.size >= mostLinks) return found
    const uri = bulkUri(linkedAs)
    known.set(linkedAs, uri)
    return uri
  }
}

function lossOf({ path, kind, says }: Piece, uri: string | undefined): Loss {
  if (uri !== undefined) return { path, kind: 'moved', says: `${says}: left out for its size, it is at ${uri}` }
  return kind === 'cut'
    ? { path, kind: 'approximated', says: `${says}: shortened for its size` }
    : { path, kind: 'dropped', says: `${says}: left out for its size` }
}

function without(
  event: VOEvent,
  pieces: readonly Piece[],
  options: CapOptions,
  linkOf: (piece: Piece) => string | undefined,
): VOEvent {
  if (pieces.length === 0) return event
  const { bulkMediaType } = options
  const root: Cut = {}
  const references = new Map<string, Reference>()
  for (const piece of pieces) {
    const uri = linkOf(piece)
    mark(root, piece.keys, piece.instead)
    if (piece.kind === 'content') {
      markAttachment(root, event.attachments![piece.keys[1] as number]!, piece.keys.slice(0, -1), uri)
    } else if (uri !== undefined) {
      references.set(uri, { uri, ...(bulkMediaType === undefined ? {} : { mimetype: bulkMediaType }) })
    }
  }
  const rest = pruned(event, root) as VOEvent
  const what: What = rest.what ?? { params: [], groups: [], tables: [], descriptions: [], references: [] }
  return {
    ...rest,
    what: {
      ...what,
      descriptions: [...what.descriptions, wordsFor(pieces, options.largestBytes, references.size > 0)],
      references: [...what.references, ...references.values()],
    },
  }
}

/** A tree of the paths that change. */
interface Cut {
  below?: Map<string | number, Cut>
  /** What stands there instead; `undefined` for nothing. */
  becomes?: { readonly value: unknown }
}

function mark(root: Cut, keys: Piece['keys'], value: unknown): void {
  let node = root
  for (const key of keys) {
    node.below ??= new Map()
    const next: Cut = node.below.get(key) ?? {}
    node.below.set(key, next)
    node = next
  }
  node.becomes = { value }
}

/** An attachment carries its own link, and still says how long its content was. */
function markAttachment(root: Cut, attachment: Attachment, keys: Piece['keys'], uri: string | undefined): void {
  if (attachment.sizeBytes === undefined) mark(root, [...keys, 'sizeBytes'], attachment.data?.length)
  if (attachment.uri === undefined && uri !== undefined) mark(root, [...keys, 'uri'], uri)
}

function pruned(value: unknown, { below, becomes }: Cut): unknown {
  if (becomes !== undefined) return becomes.value
  if (below === undefined) return value
  const change = (key: string | number, item: unknown): unknown => {
    const cut = below.get(key)
    return cut === undefined ? item : pruned(item, cut)
  }
  if (Array.isArray(value)) return value.map((item, index) => change(index, item)).filter((item) => item !== undefined)
  const changed = Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, change(key, item)]))
  for (const [key, cut] of below) if (!(key in changed)) changed[key] = cut.becomes?.value
  return Object.fromEntries(Object.entries(changed).filter(([, item]) => item !== undefined))
}

/** Names of things that had one; how many of the rest. */
function wordsFor(pieces: readonly Piece[], largestBytes: number, isLinked: boolean): string {
  const shownNames = 8
  const named = pieces.filter(({ name }) => name !== undefined).map(({ name }) => name!.slice(0, 100))
  const counts = new Map<string, number>()
  for (const { name, counted } of pieces) if (name === undefined) counts.set(counted, (counts.get(counted) ?? 0) + 1)
  const parts = [
    ...named.slice(0, shownNames),
    ...(named.length > shownNames ? [`${named.length - shownNames} more Tables, light curves and files`] : []),
    ...[...counts].map(([counted, count]) => `${count} ${counted}`),
  ]
  const place = isLinked ? ' References lead to what can be had.' : ''
  return `Left out or shortened, to keep the packet below ${largestBytes + 1} bytes: ${parts.join(', ')}.${place}`
}
