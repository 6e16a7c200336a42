/** The forms of a VOEvent that `fountain convert` reads and writes, each with an account of what it cannot hold. */
import { capEvent } from '../../vo/cap-event.ts'
import type { Loss } from '../../vo/loss.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Issue } from '../../vo/validation-codes.ts'
import { readAvro3SingleObject } from '../../vo/voevent-3/avro.ts'
import { readAvro3Container, writeAvro3Container } from '../../vo/voevent-3/avro-container.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import type { voeventFormat } from '../../vo/voevent-3/sniff.ts'
import { readXml3 } from '../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { FountainError } from '../errors.ts'

export type ReadForm = ReturnType<typeof voeventFormat>
export const eventForms = ['voevent-2.0', 'voevent-2.1', 'voevent-3-json', 'voevent-3-avro', 'voevent-3-xml'] as const
export type EventForm = (typeof eventForms)[number]

/** Of a file of this form. */
export const extensionOf = {
  'voevent-2.0': 'xml',
  'voevent-2.1': 'xml',
  'voevent-3-json': 'json',
  'voevent-3-avro': 'avro',
  'voevent-3-xml': 'xml',
} as const satisfies Record<EventForm, string>

/** Forms of the draft hold all that the model says. */
export const isDraft = (form: string): boolean => form.startsWith('voevent-3')

export interface ReadEvent {
  readonly event: VOEvent
  /** What the document says and the model has no place for, by the document's own paths. */
  readonly losses: readonly Loss[]
}

/** Lenient. Of a container the first event. Throws VOEventError. */
export function readEvent(bytes: Uint8Array, form: ReadForm): ReadEvent {
  const oddities: Issue[] = []
  const lenient = { mode: 'lenient', oddities } as const
  switch (form) {
    case 'xml-3':
      return read(readXml3(bytes, lenient), oddities)
    case 'json-3':
      return read(readJson3(bytes, lenient), oddities)
    case 'avro-3-single':
      return read(readAvro3SingleObject(bytes), oddities)
    case 'avro-3-container': {
      const [event] = readAvro3Container(bytes)
      if (event === undefined) throw new FountainError('CONTAINER_EMPTY', 'no event in the container')
      return read(event, oddities)
    }
    default: {
      const { event, oddities: found } = readVOEvent(bytes, { mode: 'lenient' })
      return read(event, found)
    }
  }
}

/** Oddities that leave something out; the others are of the form alone. */
const leavesOut: ReadonlySet<string> = new Set([
  'VOE_NOT_KEPT',
  'VOE_REPEATED',
  'VOE_UNKNOWN',
  'JSON_UNKNOWN',
  'JSON_REPEATED',
])

function read(event: VOEvent, oddities: readonly Issue[]): ReadEvent {
  const losses = oddities
    .filter(({ code }) => leavesOut.has(code))
    .map(({ path, message }): Loss => ({ path, kind: 'dropped', says: message }))
  return { event, losses }
}

export interface WrittenEvent {
  readonly bytes: Uint8Array
  readonly losses: readonly Loss[]
}

type Write = (event: VOEvent, onLoss: (losses: readonly Loss[]) => void) => Uint8Array

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const writers: Readonly<Record<EventForm, Write>> = {
  'voevent-2.0': (event, onLoss) => writeVOEvent20(event, { onLoss }),
  'voevent-2.1': (event, onLoss) => writeVOEvent21(event, { onLoss }),
  'voevent-3-json': (event) => utf8(`${writeJson3(event)}\n`),
  'voevent-3-avro': (event) => writeAvro3Container([event]),
  'voevent-3-xml': (event) => utf8(writeXml3(event)),
}

/** With `largestBytes` the event is made as small, and what left is in the account. Throws VOEventError. */
export function writeEvent(event: VOEvent, form: EventForm, largestBytes?: number): WrittenEvent {
  const losses: Loss[] = []
  const note = (more: readonly Loss[]): void => {
    losses.push(...more)
  }
  const write = writers[form]
  if (largestBytes === undefined) return { bytes: write(event, note), losses }
  const capped = capEvent(event, { largestBytes, write: (each) => write(each, () => undefined) })
  note(capped.losses)
  return { bytes: write(capped.event, note), losses }
}
