import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { counted } from '../../bridges/words.ts'
import { parseConfig } from '../config.ts'
import { type MailCatcher, startMailCatcher } from '../demo/mail-catcher.ts'
import { exitCodes, FountainError } from '../errors.ts'
import { type Gateway, startGateway } from '../main.ts'
import { callControl } from '../record/control.ts'
import type { DeliveryLine } from '../record/port.ts'
import type { StatusReport } from '../serve/status-report.ts'
import { systemClock } from '../system-clock.ts'
import { loadKinds } from '../wiring/kinds.ts'
import { demoConfig } from './demo-config.ts'
import { type StandIn, type StandIns, startStandIns } from './demo-stand-ins.ts'
import { makeLog } from './log.ts'
import { action, progress, progressEnd, untilInterrupted } from './terminal.ts'
import { positive, whole } from './values.ts'

interface Options {
  readonly factor: number
  readonly seed: number
  readonly data?: string
  /** Seconds. */
  readonly for?: number
  readonly standIns?: boolean
}

/** The usual ports, where they are free. */
const usual = { http: 8080, submit: 8098, subscribe: 8099 }
type Ports = typeof usual

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'A simulated night in one process: two streams by VTP and HTTP, mails with pictures, a digest, a status page. Nothing leaves this machine.',
    )
    .option('--factor <n>', 'so many times faster than a visit every 39 s', positive(10_000), 20)
    .option('--seed <n>', 'which sky', whole(0), 1)
    .option('--data <directory>', 'keep what is recorded here (else a temporary directory)')
    .option(
      '--stand-ins',
      'report too: to TNS, GCN, Hermes, Mastodon, Bluesky, X and Slack as stand-ins on this machine, with drafts',
    )
    .option('--for <seconds>', 'stop after so long', positive(1e9))
    .addHelpText(
      'after',
      '\nExamples:\n  fountain demo\n  fountain demo --factor 100 --for 60\n  fountain demo --stand-ins --data demo-data',
    )
    .action(action(demo))
}

