/**
 * Starts the stand-ins of the services on loopback and tells what comes to them, so that a gateway can be tried without
 * an account: `npm run stand-ins`. With --json one line says what to configure, and each further one what came.
 */
import { stringify } from 'yaml'
import { type RunningStandIn, standIns } from './stand-in-list.ts'

const lookEveryMs = 250

const asJson = process.argv.includes('--json')
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  // Whoever started it as a child with a channel (`fountain demo`) is gone.
  process.once('disconnect', resolve)
})

const running = await Promise.all(standIns.map((start) => start()))
console.log(asJson ? JSON.stringify({ standIns: running.map(told) }) : welcome())
const said = new Map<string, number>()
const looking = setInterval(tellNews, lookEveryMs)
await ended
clearInterval(looking)
tellNews()
await Promise.all(running.map((each) => each.stop()))
process.exit(0)

function told({ name, url, config, address }: RunningStandIn) {
  return { name, url, config, ...(address === undefined ? {} : { address }) }
}

function tellNews(): void {
  for (const { name, arrived } of running) {
    const lines = arrived()
    for (const line of lines.slice(said.get(name) ?? 0))
      console.log(asJson ? JSON.stringify({ arrived: line, at: name }) : `${name.padEnd(9)} ${line}`)
    said.set(name, lines.length)
  }
}

function welcome(): string {
  const places = running.map(({ name, url }) => `  ${name.padEnd(9)} ${url}`)
  return `Stand-ins on this machine; nothing leaves it, and what they know is gone with them.

${places.join('\n')}

A fountain.yaml that reports to them (the credentials are worth nothing elsewhere):

${stringify(wholeConfig(), { aliasDuplicateObjects: false, lineWidth: 0 })}
What comes is said here. Ctrl-C stops them.
`
}

/** All that it takes to report to them: a simulated sky, a stream, and who gets it. */
function wholeConfig() {
  const standing = running.map(({ name, address }) => ({ to: name, ...(address === undefined ? {} : { address }) }))
  const byHand = { authors: 'A. Newcomer (Institute of Rehearsals)', contact: 'A. Newcomer (newcomer@example.org)' }
  return {
    authority: 'my.observatory',
    publicUrl: 'http://127.0.0.1:8080',
    sources: { sky: { kind: 'simulator', factor: 20 } },
    streams: {
      'new-and-bright': {
        title: 'New and bright',
        filter:
          'SELECT id, object_id, mag, band, n_detections FROM alert WHERE is_moving = 0 AND reliability > 0.8 AND mag < 19 AND n_detections BETWEEN 2 AND 5',
      },
    },
    subscriptions: [...standing, { to: 'atel' }, { to: 'gcn-circular' }].map(({ to, ...more }) => ({
      stream: 'new-and-bright',
      name: to,
      to,
      ...more,
      maxPerHour: 20,
      test: true,
    })),
    bridges: {
      ...Object.fromEntries(running.map(({ name, config }) => [name, config])),
      atel: byHand,
      'gcn-circular': byHand,
    },
  }
}
