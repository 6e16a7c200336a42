/**
 * The VTP feed: a broker to REC-VTP-2.0 (IVOA, 2017-03-20). Authors submit at one port, subscribers listen at the
 * other; events are relayed bit for bit in the order of the event log. See README.md in this folder.
 */
import type { AddressInfo, Server } from 'node:net'
import type { Feed, FeedHost, FeedStatus, Log, OpenFeed } from '../contract.ts'
import { type VtpConfig, vtpConfig } from './config.ts'
import { SubmitPort } from './submit-port.ts'
import { SubscribePort } from './subscribe-port.ts'

/** How often machines are told the time, ms: a quarter of the shortest wait that is configured, at most 250. */
const longestTickMs = 250
/** How often the places of named subscribers are stored, ms: what a crash costs is a repeat of what came since. */
const saveMs = 1000

export const feed: Feed<typeof vtpConfig> = {
  kind: 'vtp',
  config: vtpConfig,
  open,
}

/** Throws Node's error with code EADDRINUSE (and `port`) when a port is taken. */
async function open(config: VtpConfig, host: FeedHost): Promise<OpenFeed> {
  const brokerIvoid = config.ivoid ?? `ivo://${host.authority}/vtp`
  const subscribe = await SubscribePort.open(config, host, brokerIvoid)
  const submit = config.submit === false ? undefined : new SubmitPort(config, host, brokerIvoid)
  const listening: { name: string; server: Server }[] = []
  try {
    await listen(subscribe.server, config.listen, config.subscribe, host.logger)
    listening.push({ name: 'subscribe', server: subscribe.server })
    if (submit !== undefined && config.submit !== false) {
      await listen(submit.server, config.listen, config.submit, host.logger)
      listening.push({ name: 'submit', server: submit.server })
    }
  } catch (error) {
    await subscribe.close()
    throw error
  }
  const places = listening.map(({ name, server }) => `${name} ${place(server)}`)
  host.logger.info({ ivoid: brokerIvoid, places }, 'VTP broker is listening')

  const stop = new AbortController()
  let savedMs = host.clock.monotonic()
  let head = 0
  const ticking = tick(config, host, stop.signal, (nowMs) => {
    submit?.tick()
    subscribe.tick()
    if (nowMs - savedMs >= saveMs) {
      savedMs = nowMs
      void subscribe.save()
      void host.log.head().then((seq) => {
        head = seq
      }, ignore)
    }
  })
  return {
    async check() {
      await host.log.head()
    },
    status(): FeedStatus {
      const peers = subscribe.peers(head)
      const summary = `${brokerIvoid}: ${peers.length} subscriber${peers.length === 1 ? '' : 's'}`
      return { summary, listening: places, peers }
    },
    async close() {
      await submit?.close()
      stop.abort()
      await ticking
      await subscribe.close()
    },
  }
}

const ignore = () => undefined

async function tick(
  config: VtpConfig,
  host: FeedHost,
  signal: AbortSignal,
  run: (nowMs: number) => void,
): Promise<void> {
  const waits = [config.iamaliveS * 1000, config.submitTimeoutMs, config.stallMs, config.ackTimeoutMs, config.greetMs]
  const everyMs = Math.min(longestTickMs, ...waits.map((wait) => Math.max(5, wait / 4)))
  while (!signal.aborted) {
    await host.clock.sleep(everyMs, signal).catch(ignore)
    if (!signal.aborted) run(host.clock.monotonic())
  }
}

function listen(server: Server, host: string, port: number, logger: Log): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      // Later errors are of single connections (no more file descriptors): the port goes on.
      server.on('error', (error) => logger.error({ err: error, port }, 'a connection could not be accepted'))
      resolve()
    })
  })
}

function place(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}
