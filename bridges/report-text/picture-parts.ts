/** An item's pictures as parts of a message. */
import { createHash } from 'node:crypto'
import type { Item, Part } from '../contract.ts'

export function pictureParts({ pictures }: Item): Part[] {
  return [...pictures].map(([kind, { bytes, mediaType }]) => ({
    hash: createHash('sha256').update(bytes).digest('hex'),
    mediaType,
    name: `${kind}.${mediaType === 'image/png' ? 'png' : 'bin'}`,
    bytes,
  }))
}
