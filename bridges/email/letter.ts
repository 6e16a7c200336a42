/** A mail before it is written: both bodies, the text and the HTML, say exactly this. */
import type { Item } from '../contract.ts'
import type { Summary } from '../summary.ts'
import { columnValue, oneLine } from '../words.ts'

export interface Letter {
  /** What a reader must know before anything else, first of all. */
  readonly notices: readonly Notice[]
  /** Over the title: which stream or filter. */
  readonly topic?: string
  readonly title: string
  /** Texts to be read and copied as they are, before all else. */
  readonly blocks?: readonly Block[]
  readonly paragraphs: readonly string[]
  readonly tables: readonly Table[]
  readonly pictures: readonly ShownPicture[]
  /** A digest's items, best first. */
  readonly items: readonly Line[]
  /** After the items: what is not shown. */
  readonly more?: string
  readonly button?: Link
  /** Identifiers, shown as they are. */
  readonly identifiers: readonly string[]
  readonly links: readonly Link[]
  /** Name of what is attached. */
  readonly attached?: string
  readonly reasons: readonly string[]
  readonly unsubscribeUrl?: string
}

export interface Notice {
  readonly kind: 'test' | 'retraction' | 'news'
  readonly strong: string
  readonly text: string
}
export interface Block {
  readonly title: string
  /** Its lines stay as they are. */
  readonly text: string
}
export interface Table {
  readonly title?: string
  readonly rows: readonly Row[]
}
/** Label and lines. */
export type Row = readonly [label: string, ...lines: string[]]
export interface Link {
  readonly url: string
  readonly words: string
}
export interface ShownPicture {
  /** Without angle brackets. */
  readonly contentId: string
  readonly alt: string
  readonly widthPx: number
  readonly heightPx: number
}
/** An item of a digest. */
export interface Line {
  readonly name: string
  readonly mark?: string
  readonly brightness: string
  readonly time: string
  readonly place: string
  readonly columns: readonly string[]
  readonly url?: string
  readonly ivoid: string
  readonly pictures: readonly ShownPicture[]
}

export const topicOf = ({ match }: Item): string => oneLine(match.streamTitle ?? match.filterName, 80)

/** What the filter selected. */
export function selected({ match }: Item): Row[] {
  return match.columns.map((column) => [oneLine(column.name, 64), columnValue(column.value, column.unit)])
}

/** Why this address gets this. */
export function reasonsOf({ match }: Item): string[] {
  const { filterName, subscription } = match
  const which = subscription === filterName ? '' : ` (${oneLine(subscription, 80)})`
  return [
    `You get this because the event passed the filter ${oneLine(filterName, 80)}, to which this address subscribes${which}.`,
  ]
}

/** What to call the object in a headline. */
export const nameOf = (summary: Summary): string => oneLine(summary.object, 60)

/** A property, or none where there is no value. */
export function optional<Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]: T })
}
