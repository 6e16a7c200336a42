/** Stands between a client and a Kafka broker, whose metadata it changes so that the client keeps coming through here. */
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** `mute`: what the broker answers to a Produce request is lost. `cut`: so is the line, then. */
  mood: 'well' | 'mute' | 'cut'
  /** Produce requests that were passed on. */
  produced(): number
  connections(): number
  stop(): Promise<void>
}

export async function startKafkaProxy(broker: string): Promise<TcpProxy> {
  const [host = '', port = ''] = broker.split(':')
  const sockets = new Set<Socket>()
  let produced = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), host)
    const advertised = place(host, Number(port))
    const ours = place(host, proxy.port)
    let silent = false
    sockets.add(client)
    client.once('close', () => {
      sockets.delete(client)
      upstream.destroy()
    })
    upstream.once('close', () => client.destroy())
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.on('data', (data) => {
      // One write is one request: kafkajs waits for each answer.
      if (data.length > 40 && data.readInt16BE(4) === 0) {
        produced++
        silent = proxy.mood !== 'well'
      }
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (silent && proxy.mood === 'cut') return void client.destroy()
      if (silent) return
      const at = data.indexOf(advertised)
      if (at >= 0) ours.copy(data, at)
      client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: TcpProxy = {
    port: (server.address() as { port: number }).port,
    mood: 'well',
    produced: () => produced,
    connections: () => sockets.size,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return proxy
}

/** A host and port as a Metadata response has them. */
function place(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(2 + host.length + 4)
  bytes.writeInt16BE(host.length, 0)
  bytes.write(host, 2, 'latin1')
  bytes.writeInt32BE(port, 2 + host.length)
  return bytes
}
