/** What messages share (pictures, attachments): stored once by the hash of its bytes. */
import type { Room } from './room.ts'

export function pruneParts(_room: Room): number {
  throw new Error('not built yet')
}
