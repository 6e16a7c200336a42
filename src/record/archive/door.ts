/** The archive's part of the store's door: what the readers find here, or what they say stands elsewhere, read there. */
import { FountainError } from '../../errors.ts'
import type { AlertPacket, DeadLetter } from '../port.ts'
import type { archiveWrites } from './archive-commands.ts'
import type { archiveReads } from './archive-reads.ts'
import type { ArchiveStore } from './caretaker.ts'
import type { Read } from './look-up.ts'
import type { ObjectStore } from './object-store.ts'
import { type KeptRecord, recordOf } from './segment-format.ts'

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never
type Ask<Table extends Readonly<Record<string, (room: never, ...args: never[]) => unknown>>> = <K extends keyof Table>(
  name: K,
  ...args: Tail<Parameters<Table[K]>>
) => Promise<ReturnType<Table[K]>>

export interface ArchiveDoor {
  packetsOf(survey: string, alertId: string): Promise<readonly KeptRecord[]>
  alertPacket(survey: string, alertId: string): Promise<AlertPacket | null>
  deadBytes(id: number): Promise<{ letter: DeadLetter; bytes: Uint8Array } | null>
  readonly archive: ArchiveStore
}

/** `remote`: the store beside this disk, where one is configured. */
export function archiveDoor(
  write: Ask<typeof archiveWrites>,
  lookUp: Ask<typeof archiveReads>,
  remote: ObjectStore | undefined,
): ArchiveDoor {
  const packet = (read: Read) => readAnywhere(read, remote)
  return {
    packetsOf: async (survey, alertId) => Promise.all((await lookUp('allPackets', survey, alertId)).map(packet)),
    alertPacket: async (survey, alertId) => {
      const read = await lookUp('newestPacket', survey, alertId)
      if (read === null) return null
      const { bytes, source, topic, recordTimeMs } = await packet(read)
      return { bytes, source, topic, recordTimeMs }
    },
    deadBytes: async (id) => {
      const found = await lookUp('deadPacket', id)
      return found && { letter: found.letter, bytes: (await packet(found.read)).bytes }
    },
    archive: {
      finish: (nowMs) => write('archiveFinish', nowMs),
      index: (id) => write('archiveIndex', id),
      rebuild: (night) => write('archiveRebuild', night),
      drop: (id, nowMs) => write('archiveDrop', id, nowMs),
      forgetNight: (night) => write('archiveForgetNight', night),
      uploaded: (id, nowMs) => write('archiveUploaded', id, nowMs),
      indexUploaded: (night, nowMs) => write('archiveIndexUploaded', night, nowMs),
      local: (id, local) => write('archiveLocal', id, local),
      toIndex: () => lookUp('segmentsToIndex'),
      toUpload: () => lookUp('segmentsToUpload'),
      indexesToUpload: () => lookUp('indexesToUpload'),
      beyondLimits: (limits) => lookUp('beyondLimits', limits),
      unreadable: () => lookUp('unreadableNights'),
      bytes: () => lookUp('archiveBytes'),
    },
  }
}

/** The record, from this disk or from the store beside it, where it is checked just the same. */
export async function readAnywhere(read: Read, remote: ObjectStore | undefined): Promise<KeptRecord> {
  if ('record' in read) return read.record
  const { key, at } = read.remote
  if (remote === undefined) {
    throw new FountainError('ARCHIVE_REMOTE_FAILED', `${key} stands in a store that is not configured (archive.s3).`)
  }
  const bytes = await remote.read(key, at.place, at.length)
  return recordOf(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    `${remote.describe}${key} at ${at.place}`,
  )
}
