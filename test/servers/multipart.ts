/** A body of multipart/form-data (RFC 7578), as a server reads it. */
export interface FormPart {
  readonly mediaType: string | undefined
  readonly filename: string | undefined
  readonly bytes: Buffer
}

/** Undefined where it is none. */
export function readMultipart(contentType: string, body: Buffer): ReadonlyMap<string, FormPart> | undefined {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return undefined
  const parts = new Map<string, FormPart>()
  const text = body.toString('latin1')
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (!pieces.at(-1)?.startsWith('--')) return undefined
  for (const piece of pieces.slice(1, -1)) {
    const end = piece.indexOf('\r\n\r\n')
    const head = Buffer.from(piece.slice(0, end), 'latin1').toString()
    const name = /\bname="([^"]*)"/i.exec(head)?.[1]
    if (end < 0 || name === undefined) return undefined
    parts.set(name, {
      mediaType: /^content-type: *([^\r\n;]+)/im.exec(head)?.[1]?.trim(),
      filename: /\bfilename="([^"]*)"/i.exec(head)?.[1],
      bytes: Buffer.from(piece.slice(end + 4), 'latin1'),
    })
  }
  return parts
}
