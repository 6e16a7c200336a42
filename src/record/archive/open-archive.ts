/** The archive of a data directory, for reading alone: beside the gateway that runs on it, or when none does. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FountainError } from '../../errors.ts'
import { openForReading } from '../database.ts'
import type { ArchiveReadingRoom } from './look-up.ts'
import { NightIndexReader } from './night-index.ts'

export interface OpenedArchive extends ArchiveReadingRoom {
  close(): void
}

/** Throws DATA_UNWRITABLE where there is no database that can be opened. */
export function openArchive(dataDir: string): OpenedArchive {
  const path = join(dataDir, 'fountain.db')
  if (!existsSync(path))
    throw new FountainError('DATA_UNWRITABLE', `${dataDir} holds no data of a gateway (no fountain.db).`)
  const sql = openForReading(path)
  const segmentDir = join(dataDir, 'packets')
  const indexes = new NightIndexReader(segmentDir)
  return {
    sql,
    segmentDir,
    indexes,
    close: () => {
      indexes.close()
      sql.close()
    },
  }
}
