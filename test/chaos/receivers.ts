/** What stands at the other ends while the gateway is killed: each takes note of all it gets, and misbehaves by the seed. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Receiver {
  readonly port: number
  /** Key and body of each message that was taken, also of those whose sender was told nothing. */
  readonly got: { readonly key: string; readonly body: string }[]
  /** From now on nothing goes wrong. */
  calm(): void
  stop(): Promise<void>
}

/** An HTTP end: of thirty requests one is refused for now, one taken without a word, one taken and failed. */
export async function startWebhook(random: (below: number) => number): Promise<Receiver> {
  const got: { key: string; body: string }[] = []
  let calm = false
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const trouble = calm ? 9 : random(30)
      if (trouble === 0) return void response.writeHead(503, { 'retry-after': '1' }).end('later')
      got.push({ key: String(request.headers['idempotency-key']), body })
      if (trouble === 1) return void request.socket.destroy()
      if (trouble === 2) return void response.writeHead(500).end('taken, and then something broke')
      response.writeHead(200).end('thank you')
    })
  })
  return { port: await listen(server), got, calm: () => void (calm = true), stop: () => stop(server) }
}

/** A command that writes its event's key down, and fails to say that it did now and then. */
export function recordingCommand(directory: string): { command: readonly string[]; ran(): string[] } {
  const file = join(directory, 'ran')
  const script = join(directory, 'record.sh')
  writeFileSync(script, `cat > /dev/null\necho "$FOUNTAIN_KEY" >> '${file}'\n`)
  return {
    command: ['/bin/sh', script],
    ran: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
