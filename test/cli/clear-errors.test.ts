/** What is wrong is said by the real command: its code, the place, what to do, and the exit code. Never a secret. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type CliResult, fountain, jsonLines, scratch, startFountain } from './run-cli.ts'

const password = 'swordfish"under\\the $ea&50%'
const env = { KAFKA_PASSWORD: password, MAIL_PASSWORD: encodeURIComponent(password) }
/** The password in the forms that texts, JSON lines and URLs give it. */
const forms = [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password), 'swordfish']

const outputs: string[] = []
const keep = (result: CliResult): CliResult => {
  outputs.push(result.stdout, result.stderr)
  return result
}
afterEach(() => {
  const all = outputs.splice(0).join('\n')
  for (const form of forms) expect(all).not.toContain(form)
})

/** Closed now; nobody listens there. */
const nowhere = '127.0.0.1:1'
const secrets = {
  kafka: `kind: kafka, survey: lsst, brokers: ["${nowhere}"], topics: [t], group: me-1, sasl: { username: me, password: "\${KAFKA_PASSWORD}" }`,
  email: `smtp: "smtp://me:\${MAIL_PASSWORD}@${nowhere}", from: me@example.org`,
}
/** A directory with a configuration: whole, but for what a test puts in. */
function home(more: string): string {
  const cwd = scratch()
  writeFileSync(
    join(cwd, 'fountain.yaml'),
    `authority: my.observatory\nwho: { contactEmail: me@example.org }\n${more}\n`,
  )
  return cwd
}
const local = 'http: { listen: "127.0.0.1:0" }\n'
const check = async (more: string, ...args: string[]) =>
  keep(await fountain(['check', ...args], { cwd: home(more), env }))
const run = async (more: string) => keep(await fountain(['run'], { cwd: home(more), env }))

