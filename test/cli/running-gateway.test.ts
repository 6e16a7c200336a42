/** Commands beside a running gateway: check, status, dead. And `run` to its end, on what `simulate` made. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeadLetter } from '../../src/record/port.ts'
import type { StatusReport } from '../../src/serve/status-report.ts'
import {
  type GatewayHome,
  type GatewayProcess,
  gatewayHome,
  startGatewayProcess,
  totals,
  until,
} from '../gateway-process.ts'
import { fountain, jsonLines, scratch, startFountain } from './run-cli.ts'

const noise = Buffer.from('Here are no alerts.')

describe('beside a running gateway', () => {
  let home: GatewayHome
  let gateway: GatewayProcess
  let config: string
  beforeAll(async () => {
    home = gatewayHome({
      authority: 'my.observatory',
      sources: {
        sky: { kind: 'simulator', visits: 2, alertsPerVisit: 10, factor: 10_000 },
        inbox: { kind: 'files', survey: 'lsst', paths: ['inbox'] },
      },
      streams: { all: { filter: 'mag < 99', title: 'All' } },
      bridges: { vtp: { submit: 0, subscribe: 0 } },
      http: { listen: '127.0.0.1:0' },
    })
    mkdirSync(join(home.directory, 'inbox'))
    for (const name of ['a', 'b']) writeFileSync(join(home.directory, 'inbox', `${name}.avro`), noise)
    config = join(home.directory, 'fountain.yaml')
    gateway = await startGatewayProcess(home)
    await until('all has come in', async () => {
      const report = await gateway.status()
      return report.sources.every(({ state }) => state === 'ended')
    })
    return async () => {
      await gateway.stop()
      home.remove()
    }
  })

  it('check finds all well, and takes nothing', async () => {
    const before = totals(await gateway.status())
    const { code, stdout, stderr } = await fountain(['check', '-c', config])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const what of ['configuration', 'sources.sky', 'sources.inbox'])
      expect(stdout).toMatch(new RegExp(`^ok   ${what}: `, 'm'))
    const lines = jsonLines(await fountain(['check', '--json', '-c', config]))
    expect(lines.map(({ what, ok }) => [what, ok])).toContainEqual(['sources.inbox', true])
    expect(totals(await gateway.status())).toEqual(before)
  })

  it('status says what it does, in words and as JSON', async () => {
    const { code, stdout, stderr } = await fountain(['status', '-c', config])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^Fountain \d+\.\d+\.\d+ at my\.observatory, since /)
    expect(stdout).toMatch(
      /^source +received = decoded \+ duplicate \+ parked \+ dead\n(.*\n)* {2}inbox +2 +0 +0 +0 +2 {2}ended {2}\(files inbox\)$/m,
    )
    expect(stdout).toMatch(/^ {2}all +\d+ +\d+ +0 +0 +0 +0$/m)
    const report = JSON.parse((await fountain(['status', '--json', '--data', home.data])).stdout) as StatusReport
    expect(totals(report)).toEqual(totals(await gateway.status()))
  })

  it('dead list, show and retry: the packet is kept whole, with the reason', async () => {
    const listed = await fountain(['dead', 'list', '-c', config])
    expect(listed.stdout).toMatch(
      /^ +1 dead {4}inbox\/a\.avro\[0\]@0 FRAMING_UNKNOWN: .+\n +2 dead {4}inbox\/b\.avro\[0\]@0 /,
    )
    expect(listed.code).toBe(0)
    const letters = jsonLines<DeadLetter>(
      await fountain(['dead', 'list', '--json', '--state', 'dead', '--data', home.data]),
    )
    expect(letters.map(({ id, code }) => [id, code])).toEqual([
      [1, 'FRAMING_UNKNOWN'],
      [2, 'FRAMING_UNKNOWN'],
    ])
    expect(jsonLines(await fountain(['dead', 'list', '--json', '--limit', '1', '-c', config]))).toHaveLength(1)
    expect((await fountain(['dead', 'list', '--state', 'parked', '-c', config])).stdout).toBe('no dead letters\n')

    const packet = join(scratch(), 'packet.bin')
    const shown = await fountain(['dead', 'show', '2', '-o', packet, '-c', config])
    expect(shown.stdout).toMatch(
      /^number +2\nstate +dead\nsource +inbox \(lsst\)\nplace +inbox\/b\.avro\[0\]@0\ncode +FRAMING_UNKNOWN\nsays +The packet has no framing.*\nreason +It is neither .*\nrecorded +20\d\d-.*Z\nsince +20\d\d-.*Z\nbytes +19\n$/,
    )
    expect(readFileSync(packet)).toEqual(noise)
    expect(jsonLines<DeadLetter>(await fountain(['dead', 'show', '2', '--json', '-c', config]))[0]?.topic).toBe(
      'inbox/b.avro',
    )

    const retried = await fountain(['dead', 'retry', '1', '-c', config])
    expect(retried).toEqual({ code: 1, stdout: '1 tried: 0 decoded, 1 still not\n', stderr: '' })
    const all = await fountain(['dead', 'retry', '--all', '--json', '-c', config])
    expect(jsonLines(all)).toEqual([{ tried: 2, decoded: 0, still: 2 }])
    expect(totals(await gateway.status()).dead).toBe(2)
  })

  it.each([
    ['show', '77'],
    ['retry', '77'],
    ['retry', '1', '77'],
  ])('dead %s %s %s: a number that is none is said', async (...args) => {
    const { code, stderr } = await fountain(['dead', ...args.filter((arg) => arg !== undefined), '-c', config])
    expect(stderr).toMatch(/^fountain: NOT_FOUND: .*77/)
    expect(code).toBe(1)
  })
})

describe('without a running gateway', () => {
  it.each([['status'], ['dead', 'list']])('%s %s says that none runs there', async (...args) => {
    const data = scratch()
    const { code, stdout, stderr } = await fountain([...args.filter((arg) => arg !== undefined), '--data', data])
    expect(stderr).toMatch(/^fountain: CONTROL_UNREACHABLE: /)
    expect(stderr).toContain(data)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  })

  it('status finds the data where the configuration says, also by a variable or an absolute path', async () => {
    const cwd = scratch()
    for (const data of ['relative', join(cwd, 'absolute'), '${PLACE}/deep']) {
      writeFileSync(join(cwd, 'fountain.yaml'), `authority: my.observatory\ndata: ${data}\n`)
      const { stderr } = await fountain(['status'], { cwd, env: { PLACE: join(cwd, 'placed') } })
      expect(stderr).toContain(
        `${join(cwd, { relative: 'relative', '${PLACE}/deep': 'placed/deep' }[data] ?? 'absolute')}: `,
      )
    }
    expect((await fountain(['status'], { cwd: scratch() })).stderr).toMatch(/^fountain: CONFIG_UNREADABLE: .*--data/s)
  })
})

describe('to its end', () => {
  it('run --until-end stops when a bounded simulator has ended, and exits 0', async () => {
    const home = gatewayHome({
      authority: 'my.observatory',
      sources: { sky: { kind: 'simulator', visits: 3, alertsPerVisit: 10, factor: 10_000 } },
      http: { listen: '127.0.0.1:0' },
    })
    try {
      const { code, stdout, stderr } = await fountain([
        'run',
        '--until-end',
        '-c',
        join(home.directory, 'fountain.yaml'),
      ])
      expect(stderr).toContain('Fountain runs; its page is http://127.0.0.1:')
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    } finally {
      home.remove()
    }
  })

  it('simulate makes the same files of the same seed, and run turns each into a decoded alert', async () => {
    const cwd = scratch()
    const args = ['simulate', '--visits', '2', '--alerts', '8', '--seed', '5']
    const made = await fountain([...args, '--out', 'one'], { cwd })
    const [, count] = /^(\d+) alerts made, in one\n$/.exec(made.stderr) ?? []
    expect({ code: made.code, stdout: made.stdout }).toEqual({ code: 0, stdout: '' })
    await fountain([...args, '--out', 'two'], { cwd })
    const read = (directory: string) =>
      readdirSync(join(cwd, directory), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'base64')])
    expect(read('two')).toEqual(read('one'))
    expect(read('one')).toHaveLength(Number(count))
    writeFileSync(
      join(cwd, 'fountain.yaml'),
      'authority: my.observatory\nsources: { made: { kind: files, survey: lsst-sim, paths: [one] } }\nhttp: { listen: "127.0.0.1:0" }\n',
    )
    const run = startFountain(['run'], { cwd })
    await run.says(/its page is /)
    await until('all are decoded', async () => {
      const { stdout } = await fountain(['status'], { cwd })
      return new RegExp(`^ {2}made +${count} +${count} +0 +0 +0 `, 'm').test(stdout)
    })
    expect((await run.interrupt()).code).toBe(0)
  })
})
