import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { openBroker } from '../bridges/vtp/broker.ts'
import { freshIvorn, memoryHost, testPool, voevent } from '../bridges/vtp/memory-host.ts'
import { submit, subscriber } from '../bridges/vtp/peer.ts'
import { packets } from './corpus.ts'
import { fuzz } from './fuzz.ts'
import { pack, unpack } from './mutate.ts'
import { vtpStream } from './vtp-stream.ts'

const connections = 6
const patienceMs = 40

/** Says the bytes on a port of the real feed and listens for a while; how it went. */
async function say(port: number, bytes: Uint8Array): Promise<'closed' | 'open'> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined).resume()
  await once(socket, 'connect')
  const closed = new Promise<'closed'>((resolve) => socket.once('close', () => resolve('closed')))
  const half = Math.floor(bytes.length / 2)
  socket.write(bytes.subarray(0, half))
  socket.write(bytes.subarray(half))
  const ended = await Promise.race([closed, wait(patienceMs).then(() => 'open' as const)])
  socket.destroy()
  return ended
}

fuzz('vtp-ports', async () => {
  const documents = packets()
  const pool = testPool()
  const host = memoryHost(pool)
  const broker = await openBroker(host, { submitTimeoutMs: 1_000 })
  let inputs = 0
  return {
    make: (random) =>
      pack(...Array.from({ length: connections }, () => pack(Uint8Array.of(random(2)), vtpStream(random, documents)))),
    async run(input) {
      const ended = await Promise.all(
        unpack(input).map((connection) => {
          const [which, bytes = new Uint8Array()] = unpack(connection)
          return say(which?.[0] === 0 ? broker.submitPort : broker.subscribePort, bytes)
        }),
      )
      if (inputs++ % 20 === 0) await alive()
      // What the stranger said is in the log of this test's host, which would grow for ever.
      host.logged.length = 0
      host.store.hashes.clear()
      host.store.entries.splice(0, host.store.entries.length - 1)
      host.store.cursors.clear()
      return ended.every((one) => one === 'closed') ? 'closed' : 'some stay'
    },
    meets: [/^some stay/m],
    async close() {
      await broker.close()
      await pool.close()
    },
  }

  /** A good author gets its ack and a good subscriber its event, whatever went before. */
  async function alive(): Promise<void> {
    const identity = freshIvorn()
    const peer = await subscriber(broker.subscribePlace, { identity })
    await broker.connected(identity)
    const ivorn = freshIvorn()
    const reply = await submit(broker.submitPlace, voevent({ ivorn }))
    if (reply?.role !== 'ack') throw new Error(`a good event was answered by ${reply?.role}: ${reply?.result}`)
    const endMs = performance.now() + 10_000
    while (!peer.events.some((event) => event.includes(ivorn))) {
      if (performance.now() > endMs) throw new Error('a good subscriber gets no event')
      await wait(5)
    }
    peer.end()
  }
})