describe('a configuration that is wrong', () => {
  it('names every typo with its line and the word that was meant: CONFIG_INVALID', async () => {
    const more = `sorces: {}
sources:
  a: { ${secrets.kafka}, form: latest }
streams:
  s: { filter: mag < 20, titel: S, title: S }
bridges:
  emial: { ${secrets.email} }
  vtp: { submit: 0, subscibe: 0 }`
    for (const command of [check, run]) {
      const { code, stdout, stderr } = await command(more)
      expect(stderr).toMatch(/^fountain: CONFIG_INVALID: .*fountain\.yaml:$/m)
      expect(stderr).toContain("sorces (line 3): unknown key: did you mean 'sources'?")
      expect(stderr).toContain("sources.a.form (line 5): unknown key: did you mean 'from'?")
      expect(stderr).toContain("streams.s.titel (line 7): unknown key: did you mean 'title'?")
      expect(stderr).toContain("bridges.emial (line 9): no bridge of kind 'emial': did you mean 'email'?")
      expect(stderr).toContain("bridges.vtp.subscibe (line 10): unknown key: did you mean 'subscribe'?")
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    }
  })

  it('names a subscription to a bridge or stream that is not there', async () => {
    const { code, stderr } = await check(`
streams: { young-and-bright: { filter: mag < 20, title: S } }
bridges: { email: { ${secrets.email} } }
subscriptions:
  - { stream: young-and-brihgt, to: email, address: a@example.org }
  - { stream: young-and-bright, to: e-mail, address: a@example.org }`)
    expect(stderr).toContain("subscriptions.0.stream: no stream 'young-and-brihgt': did you mean 'young-and-bright'?")
    expect(stderr).toContain("subscriptions.1.to: no instance 'e-mail' under bridges: did you mean 'email'?")
    expect(code).toBe(2)
  })

  it.each([
    ['an address that is none', 'address: nobody', /^fountain: ADDRESS_INVALID: .*email.*e-?mail/i],
    [
      'a value of the wrong kind',
      'address: a@example.org, maxPerHour: often',
      /subscriptions\.0\.maxPerHour \(line \d+\): /,
    ],
  ])('refuses %s', async (_, given, words) => {
    const { code, stderr } = await check(`
bridges: { email: { ${secrets.email} } }
subscriptions: [{ filter: mag < 20, to: email, ${given} }]`)
    expect(stderr).toMatch(words)
    expect(code).toBe(2)
  })

  it('names the survey that no mapping knows', async () => {
    const { code, stderr } = await check(`sources: { a: { kind: files, survey: lsts, paths: [.] } }`)
    expect(stderr).toMatch(/^fountain: CONFIG_INVALID: .*sources\.a\.survey: no mapping 'lsts': did you mean 'lsst'\?/)
    expect(code).toBe(2)
  })

  it('names the variable that is not set: CONFIG_SECRET_MISSING', async () => {
    const { code, stderr } = await check('data: "${NO_SUCH_VARIABLE}"')
    expect(stderr).toMatch(/^fountain: CONFIG_SECRET_MISSING: .*\$\{NO_SUCH_VARIABLE\}/)
    expect(code).toBe(2)
  })

  it('says where the YAML breaks: CONFIG_SYNTAX; and that a file is not there: CONFIG_UNREADABLE', async () => {
    const broken = await check('sources: { a: [ }')
    expect(broken.stderr).toMatch(/^fountain: CONFIG_SYNTAX: .*line 3/s)
    expect(broken.code).toBe(2)
    const none = keep(await fountain(['run', '-c', 'none.yaml'], { cwd: scratch() }))
    expect(none.stderr).toMatch(/^fountain: CONFIG_UNREADABLE: .*none\.yaml/)
    expect(none.code).toBe(2)
  })

  it('shows the place of an unknown column and the one that was meant: FILTER_UNKNOWN_COLUMN', async () => {
    const more = `streams: { faint: { title: Faint, filter: "mag > 20 AND\\n  relaibility > 0.5" } }`
    for (const command of [check, run]) {
      const { code, stderr } = await command(more)
      expect(stderr).toMatch(
        /^fountain: FILTER_UNKNOWN_COLUMN: .*streams\.faint: line 2, column 3: .*'relaibility': did you mean 'reliability'\?/,
      )
      expect(stderr).toContain('\n    relaibility > 0.5\n    ^')
      expect(code).toBe(2)
    }
  })
})

