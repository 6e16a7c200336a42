/**
 * Validating events of the draft in JSON and Avro: what their strict readers refuse is not valid, and the rules that no
 * schema holds are those of the draft's XML, of the same event.
 */
import { checkRules3 } from './check-rules-3.ts'
import type { VOEvent } from './model/voevent.ts'
import { type Issue, issue } from './validation-codes.ts'
import { readAvro3SingleObject } from './voevent-3/avro.ts'
import { readAvro3Container } from './voevent-3/avro-container.ts'
import { readJson3 } from './voevent-3/json-read.ts'
import type { VOEventFormat } from './voevent-3/sniff.ts'
import { writeXml3 } from './voevent-3/xml-write.ts'
import { VOEventError } from './voevent-error.ts'
import { parseXml } from './xml/parse-xml.ts'

export type DraftFormat = Extract<VOEventFormat, 'json-3' | 'avro-3-container' | 'avro-3-single'>

const mostIssues = 200

/** The error first, then at most 200 warnings; the events of a container after the first are `/VOEvent[2]` and so on. Never throws for what the bytes hold. */
export function draftIssues(bytes: Uint8Array, format: DraftFormat): Issue[] {
  const warnings: Issue[] = []
  let count = 0
  try {
    for (const event of eventsOf(bytes, format)) {
      count++
      const root = count === 1 ? '/VOEvent' : `/VOEvent[${count}]`
      if (warnings.length >= mostIssues) continue
      for (const each of warningsOf(event))
        warnings.push({ ...each, path: each.path.replace('/VOEvent', root), line: 0 })
    }
    return warnings.slice(0, mostIssues)
  } catch (error) {
    if (!(error instanceof VOEventError)) throw error
    const [, detail = error.detail, path = ''] = /^(.*) at (\/\S*)$/s.exec(error.detail) ?? []
    const place = `${count === 0 ? '/VOEvent' : `/VOEvent[${count + 1}]`}${path}`
    return [{ ...issue(error.code, place, error.line, detail), severity: 'error' }, ...warnings.slice(0, mostIssues)]
  }
}

function eventsOf(bytes: Uint8Array, format: DraftFormat): Iterable<VOEvent> {
  if (format === 'avro-3-container') return readAvro3Container(bytes)
  return [format === 'json-3' ? readJson3(bytes) : readAvro3SingleObject(bytes)]
}

function warningsOf(event: VOEvent): Issue[] {
  const text = writeXml3(event)
  try {
    return checkRules3(parseXml(text), text)
  } catch (error) {
    if (!(error instanceof VOEventError)) throw error
    // It is in order as it came, and has more than the rules' reader takes.
    return [{ ...issue(error.code, '/VOEvent', 0, error.detail), severity: 'warning' }]
  }
}
