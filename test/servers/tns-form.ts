/** Both ways in which clients post to TNS: a form in the URL's encoding, and in parts. */
import type { Asked } from './http.ts'

export interface Form {
  readonly fields: ReadonlyMap<string, string>
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: Buffer }[]
}

export function formOf({ headers, body }: Asked): Form {
  const type = `${headers['content-type'] ?? ''}`
  const boundary = /^multipart\/form-data; *boundary="?([^";]+)"?/.exec(type)?.[1]
  if (boundary !== undefined) return partsOf(body, boundary)
  if (!type.startsWith('application/x-www-form-urlencoded')) return { fields: new Map(), files: [] }
  return { fields: new Map(new URLSearchParams(body.toString())), files: [] }
}

function partsOf(body: Buffer, boundary: string): Form {
  const fields = new Map<string, string>()
  const files: { field: string; name: string; bytes: Buffer }[] = []
  for (const part of body.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = part.split('\r\n\r\n')
    const bytes = Buffer.from(rest.join('\r\n\r\n').slice(0, -2), 'latin1')
    const field = /name="([^"]*)"/.exec(head)?.[1] ?? ''
    const name = /filename="([^"]*)"/.exec(head)?.[1]
    if (name === undefined) fields.set(field, bytes.toString())
    else files.push({ field, name, bytes })
  }
  return { fields, files }
}