describe('services that are not as they should be', () => {
  it('check tries each, says KAFKA_UNREACHABLE with the brokers, and exits 3', async () => {
    const more = `sources: { lsst: { ${secrets.kafka} } }\nbridges: { email: { ${secrets.email} } }`
    const { code, stdout } = await check(more)
    expect(stdout).toMatch(/^FAIL sources\.lsst: KAFKA_UNREACHABLE: .*127\.0\.0\.1:1.*\n {2}\S/m)
    expect(stdout).toMatch(/^FAIL bridges\.email: BRIDGE_UNREACHABLE: .*\n {2}\S/m)
    expect(code).toBe(3)
    const lines = jsonLines<{ what: string; ok: boolean; text: string }>(await check(more, '--json'))
    expect(lines.find(({ what }) => what === 'sources.lsst')).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^KAFKA_UNREACHABLE: .*127\.0\.0\.1:1/),
    })
  })

  it('run says so, keeps trying, and stops when asked', async () => {
    const cwd = home(`${local}sources: { lsst: { ${secrets.kafka} } }\nbridges: { email: { ${secrets.email} } }`)
    const gateway = startFountain(['run'], { cwd, env })
    await gateway.says(/"code":"KAFKA_UNREACHABLE","again":"in 1 s"[\s\S]*"code":"KAFKA_UNREACHABLE","again":"in 2 s"/)
    expect(gateway.stderr()).toContain('127.0.0.1:1')
    expect(gateway.stderr()).not.toContain('kafkajs')
    const [, page] = await gateway.says(/its page is (http:[^\s"]+)/)
    const ready = await fetch(`${page}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('source lsst: waiting: No Kafka')])
    expect((await fountain(['status'], { cwd })).stdout).toMatch(/^ {2}lsst +0 .* waiting: No Kafka broker answers/m)
    expect(keep(await gateway.interrupt()).code).toBe(0)
  })

  it('check says that a subscription leaves out all that its sources make', async () => {
    const found = async (test: string, source: string) =>
      (
        await check(`sources: { sky: ${source} }
bridges: { email: { smtp: "smtp://127.0.0.1:1", from: a@example.org } }
subscriptions: [ { name: owl, filter: mag < 20, to: email, address: me@example.org${test} } ]`)
      ).stdout.match(/^note subscription 'owl' to email: every source makes only tests.*`test: true`$/m) !== null
    expect(await found('', '{ kind: simulator }')).toBe(true)
    expect(await found(', test: true', '{ kind: simulator }')).toBe(false)
    expect(await found('', '{ kind: files, survey: lsst, paths: [.] }')).toBe(false)
  })

  it('check says that a directory of alerts is not there', async () => {
    const { code, stdout } = await check('sources: { a: { kind: files, survey: lsst, paths: [no/such/place] } }')
    expect(stdout).toMatch(/^FAIL sources\.a: FILES_UNREADABLE: .*no\/such\/place/m)
    expect(code).toBeGreaterThanOrEqual(2)
  })

  it.each(['http', 'submit', 'subscribe'])('run names the port of %s that is taken: PORT_IN_USE', async (which) => {
    const taken: Server = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    const ports = { http: 0, submit: 0, subscribe: 0, [which]: port }
    const { code, stderr } = await run(
      `http: { listen: "127.0.0.1:${ports.http}" }\nbridges: { vtp: { submit: ${ports.submit}, subscribe: ${ports.subscribe} } }`,
    )
    expect(stderr).toMatch(new RegExp(`^fountain: PORT_IN_USE: .*\\b${port}\\b`, 'm'))
    expect(code).toBe(3)
  })
})

describe('data that cannot be used', () => {
  it('a second process on the same data: DATA_LOCKED with the number of the first', async () => {
    const cwd = home(`${local}sources: { sky: { kind: simulator, visits: 1, alertsPerVisit: 1 } }`)
    const first = startFountain(['run'], { cwd })
    await first.says(/its page is/)
    const second = keep(await fountain(['run'], { cwd }))
    expect(second.stderr).toMatch(/^fountain: DATA_LOCKED: .*process \d+ since /m)
    expect(second.stderr).toContain(`process ${first.pid} since`)
    expect(second.code).toBe(3)
    expect((await first.interrupt()).code).toBe(0)
    // The lock went with its process.
    const third = startFountain(['run'], { cwd })
    await third.says(/its page is/)
  })

  it('a database of a newer version: DATA_NEWER, and it is left as it is', async () => {
    const cwd = home(local)
    const started = startFountain(['run'], { cwd })
    await started.says(/its page is/)
    await started.interrupt()
    const file = join(cwd, 'data/fountain.db')
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 999999')
    db.close()
    const { code, stderr } = keep(await fountain(['run'], { cwd }))
    expect(stderr).toMatch(/^fountain: DATA_NEWER: .*layout 999999/m)
    expect(code).toBe(3)
    const again = new DatabaseSync(file, { readOnly: true })
    expect(again.prepare('PRAGMA user_version').get()).toEqual({ user_version: 999999 })
    again.close()
  })

  it('a data directory that cannot be one: DATA_UNWRITABLE', async () => {
    const cwd = home(`${local}data: occupied/data`)
    writeFileSync(join(cwd, 'occupied'), 'a file')
    const { code, stderr } = keep(await fountain(['run'], { cwd }))
    expect(stderr).toMatch(/^fountain: DATA_UNWRITABLE: .*occupied/m)
    expect(code).toBe(3)
  })
})
