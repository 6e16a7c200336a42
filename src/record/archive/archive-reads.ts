/** What a reader answers about the archive. */
import { deadPacket } from '../dead-letters.ts'
import {
  archiveBytes,
  beyondLimits,
  indexesToUpload,
  type Limits,
  segmentsToIndex,
  segmentsToUpload,
} from './archive-commands.ts'
import { type ArchiveReadingRoom, allPackets, newestPacket, unreadableNights } from './look-up.ts'

export const archiveReads = {
  allPackets,
  newestPacket,
  unreadableNights,
  deadPacket,
  segmentsToIndex: ({ sql }: ArchiveReadingRoom) => segmentsToIndex(sql),
  segmentsToUpload: ({ sql }: ArchiveReadingRoom) => segmentsToUpload(sql),
  indexesToUpload: ({ sql }: ArchiveReadingRoom) => indexesToUpload(sql),
  beyondLimits: ({ sql }: ArchiveReadingRoom, limits: Limits) => beyondLimits(sql, limits),
  archiveBytes: ({ sql }: ArchiveReadingRoom) => archiveBytes(sql),
} as const