async function demo(options: Options): Promise<number> {
  const controller = untilInterrupted()
  const { factor, seed } = options
  const temporary = options.data === undefined ? mkdtempSync(join(tmpdir(), 'fountain-demo-')) : undefined
  const log = makeLog({ level: 'warn', secrets: [], human: true, write: (text) => process.stderr.write(text) })
  const mail = await startMailCatcher({ port: 0, now: systemClock.now, log })
  const heard = (at: string, line: string): void => {
    progressEnd()
    console.log(`${at} got: ${cut(line)}`)
  }
  let gateway: Gateway | undefined
  let standIns: StandIns | undefined
  try {
    if (options.standIns) standIns = await startStandIns(heard)
    const data = temporary ?? (options.data as string)
    const kinds = await loadKinds()
    const start = (ports: Ports): Promise<Gateway> => {
      const text = demoConfig({
        factor,
        seed,
        data,
        ...(standIns === undefined ? {} : { standIns: standIns.list }),
        smtpUrl: mail.smtpUrl,
        httpPort: ports.http,
        submitPort: ports.submit,
        subscribePort: ports.subscribe,
      })
      return startGateway({
        config: parseConfig(text, kinds.schemas, {}, 'demo').config,
        base: process.cwd(),
        kinds,
        log,
        showToken: (token) => {
          if (temporary === undefined) console.log(`admin token (shown once, keep it): ${token}`)
        },
        mount: (app) => mail.mount(app),
        links: [{ title: 'Mailbox', path: '/mail' }],
      })
    }
    const started = await startOnFreePorts(start)
    gateway = started.gateway
    const { ports } = started
    console.log(welcome(gateway.url, ports, factor))
    if (standIns !== undefined) console.log(reportingWelcome(standIns.list, data))
    const endMs = options.for === undefined ? Number.POSITIVE_INFINITY : systemClock.monotonic() + options.for * 1000
    const answered = standIns === undefined ? async () => {} : tnsAnswers(data)
    await watch(gateway, mail, answered, controller.signal, endMs)
    return exitCodes.done
  } finally {
    progressEnd()
    console.log('stopping …')
    await gateway?.stop()
    await standIns?.stop()
    await mail.close()
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

function welcome(url: string, ports: Ports, factor: number): string {
  return `
Fountain demo: a simulated night, ${factor} times as fast as the survey. Everything is of role="test" and stays on this machine.

  the page           ${url}
  the mail           ${url}/mail
  the stream         ${url}/stream/sse?test=1&format=summary
  the VTP broker     subscribe 127.0.0.1:${ports.subscribe}, submit 127.0.0.1:${ports.submit}

Try, in another terminal:
  npm run -s fountain -- listen 127.0.0.1:${ports.subscribe}
  npm run -s fountain -- listen 127.0.0.1:${ports.subscribe} --filter "//Param[@name='mag' and @value < 19]" --save events
  twistd -n comet --local-ivo=ivo://your.name/comet --remote=127.0.0.1:${ports.subscribe} --print-event     (Comet 3.1)
  curl -N '${url}/stream/sse?test=1&format=summary&since=0'
  curl ${url}/metrics

Ctrl-C stops it.
`
}

function reportingWelcome(standIns: readonly StandIn[], data: string): string {
  const places = standIns.map(({ name, url }) => `  ${name.padEnd(18)} ${url}`)
  return `It reports too, to stand-ins of the services; drafts wait for a yes:

${places.join('\n')}

Read one and say yes, in another terminal (the mails to duty.astronomer@example.org tell of each):
  npm run -s fountain -- drafts list --bridge tns --data ${data}
  npm run -s fountain -- drafts show <id> --data ${data}
  npm run -s fountain -- drafts approve <id> --data ${data}
`
}

/** Posts are long, and this is one line of many. */
const cut = (line: string): string => (line.length <= widest ? line : `${line.slice(0, widest - 1)}…`)
const widest = 110

/** Says each name that came back from TNS, once. */
function tnsAnswers(data: string): () => Promise<void> {
  const said = new Set<number>()
  return async () => {
    const sent = (await callControl(data, 'deliveries.list', { bridge: 'tns', state: 'sent', limit: 100 })) as Line[]
    for (const { id, receipt, subscription } of sent.toReversed()) {
      if (said.has(id) || receipt === null) continue
      said.add(id)
      progressEnd()
      console.log(`TNS answered: ${receipt.cites?.title ?? receipt.id} (delivery ${id} of ${subscription})`)
    }
  }
}
type Line = Pick<DeliveryLine, 'id' | 'receipt' | 'subscription'>

/** Shows the numbers moving: a line that is overwritten on a terminal; elsewhere one now and then, and the last. */
async function watch(
  gateway: Gateway,
  mail: MailCatcher,
  answered: () => Promise<void>,
  signal: AbortSignal,
  endMs: number,
): Promise<void> {
  let pauseMs = 1000
  let showMs = systemClock.monotonic() + pauseMs
  while (!signal.aborted && systemClock.monotonic() < endMs) {
    const line = summary(await gateway.status(), mail.caught())
    if (process.stderr.isTTY) progress(line)
    else if (systemClock.monotonic() >= showMs) {
      console.log(line)
      pauseMs = Math.min(10_000, pauseMs * 2)
      showMs = systemClock.monotonic() + pauseMs
    }
    await answered()
    await Promise.race([
      systemClock.sleep(1000, signal).catch(() => undefined),
      gateway.failed.then((error) => Promise.reject(error)),
    ])
  }
  progressEnd()
  console.log(summary(await gateway.status(), mail.caught()))
}

function summary({ ledger, feeds }: StatusReport, mails: number): string {
  const received = ledger.sources.reduce((sum, row) => sum + row.received, 0)
  const visits = ledger.sources.reduce((sum, row) => sum + (row.visits ?? 0), 0)
  const held = ledger.bridges.reduce((sum, row) => sum + (row.states.held ?? 0), 0)
  const peers = feeds.reduce((sum, feed) => sum + feed.peers.length, 0)
  return [
    counted(visits, 'visit'),
    counted(received, 'alert'),
    `${counted(ledger.events.logHead, 'VOEvent')} published`,
    counted(peers, 'subscriber'),
    counted(mails, 'mail'),
    ...(held === 0 ? [] : [`${counted(held, 'draft')} waiting`]),
  ].join(', ')
}

/** Another program (often another demo) may take a port between the look at it and the start: then others are taken. */
async function startOnFreePorts(start: (ports: Ports) => Promise<Gateway>) {
  for (let triesLeft = 3; ; triesLeft--) {
    const ports: Ports = {
      http: await freePort(usual.http),
      submit: await freePort(usual.submit),
      subscribe: await freePort(usual.subscribe),
    }
    try {
      return { ports, gateway: await start(ports) }
    } catch (error) {
      if (triesLeft === 0 || !(error instanceof FountainError) || error.code !== 'PORT_IN_USE') throw error
    }
  }
}

/** The usual port where it is free, else any. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const found = await new Promise<number | undefined>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(undefined))
      server.listen(port, '127.0.0.1', () => {
        const { port: taken } = server.address() as { port: number }
        server.close(() => resolve(taken))
      })
    })
    if (found !== undefined) return found
  }
  throw new FountainError('PORT_IN_USE', `${wanted}, and no other is free`)
}
