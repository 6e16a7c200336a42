/** A gateway's archive in a process of its own, to be killed: does one round of housekeeping at a time that is given. */
import { startCaretaker } from '../../src/record/archive/caretaker.ts'
import { failAt } from '../../src/record/fail-points.ts'
import { openStore } from '../../src/record/open-store.ts'
import { segmentDir } from '../../src/record/writer.ts'
import { FolderStore } from '../record/archive/folder-store.ts'
import { silent } from '../record/fixtures.ts'

const [dataDir = '', remoteDir = '', at = '0', limits = '{}', failPoint = ''] = process.argv.slice(2)
const setting = failPoint || undefined
const remote = remoteDir === '' ? undefined : new FolderStore(remoteDir)
/** Says when a round is over: everything waits then. */
let rounds = 0
const idle = Promise.withResolvers<void>()
const clock = {
  now: () => Number(at),
  monotonic: () => performance.now(),
  sleep: (_: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      if (++rounds === (remote === undefined ? 1 : 2)) idle.resolve()
      signal?.addEventListener('abort', () => reject(new Error('stopping')))
    }),
}
const metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }
const store = await openStore(dataDir, { log: silent, clock, keep: 'all', remote, failPoint: setting })
const caretaker = startCaretaker({
  archive: store.archive,
  dir: segmentDir(dataDir),
  limits: JSON.parse(limits),
  remote,
  clock,
  log: silent,
  metrics,
  failAt: failAt(setting),
})
await idle.promise
await caretaker.stop()
await store.close()
