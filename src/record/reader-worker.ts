/** A reader: answers look-ups on a connection that cannot write, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { NightIndexReader } from './archive/night-index.ts'
import { type Call, type ReadingRoom, reads, type Word } from './commands.ts'
import { openForReading } from './database.ts'
import { databasePath, faultOf, segmentDir } from './writer.ts'

const port = parentPort
if (port === null) throw new Error('reader-worker.ts is the entry of a worker thread')
const say = (word: Word) => port.postMessage(word)

const { dataDir } = workerData as { dataDir: string }
try {
  const room: ReadingRoom = {
    sql: openForReading(databasePath(dataDir)),
    segmentDir: segmentDir(dataDir),
    indexes: new NightIndexReader(segmentDir(dataDir)),
  }
  const commands = reads as Readonly<Record<string, (room: ReadingRoom, ...args: never[]) => unknown>>
  port.on('message', (message: Call | 'close') => {
    if (message === 'close') {
      room.indexes.close()
      room.sql.close()
      port.close()
      return
    }
    const { id, name, args } = message
    try {
      const command = commands[name]
      if (command === undefined) throw new Error(`There is no command '${name}'.`)
      say({ id, answer: { value: command(room, ...(args as never[])) } })
    } catch (error) {
      say({ id, answer: { fault: faultOf(error, dataDir) } })
    }
  })
  say({ ready: true })
} catch (error) {
  say({ fatal: faultOf(error, dataDir) })
}
