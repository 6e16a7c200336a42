/** A disk that the system has mounted read-only under a running store: said by its name, and gone on with afterwards. */
import { writevSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkLedger } from '../../src/record/ledger.ts'
import { Writer } from '../../src/record/writer.ts'
import { newDataDir, plan, removeDataDir, sifted, t0 } from './fixtures.ts'

let dataDir: string
let writer: Writer
let readOnly = false
const files = {
  write: (fd: number, buffers: readonly Uint8Array[], position: number) => {
    if (readOnly) throw Object.assign(new Error('read-only file system'), { code: 'EROFS' })
    return writevSync(fd, buffers as NodeJS.ArrayBufferView[], position)
  },
  sync: () => {},
}
beforeEach(() => {
  dataDir = newDataDir()
  readOnly = false
  writer = new Writer({ dataDir, keep: 'all', nowMs: t0, warn: () => {}, files })
  writer.run([{ name: 'configure', args: [plan({}), t0] }], t0)
})
afterEach(() => {
  writer.close()
  removeDataDir(dataDir)
})

const apply = (offset: number) => ({
  name: 'apply',
  args: [sifted([{ offset, alertId: `${offset}`, bytes: `packet ${offset}`, kept: true }])],
})
const refused = [{ fault: { code: 'DISK_READ_ONLY' } }]
const received = () => writer.sql.get<{ n: number }>('SELECT SUM(received) AS n FROM ledger_sources')?.n

it.each([
  ['the packets', (on: boolean) => void (readOnly = on)],
  ['the database', (on: boolean) => writer.sql.exec(`PRAGMA query_only = ${on ? 'ON' : 'OFF'}`)],
])('that takes no writes to %s is named, and nothing is lost', (_, protect) => {
  writer.run([apply(0)], t0)
  protect(true)
  expect(writer.run([apply(1)], t0)).toMatchObject(refused)
  expect(writer.run([apply(1), apply(2)], t0)).toMatchObject([...refused, ...refused])
  expect(received()).toBe(1)
  protect(false)
  expect(writer.run([apply(1), apply(2)], t0)).toMatchObject([{ value: { received: 1 } }, { value: { received: 1 } }])
  expect(received()).toBe(3)
  expect(checkLedger(writer.sql)).toEqual([])
})
