import { createConnection } from 'node:net'
import { expect, it } from 'vitest'
import { until } from '../gateway-process.ts'
import { fountain, scratch, startFountain } from './run-cli.ts'

/** Whether somebody listens there. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

it('shows a whole round trip to TNS without an account, and drafts to say yes to', { timeout: 180_000 }, async () => {
  const data = scratch()
  const demo = startFountain(['demo', '--stand-ins', '--factor', '50', '--data', data])
  const [, place] = await demo.says(/^ {2}tns +http:\/\/127\.0\.0\.1:(\d+)$/m, 60_000)
  await demo.says(/^tns got: AT 2026aaaa for LSST-AP-DO-\d+$/m, 90_000)
  await demo.says(/^TNS answered: AT ?2026aaa\w \(delivery \d+ of tns-by-itself\)$/m, 90_000)

  const waiting = async () => {
    const { stdout } = await fountain(['drafts', 'list', '--bridge', 'tns', '--data', data, '--json'])
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: number }).id)
  }
  let ids: number[] = []
  await until('a draft for TNS waits', async () => (ids = await waiting()).length > 0, 60_000)
  const [id] = ids as [number]
  let approved = await fountain(['drafts', 'approve', `${id}`, '--data', data])
  await until(
    'the draft can be approved',
    async () =>
      approved.code === 0 || (approved = await fountain(['drafts', 'approve', `${id}`, '--data', data])).code === 0,
    30_000,
  )
  await demo.says(new RegExp(`^TNS answered: AT ?2026aaa\\w \\(delivery ${id} of tns-after-a-yes\\)$`, 'm'), 120_000)

  const { code, stderr } = await demo.interrupt()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(await listens(Number(place))).toBe(false)
})
