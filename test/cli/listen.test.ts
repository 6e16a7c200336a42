import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type GatewayProcess, gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { eventBytes } from './an-event.ts'
import { type CliProcess, fountain, jsonLines, scratch, startFountain } from './run-cli.ts'

describe('fountain listen', () => {
  let gateway: GatewayProcess
  let place: string
  beforeAll(async () => {
    const home = gatewayHome({
      authority: 'my.observatory',
      bridges: { vtp: { submit: 0, subscribe: 0 } },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home)
    place = `127.0.0.1:${gateway.vtp.subscribe}`
    return async () => {
      await gateway.stop()
      home.remove()
    }
  })

  let events = 0
  const publish = async (many = 1, mark = 'ivo://my.observatory/test'): Promise<string[]> => {
    const ivorns = Array.from({ length: many }, () => `${mark}#${++events}`)
    for (const ivorn of ivorns) {
      const sent = await fountain(['send', '--port', String(gateway.vtp.submit)], { input: eventBytes(ivorn) })
      if (sent.code !== 0) throw new Error(sent.stderr + sent.stdout)
    }
    return ivorns
  }
  const listen = async (...args: string[]): Promise<CliProcess> => {
    await until('the one before has left', async () => (await peers()) === 0)
    const listener = startFountain(['listen', place, ...args])
    await listener.says(/: connected/)
    // From now on it is owed what comes.
    await until('the broker counts it', async () => (await peers()) === 1)
    return listener
  }
  const peers = async (): Promise<number> => (await gateway.status()).feeds.flatMap((feed) => feed.peers).length

  it('saves each event as it was, prints a line, and ends after --count with 0', async () => {
    const directory = join(scratch(), 'events')
    const listener = await listen('--save', directory, '--count', '2')
    const ivorns = await publish(2)
    const { code, stdout, stderr } = await listener.ended
    expect(code).toBe(0)
    const files = ivorns.map((ivorn) => join(directory, `${ivorn.replace(/[^\w.-]/g, '_')}.xml`))
    expect(stdout).toBe(ivorns.map((ivorn, i) => `test        ${ivorn} -> ${files[i]}\n`).join(''))
    expect(stderr).toContain(`${place}: connected`)
    expect(readdirSync(directory)).toHaveLength(2)
    expect(files.map((file) => readFileSync(file))).toEqual(ivorns.map((ivorn) => Buffer.from(eventBytes(ivorn))))
  })

  it('writes pure JSON lines with --json, whatever a command of --exec says', async () => {
    const listener = await listen('--json', '--count', '1', '--exec', 'echo hello; cat > /dev/null')
    const [ivorn = ''] = await publish()
    const result = await listener.ended
    expect(jsonLines(result)).toEqual([{ ivorn, role: 'test', bytes: eventBytes(ivorn).length }])
    expect(result.stderr).toContain('hello')
    expect(result.code).toBe(0)
  })

  it('hands each document to --exec; a command that fails is reported and the event counts all the same', async () => {
    const file = join(scratch(), 'got.xml')
    const listener = await listen('--count', '2', '--exec', `cat >> '${file}'; exit 7`)
    const ivorns = await publish(2)
    const { code, stderr } = await listener.ended
    expect(code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(ivorns.map((ivorn) => Buffer.from(eventBytes(ivorn)).toString()).join(''))
    expect(stderr.match(/--exec: .* ended with 7/g)).toHaveLength(2)
  })

  it('takes only what one of its filters matches', async () => {
    const filters = ["starts-with(/*/@ivorn, 'ivo://my.observatory/wanted')", "/*/@role = 'prediction'"]
    const listener = await listen('--json', '--count', '1', ...filters.flatMap((filter) => ['--filter', filter]))
    await publish(1, 'ivo://my.observatory/unwanted')
    const [ivorn] = await publish(1, 'ivo://my.observatory/wanted')
    expect(jsonLines(await listener.ended).map((line) => line.ivorn)).toEqual([ivorn])
  })

  it('gets with --resume what it missed while away, each event once', async () => {
    const cwd = scratch()
    const identity = join(cwd, 'me.json')
    const first = await listen('--json', '--resume', identity)
    const [seen] = await publish()
    await first.says(/"ivorn"/)
    const ended = await first.interrupt()
    expect(ended.code).toBe(0)
    expect(jsonLines(ended).map((line) => line.ivorn)).toEqual([seen])
    await until('the broker has seen it leave', async () => (await peers()) === 0)
    const missed = await publish(3)
    const second = await fountain(['listen', place, '--json', '--resume', identity, '--count', '3'])
    expect(jsonLines(second).map((line) => line.ivorn)).toEqual(missed)
  })

  it('refuses a --resume file that is not its own, and leaves it as it is', async () => {
    const file = join(scratch(), 'me.json')
    writeFileSync(file, '{"something": "else"}')
    const { code, stderr } = await fountain(['listen', place, '--resume', file])
    expect(stderr).toMatch(/^fountain: FILES_UNREADABLE: .*me\.json/)
    expect(code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('{"something": "else"}')
  })

  it('keeps two events of the same ivorn apart', async () => {
    const directory = scratch()
    const listener = await listen('--save', directory, '--count', '2')
    const ivorn = `ivo://my.observatory/twice#${++events}`
    for (const mag of ['17.5', '18.5']) {
      const input = Buffer.from(eventBytes(ivorn)).toString().replace('17.5', mag)
      await fountain(['send', '--port', String(gateway.vtp.submit)], { input })
    }
    const { stdout } = await listener.ended
    expect(readdirSync(directory)).toHaveLength(2)
    expect(stdout).toContain('-2.xml')
  })

  it('says that a broker cannot be reached, and keeps trying until it is stopped', async () => {
    const listener = startFountain(['listen', '127.0.0.1:1'])
    await listener.says(/127\.0\.0\.1:1: cannot be reached: .*; next try in \d+ s/)
    expect(await listener.interrupt()).toMatchObject({ code: 0, stdout: '' })
  })
})
