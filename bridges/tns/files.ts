/**
 * Related files: uploaded before the report, under names that TNS gives. The names are kept before the report goes
 * out, so that every later attempt says the same to the byte and TNS can fold it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DeliveryError, type Message } from '../contract.ts'
import { type Context, postFiles } from './api.ts'

const kept = z.object({ names: z.array(z.string()) })

export interface Uploads {
  /** The names of TNS, in the order of the parts; fewer where TNS refused them. Throws DeliveryError, reached `no`. */
  namesOf(context: Context, message: Message, signal: AbortSignal): Promise<readonly string[]>
  forget(key: string): void
}

export function openUploads(folder: () => string, warn: (why: string) => void): Uploads {
  const pathOf = (key: string) => join(folder(), 'files', `${encodeURIComponent(key)}.json`)
  return {
    async namesOf(context, message, signal) {
      const path = pathOf(message.key)
      const before = read(path)
      if (before !== undefined) return before
      const { status, fields } = await postFiles(context, message.parts, signal)
      let names: readonly string[] = []
      if (status === 200) {
        const list = Array.isArray(fields.data) ? fields.data : Object.values((fields.data as object | null) ?? {})
        names = list.filter((name): name is string => typeof name === 'string' && name !== '')
        if (names.length !== message.parts.length) {
          throw new DeliveryError('retry', 'no', 'set/file-upload: 200, and not a name for each file')
        }
      } else {
        warn(`TNS refused the pictures (${status}): the report goes without them`)
      }
      mkdirSync(join(folder(), 'files'), { recursive: true })
      writeFileSync(`${path}.new`, JSON.stringify({ names }))
      renameSync(`${path}.new`, path)
      return names
    },
    forget: (key) => rmSync(pathOf(key), { force: true }),
  }
}

function read(path: string): readonly string[] | undefined {
  try {
    return kept.parse(JSON.parse(readFileSync(path, 'utf8'))).names
  } catch {
    return undefined
  }
}

/** The body with its related files. The same for the same names. */
export function withFiles(body: Uint8Array, message: Message, names: readonly string[]): string {
  const text = Buffer.from(body).toString('utf8')
  if (names.length === 0) return text
  const data = JSON.parse(text) as { at_report: { 0: object } }
  const files = names.map((name, index) => {
    const comments = message.parts[index]?.name.startsWith('lightcurve')
      ? 'Light curve'
      : 'Science, template, difference'
    return [`${index}`, { related_file_name: name, related_file_comments: comments }] as const
  })
  return JSON.stringify({ at_report: { 0: { ...data.at_report[0], related_files: Object.fromEntries(files) } } })
}
